"""The only door to jsonschema, which is imported for what is wrong, or not plain.

Where `rfc3987_syntax` happens to be installed, jsonschema has it build some forty grammars while it is imported: more than a
second, for the formats `iri` and `iri-reference`, which nothing of ours has. Without them it judges alike everywhere.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

_GRAMMARS = "rfc3987_syntax"


@cache
def json_schema() -> Any:
    """The library, with its `exceptions` and `validators`."""
    nobody_has_it = _GRAMMARS not in sys.modules
    if nobody_has_it:
        sys.modules[_GRAMMARS] = None  # type: ignore[assignment]  # so it cannot be imported
    try:
        import jsonschema
        import jsonschema.exceptions
        import jsonschema.validators
    finally:
        if nobody_has_it:
            sys.modules.pop(_GRAMMARS, None)
    return jsonschema
