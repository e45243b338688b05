"""How long the commands take and how much memory they need, on specs that are made for it: `python -m benchmarks`."""
