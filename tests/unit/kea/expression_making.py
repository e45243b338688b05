"""Expressions by the thousand, from a description of the language of its own and a seed: well formed ones, and the same after a slip.

Independent of the grammar under test: words, blanks and nesting are put together here once more.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

NAMES = {
    4: ("host-name", "domain-name-servers", "boot-file-name", "routers", "dhcp-lease-time"),
    6: ("dns-servers", "interface-id", "client-fqdn", "user-class", "vendor-class"),
}
"""Options that every version knows in the family's own space."""

_MARKS = (
    "'",
    '"',
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    "==",
    "=",
    "!",
    "+",
    "*",
    "-",
    "0",
    "9",
    " ",
    "\n",
    "#",
    "é",
    ":",
    "/",
    "&&",
)
_WORDS = (
    "not", "and", "or", "sand", "sor", "option", "exists", "text", "hex", "member", "match", "lcase", "all", "vendor",
    "vendor-class", "pkt", "pkt4", "pkt6", "relay4", "relay6", "data", "enterprise", "peeraddr", "len", "true", "ifelse",
)  # fmt: skip


class Maker:
    """Makes expressions for one family."""

    def __init__(self, seed: int, family: int) -> None:
        self.random = Random(seed)
        self.family = family

    def condition(self, depth: int = 3) -> str:
        """Something that is true or false."""
        pick = self.random.choice
        simple: list[Callable[[], str]] = [
            lambda: f"{self.value(depth - 1)}{self.gap()}=={self.gap()}{self.value(depth - 1)}",
            lambda: f"{self.carrier()}.exists",
            lambda: f"member({self.gap()}'{pick(('KNOWN', 'ALL', 'HA_kea1', 'VENDOR_CLASS_a b', 'AFTER_x'))}')",
            lambda: f"vendor-class[{self.enterprise()}].exists",
            lambda: f"vendor[{self.enterprise()}].exists",
            lambda: f"match('a.*[0-9]+', {self.value(depth - 1)})",
        ]
        if depth <= 0:
            return pick(simple[:3])()
        nested: list[Callable[[], str]] = [
            lambda: f"not {self.condition(depth - 1)}",
            lambda: f"({self.gap()}{self.condition(depth - 1)}{self.gap()})",
            lambda: (
                f"{self.condition(depth - 1)} {pick(('and', 'or', 'and', 'or', 'sand', 'sor'))} {self.condition(depth - 1)}"
            ),
        ]
        return pick(simple + nested)()

    def value(self, depth: int = 3) -> str:
        """A string of bytes."""
        pick = self.random.choice
        simple: list[Callable[[], str]] = [
            lambda: pick(("'APC'", "''", "'a b-c'", "'Zürich'", "'(not'")),
            lambda: pick(("0x1f", "0XABC", "0x0", "0xdeadBEEF")),
            lambda: pick(
                ("10.0.0.1", "255.255.255.255", "::", "2001:db8::1", "::ffff:10.0.0.1", "fe80::", "1:2:3:4:5:6:7:8")
            ),
            lambda: pick(("0", "1", "300", "4294967295", "007")),
            lambda: f"{self.carrier()}.{pick(('text', 'hex'))}",
            lambda: f"pkt.{pick(('iface', 'src', 'dst', 'len'))}",
            self.field,
            lambda: f"{pick(('vendor', 'vendor-class'))}.enterprise",
            lambda: f"vendor-class[{self.enterprise()}].data{pick(('', '[0]', '[255]'))}",
        ]
        if depth <= 0:
            return pick(simple)()
        below = depth - 1
        nested: list[Callable[[], str]] = [
            lambda: f"({self.value(below)})",
            lambda: f"{self.value(below)}{self.gap()}+{self.gap()}{self.value(below)}",
            lambda: f"substring({self.value(below)},{self.gap()}{pick(('0', '-3', '2'))}, {pick(('all', '4', '-1'))})",
            lambda: f"split({self.value(below)}, {self.value(below)}, {pick(('1', '-2'))})",
            lambda: f"{pick(('concat', 'hexstring'))}({self.value(below)}, {self.value(below)})",
            lambda: (
                f"{pick(('ifelse', 'sifelse', 'ifelse'))}({self.condition(below)}, {self.value(below)}, {self.value(below)})"
            ),
            lambda: (
                f"{pick(('lcase', 'ucase', 'addrtotext', 'int8totext', 'uint16totext', 'uint32totext'))}({self.value(below)})"
            ),
        ]
        return pick(simple + nested)()

    def field(self) -> str:
        """A field of the packet."""
        pick = self.random.choice
        if self.family == 6:
            return pick(
                ("pkt6.msgtype", "pkt6.transid", "relay6[0].peeraddr", "relay6[-1].linkaddr", "relay6[31].peeraddr")
            )
        return f"pkt4.{pick(('mac', 'hlen', 'htype', 'ciaddr', 'giaddr', 'yiaddr', 'siaddr', 'msgtype', 'transid'))}"

    def carrier(self) -> str:
        """What an option is taken from."""
        pick = self.random.choice
        code = pick(("0", "1", "60", "255"))
        own = [
            f"option[{self.gap()}{pick((code, code, *NAMES[self.family]))}{self.gap()}]",
            f"option[{code}].option[1]",
        ]
        relay = f"relay4[{code}]" if self.family == 4 else f"relay6[{pick(('0', '-32', '31'))}].option[{code}]"
        return pick((*own, relay, f"vendor[{self.enterprise()}].option[{code}]"))

    def enterprise(self) -> str:
        """A number of IANA's, or any."""
        return self.random.choice(("*", "4491", "0", "4294967295"))

    def gap(self) -> str:
        """Nothing, mostly."""
        return self.random.choice(("", "", "", " ", "\t", "\n  "))

    def slip(self, text: str) -> str:
        """The same with one thing wrong, most of the time."""
        pick = self.random.choice
        at = self.random.randrange(len(text) + 1)
        end = min(len(text), at + self.random.randrange(1, 4))
        numbers = (
            "256",
            "-1",
            "65536",
            "4294967296",
            "-33",
            "32",
            "99999999999999999999",
            "1.2.3",
            "10.0.0.256",
            "1::2::3",
            "::g",
        )
        return pick(
            (
                lambda: text[:at] + text[end:],
                lambda: text[:at] + pick(_MARKS) + text[at:],
                lambda: text[:at] + pick(_WORDS) + text[at:],
                lambda: text[:at] + " " + pick(_WORDS) + " " + text[at:],
                lambda: self._instead(text, pick(_WORDS)),
                lambda: self._instead(text, pick(numbers)),
                lambda: self._instead(text, pick(("no-such-option", "host-nam", "TEXT", "secs", "'x'", "''"))),
                lambda: text[:at],
                lambda: text[:at] + text[at:][::-1],
                lambda: text.replace(" ", ""),
                lambda: text[:at] + text[at:].swapcase(),
            )
        )()

    def _instead(self, text: str, word: str) -> str:
        """Some word or number of the text replaced."""
        import re

        found = list(re.finditer(r"[A-Za-z][-A-Za-z0-9]*|-?[0-9][0-9a-fx.:]*", text))
        if not found:
            return word
        chosen = self.random.choice(found)
        return text[: chosen.start()] + word + text[chosen.end() :]
