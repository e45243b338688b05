"""The resolved site: every server and every family, with every default of the spec language filled in."""
