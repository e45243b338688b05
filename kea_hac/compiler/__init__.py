"""Site → the configurations and files of every server. Nothing here reads or writes a disk."""
