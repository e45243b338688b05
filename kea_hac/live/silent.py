"""Addresses that did not answer in time, so that a run over many pairs waits for each of them once."""

from __future__ import annotations

from urllib.parse import urlsplit

from kea_hac.live.endpoint import Channel, Http, Saved


class Silent:
    """What one run knows of servers that hang. Several threads may use it."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}  # one operation each, which Python does not divide

    def note(self, channel: Channel, reason: str) -> None:
        """The place did not answer within the time limit."""
        self._reasons.setdefault(_place(channel), reason)

    def reason(self, channel: Channel) -> str | None:
        """Why the place is not asked again; None for one that may answer."""
        known = self._reasons.get(_place(channel))
        return None if known is None else f"not asked again, because it did not answer before in this run: {known}"


def _place(channel: Channel) -> str:
    """Host and port: behind one port all daemons hang together."""
    if isinstance(channel, Http):
        return urlsplit(channel.url).netloc
    return str(channel.path) if isinstance(channel, Saved) else f"unix:{channel.path}"
