"""Bad input by the thousand: `python -m tests.fuzz`, and what the tests of it in tests/harness/fuzz share."""
