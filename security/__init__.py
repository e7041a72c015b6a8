"""What is looked at for safety beside the tests: bandit, secrets that lie about, what is installed. See docs/reference/security.md."""
