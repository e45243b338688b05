"""The resolved site: every server, every family, every default of ours said out loud."""
