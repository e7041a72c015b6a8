"""Secrets that lie about in files, by detect-secrets: keys, tokens, passwords in addresses, words that look like one.

explained.toml says of each place how many there are and why they are none; one more, or one fewer, is a finding. Each
file is read line by line, as text: what detect-secrets would parse may be a document that is broken on purpose.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from detect_secrets.core.scan import _process_line_based_plugins  # past what it would parse
from detect_secrets.settings import transient_settings

#: What random bytes look like; only asked where no recorded ciphertext and no hashes lie.
ENTROPY = ("Base64HighEntropyString", "HexHighEntropyString")
PLUGINS = (
    "AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector",
    "DiscordBotTokenDetector", "GitHubTokenDetector", "GitLabTokenDetector", "IbmCloudIamDetector", "JwtTokenDetector",
    "KeywordDetector", "MailchimpDetector", "NpmDetector", "OpenAIDetector", "PrivateKeyDetector",
    "PypiTokenDetector", "SendGridDetector", "SlackDetector", "SoftlayerDetector", "SquareOAuthDetector",
    "StripeDetector", "TelegramBotTokenDetector", "TwilioKeyDetector",
)  # fmt: skip
#: What none of them finds anything in is not shown to them: they are slow, and this is in every `make lint`.
_WORTH_A_LOOK = re.compile(
    r"(?i:secret|passw|passphrase|pwd|token|api.?key|access.?key|account.?key|private.?key|auth|cred|db_?pass|contrase)"
    r"|://|-----BEGIN|[A-Za-z0-9+/=_-]{20}"
)
_LONGEST = 2000  # what is longer is data, not something that somebody wrote


def unexplained(root: Path, names: Iterable[str]) -> list[str]:
    """What nobody explained, in words, with its place."""
    table = tomllib.loads(Path(__file__).with_name("explained.toml").read_text(encoding="utf-8"))
    random_looking = table["random_looking"]["files"]
    found: dict[str, list[str]] = defaultdict(list)
    for wanted, chosen in (
        (PLUGINS, lambda name: True),
        (ENTROPY, lambda name: not _any(name, random_looking)),
    ):
        with transient_settings({"plugins_used": [{"name": name} for name in wanted]}):
            for name in names:
                if chosen(name):
                    found[name] += _in(root / name)
    left = []
    for place in table["explained"]:
        there = found.pop(place["file"], [])
        if len(there) != place["count"]:
            left.append(f"{place['file']}: {len(there)} instead of the {place['count']} that are explained")
            left += [f"{place['file']}:{words}" for words in there]
    return left + [f"{name}:{words}" for name, all_ in found.items() for words in all_]


def _any(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _in(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return []  # a picture, or recorded bytes
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) <= _LONGEST and _WORTH_A_LOOK.search(line)
    ]
    found = _process_line_based_plugins(lines, filename=str(path))
    return sorted({f"{secret.line_number}: {secret.type}" for secret in found})
