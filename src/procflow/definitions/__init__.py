"""Documents as text, to procedures or to diagnostics; settings; and publishing what was checked.

The only room that reads YAML, JSON Schema or the text of an expression. It must not know cases.
"""
