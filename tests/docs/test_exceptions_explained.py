"""Where a rule of security is set aside, it stands beside it why."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PLACES = ("src", "plugins", "templates")
SET_ASIDE = re.compile(r"#\s*(?:noqa|nosec)\b(?P<codes>[^#]*)")


def test_no_rule_of_security_is_set_aside_without_a_reason() -> None:
    looked = 0
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*.py")):
            if "tests" in path.relative_to(ROOT).parts:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                found = SET_ASIDE.search(line)
                if found is None or (":" in found["codes"] and not re.search(r"\bS\d{3}\b", found["codes"])):
                    continue
                looked += 1
                assert re.match(r": [A-Z0-9, ]+ - \w", found["codes"]), (
                    f"{path}:{number}: say why behind a dash: {line.strip()}"
                )
    assert looked >= 20, "the rules are not set aside where this looks"
