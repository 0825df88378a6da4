"""Benchmarks: ours and a named opponent in turn, in one run. `python -m bench [NAME…] [--json]`."""
