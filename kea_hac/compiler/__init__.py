"""Site → the files of every server, and the tree of them on disk."""
