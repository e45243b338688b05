"""An option as Kea holds it in memory, and the bytes that it prints of it: cut to the type, sub-options sorted.

Facts: the option classes of libkea-dhcp at 2.2.0, 2.4.2, 2.6.3, 3.0.4 and 3.2.0 (what each writes in `pack`).
"""

from __future__ import annotations

from dataclasses import field

from kea_hac.records import dataclass

_HEADER = {4: 2, 6: 4}
_MESSAGE_TYPE, _AGENT_OPTIONS, _END = 53, 82, 255


@dataclass(slots=True, eq=False)
class StoredOption:
    """One option object. Options that encapsulate a space get the options of that space as sub-options later."""

    family: int
    code: int
    own: bytes
    space: str = ""
    """The space that it encapsulates, as far as its class remembers it."""
    subs: list[tuple[int, StoredOption]] = field(default_factory=list)
    """By code, equal codes in their order."""
    counted: bool = False
    """True for the vendor options of DHCPv4: a length stands before the sub-options."""
    lost: int = 0
    """Bytes at the end of the data that Kea lost without a word when it built the option."""

    def add(self, code: int, option: StoredOption) -> None:
        """Put a sub-option in its place."""
        at = next((at for at, (other, _) in enumerate(self.subs) if other > code), len(self.subs))
        self.subs.insert(at, (code, option))

    def has(self, code: int) -> bool:
        """True when a sub-option of this code is there."""
        return any(other == code for other, _ in self.subs)

    @property
    def length(self) -> int:
        """Bytes as Option::len counts them, header included."""
        below = sum(option.length for _, option in self.subs)
        return _HEADER[self.family] + len(self.own) + self.counted + below

    def value(self) -> bytes:
        """What config-get prints: the option without its header."""
        below = b"".join(option._packed() for _, option in self._ordered())
        if self.counted:
            below = bytes((sum(option.length for _, option in self.subs) & 0xFF,)) + below
        return self.own + below

    def _packed(self) -> bytes:
        size = self.length - _HEADER[self.family]
        if self.family == 6:
            return self.code.to_bytes(2, "big") + (size & 0xFFFF).to_bytes(2, "big") + self.value()
        return bytes((self.code, size & 0xFF)) + self.value()

    def _ordered(self) -> list[tuple[int, StoredOption]]:
        """LibDHCP::packOptions4 puts the relay's and the end's code last, and leaves the message type out."""
        if self.family == 6:
            return self.subs
        usual = [pair for pair in self.subs if pair[0] not in (_MESSAGE_TYPE, _AGENT_OPTIONS, _END)]
        last = [pair for code in (_AGENT_OPTIONS, _END) for pair in self.subs if pair[0] == code]
        return usual + (last if not last or last[-1][0] != _END else _one_end(last))


def _one_end(last: list[tuple[int, StoredOption]]) -> list[tuple[int, StoredOption]]:
    return [pair for pair in last if pair[0] != _END] + last[-1:]
