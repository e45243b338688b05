"""Builds that die: the output tree after kill -9 at any moment."""
