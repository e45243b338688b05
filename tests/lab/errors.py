"""What the lab raises."""


class LabError(Exception):
    """A server, a namespace or a client did not do what the test needs; the text holds Kea's own words where it has any."""
