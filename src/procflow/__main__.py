"""`python -m procflow`: the same as the command `procflow`."""

from procflow.cli import main

if __name__ == "__main__":
    main()
