"""Leases, from Kea's lease files or from its servers → how many a change orphans. Memory does not grow with their number."""
