"""text → Document: readers that keep the place of every key and value."""
