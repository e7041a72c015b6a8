"""The web desk: pages that the server writes, for people who work. No rule lives here."""
