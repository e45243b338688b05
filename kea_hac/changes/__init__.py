"""The comparison of canonical configurations: items of lists are matched, then two or three trees are compared."""
