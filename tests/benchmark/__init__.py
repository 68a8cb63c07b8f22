"""Measures every row of the table in docs/performance.md: `python3 -m tests.benchmark`."""
