"""What the user writes, as written: the shape of the spec, checked key by key."""
