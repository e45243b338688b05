"""The change set: edits, effects, rounds."""
