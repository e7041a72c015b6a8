"""Our own calendars, assignment rules and judges of evidence, and the world as it is; through the hooks of plugins."""
