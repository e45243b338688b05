"""Base, spec and live → who changed what. Only `bases` reads files: the build tree and its Git history."""
