"""Existing Kea files → configurations that the rules can check, and their comments, for an import."""
