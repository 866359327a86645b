"""The benchmarks: ``make bench``. README.md says what is measured how."""
