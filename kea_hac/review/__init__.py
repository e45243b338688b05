"""Two revisions of specs → what the change does: for each pair its change set, new findings, and the site's limits. No server is asked."""
