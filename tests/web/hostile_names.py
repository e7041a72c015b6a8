"""Names of files that lead elsewhere, or that some system does not take."""

NAMES = [
    "../a.txt", "..\\a.txt", "../../../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "//etc/passwd", "\\\\host\\share\\a.txt",
    "C:\\a.txt", "C:a.txt", "file:///etc/passwd", "~/a.txt", "~root/.ssh/id", "a/../../b", "a/./b", "./a", "a//b", "..", ".", "...", "....//a",
    "..;/a", "%2e%2e%2fa.txt", "..%2fa", "..%c0%afa", "..%252fa", "．．／a.txt", "‥/a.txt", "a\0.txt", "a.txt\0.png", "a\n.txt", "a\r\nX: y.txt",
    "a\x1b[2J.txt", "a\u202etxt.exe", "a\u200b.txt", "CON", "con.txt", "NUL", "aux.pdf", "COM1.log", "lpt9", "a.txt:stream", "a.txt::$DATA",
    "a*?.txt", "a|b.txt", 'a"b.txt', "<a>.txt", " a.txt ", "a.txt.", "a.txt...", "-rf", "--help", "$(id).txt", "`id`.txt", "a;id.txt",
    "x" * 5000 + ".txt", "æ" * 300, "", " ", "\t", ".htaccess", ".procflow", "procflow.toml", "cases.db", "🙂.txt",
]  # fmt: skip
