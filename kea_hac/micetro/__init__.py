"""Entries of the Micetro DHCP Agent's preferences.cfg, and how they are merged into an existing file."""
