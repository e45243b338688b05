"""One spec with another version of Kea → what changes, what the hosts need first, the order of the servers, and the edits of the spec."""
