"""Changes on the servers become edits of the spec, and each edit is proven by building the edited spec."""
