"""The REST API: the same cases and the same engine for programs. No rule lives here."""
