"""The tests; they mirror the package, what they share is in ``tests.fixtures``."""
