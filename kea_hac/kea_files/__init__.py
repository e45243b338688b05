"""Existing Kea files → configurations that the rules can judge, and their comments, for an import."""
