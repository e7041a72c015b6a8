"""A whole house in one thread: processes, plugins, mails and clocks whose every step a seed decides (R7)."""
