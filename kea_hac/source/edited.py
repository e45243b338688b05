"""The files of this machine with other contents for some of them: what would be read after an edit that is not written yet."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.source.allowed import Disk


class EditedDisk(Disk):
    """As `Disk`, with other texts in place of some files. What may be read, and which path leads where, is as on the disk."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """`texts`: real path → the text, without a byte order mark."""
        super().__init__()
        self._texts = texts

    def read(self, real: str, limit: int) -> bytes:
        """The new text of a file, else its content on the disk."""
        text = self._texts.get(real)
        return super().read(real, limit) if text is None else text.encode("utf-8")
