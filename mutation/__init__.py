"""How good the tests are: small faults are put into the code itself, and the tests that run it must notice."""
