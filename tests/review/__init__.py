"""The review of changes: specs of two revisions in a Git repository."""
