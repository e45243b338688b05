"""Existing Kea files → configurations that the rules can judge, and, one day, a spec."""
