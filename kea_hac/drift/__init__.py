"""Base, spec and live: who changed what. Everything here is pure but `bases`, which reads the build tree and its history."""
