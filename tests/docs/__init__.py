"""The documentation does what it shows: `pages` reads its blocks, `session` runs them."""
