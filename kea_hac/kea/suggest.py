"""What a word that Kea does not know was most likely meant to be: a slip of the fingers, or the name that another server has for it.

A suggestion that is followed must lead to what was meant, so two words that only look similar are not taken for a typing mistake:
`mac-address` is not `ip-address`, and `dns-servers` is not `nis-servers`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from heapq import nsmallest
from types import MappingProxyType

from kea_hac.source.edit_distance import distance

_KEYS: Mapping[str, str] = {
    "hw-address": (
        "mac mac-address macaddr mac-addr macaddress hwaddr hw-addr hwaddress hardware "
        "hardware-address hardware-ethernet ethernet ethernet-address physical-address chaddr"
    ),
    "ip-address": (
        "ip ipaddr ip-addr ipaddress address addresses ip-addresses fixed-address fixed-ip ipv4-address reserved-ip"
    ),
    "ip-addresses": (
        "ip ipaddr ip-addr ipaddress address addresses ip-address fixed-address fixed-address6 "
        "ipv6-address ipv6-addresses relay-address giaddr"
    ),
    "prefixes": ("prefix prefix6 fixed-prefix6 delegated-prefix delegated-prefixes"),
    "client-id": ("client-identifier dhcp-client-identifier uid clientid"),
    "duid": ("client-duid host-identifier dhcp6-client-id client-id"),
    "hostname": ("host host-name name fqdn dns-name"),
    "valid-lifetime": (
        "lease-time leasetime lease-duration lease-lifetime default-lease-time dhcp-lease-time "
        "default-lifetime lifetime lease"
    ),
    "max-valid-lifetime": ("max-lease-time maximum-lease-time"),
    "min-valid-lifetime": ("min-lease-time minimum-lease-time"),
    "preferred-lifetime": ("preferred-time preferred-lease-time"),
    "renew-timer": ("t1 renewal-time renew-time dhcp-renewal-time renewal-timer"),
    "rebind-timer": ("t2 rebinding-time rebind-time dhcp-rebinding-time rebinding-timer"),
    "pools": (
        "pool range ranges range6 ip-range ip-ranges dhcp-range address-range address-pool address-pools dynamic-range"
    ),
    "pool": ("range addresses address-range ip-range"),
    "pd-pools": ("prefix6 prefixes prefix-pools delegated-prefixes pd-pool"),
    "subnet": ("network cidr prefix subnet-address network-address subnet-prefix"),
    "id": ("subnet-id subnetid scope-id"),
    "relay": ("relays relay-agent relay-address dhcp-relay helper-address ip-helper giaddr"),
    "boot-file-name": ("filename file-name bootfile boot-file bootfile-name boot-filename"),
    "next-server": ("tftp-server tftp-server-address siaddr boot-server tftp"),
    "server-hostname": ("server-name sname boot-server-name"),
    "reservations": (
        "reservation host hosts static-leases static-lease static-hosts static-mappings dhcp-host "
        "host-reservations fixed-addresses"
    ),
    "subnet4": ("subnets subnet scopes scope networks"),
    "subnet6": ("subnets subnet scopes scope networks"),
    "shared-networks": ("shared-network superscope superscopes shared-subnets"),
    "option-data": ("options option dhcp-options dhcp-option scope-options server-options"),
    "option-def": ("option-definitions option-definition option-defs"),
    "client-classes": ("classes class policies policy user-classes vendor-classes"),
    "hooks-libraries": ("hooks hook-libraries libraries"),
    "loggers": ("logging logger logs"),
    "interfaces-config": ("interfaces listen-interfaces"),
    "lease-database": ("leases lease-file lease-file-name"),
    "ddns-send-updates": ("ddns-updates ddns-update do-forward-updates"),
    "ddns-qualifying-suffix": ("ddns-domainname ddns-domain ddns-suffix"),
    "test": ("match match-if condition expression"),
    "high-availability": ("ha failover failover-peer dhcp-failover ha-mode cluster redundancy"),
    "control-agent": ("agent ctrl-agent kea-ctrl-agent"),
    "servers": ("peers nodes server members"),
    "kea": ("kea-version version"),
    "data": ("value values option-value"),
    "code": ("number option-code option-number tag"),
    "name": ("class classname class-name label identifier"),
    "heartbeat-delay": ("heartbeat heartbeat-interval heartbeat-time heartbeat-timer keepalive hello-interval"),
    "max-response-delay": ("response-delay response-timeout max-response-time dead-interval"),
    "max-ack-delay": ("ack-delay ack-timeout"),
    "max-unacked-clients": ("max-unacked unacked-clients max-unacked-updates"),
    "listener": ("port ha-port listener-port listen-port peer-port"),
    "http-port": ("port agent-port listen-port"),
    "http-host": ("host address ip ip-address listen-address bind-address bind"),
    "socket-port": ("port listen-port"),
    "socket-address": ("host address ip ip-address listen-address bind-address bind"),
    "socket-name": ("path file socket-path"),
    "trust-anchor": ("ca ca-file cacert ca-cert ca-certificate trust-anchors"),
    "cert-file": ("cert certificate certificate-file tls-cert cert-path"),
    "key-file": ("key private-key tls-key key-path private-key-file"),
    "pair": ("name cluster-name pair-name"),
    "platform": ("os distro distribution system"),
    "arch": ("architecture cpu"),
    "interface": ("iface nic device ifname interface-name"),
    "interfaces": ("nics interface iface ifaces nic"),
    "address": ("ip ip-address ha-address"),
    "server": ("server-name peer node"),
    "dhcp4": ("dhcpv4 ipv4 v4 dhcp-4"),
    "dhcp6": ("dhcpv6 ipv6 v6 dhcp-6"),
}
"""Kea's key → names that dhcpd, dnsmasq, the servers of Microsoft and Cisco, routers, and the other family have for it."""
_OPTIONS: Mapping[tuple[str | None, str | None], str] = {
    ("domain-name-servers", "dns-servers"): (
        "dns dns-server dns-servers domain-name-server domain-name-servers nameserver nameservers "
        "name-server dns-name-servers resolver resolvers"
    ),
    ("domain-search", "domain-search"): (
        "search search-domain search-domains search-list domain-search-list dns-search "
        "dns-search-list dns-suffix-search-list"
    ),
    ("domain-name", "domain-search"): (
        "domain domain-name domainname dns-domain dns-domain-name dns-suffix connection-specific-suffix"
    ),
    ("ntp-servers", "sntp-servers"): (
        "ntp ntp-server ntp-servers sntp sntp-server sntp-servers network-time-protocol-servers"
    ),
    ("routers", None): (
        "router routers gateway gateways default-gateway default-gateways default-router default-routers default-route"
    ),
    ("subnet-mask", None): ("netmask mask subnetmask subnet-mask"),
    ("broadcast-address", None): ("broadcast broadcast-address"),
    ("netbios-name-servers", None): (
        "wins wins-server wins-servers nbns netbios-name-server netbios-ns wins/nbns-servers"
    ),
    ("netbios-node-type", None): ("node-type netbios-nodetype wins-node-type wins/nbt-node-type netbios-type"),
    ("interface-mtu", None): ("mtu interface-mtu"),
    ("tftp-server-name", None): ("tftp tftp-server boot-server-host-name boot-server tftp-servers"),
    ("boot-file-name", "bootfile-url"): (
        "bootfile boot-file bootfile-name boot-file-name boot-filename filename bootfile-url"
    ),
    ("classless-static-route", None): (
        "classless-static-routes classless-routes rfc3442-classless-static-routes ms-classless-static-routes rfc3442"
    ),
    ("v4-captive-portal", "v6-captive-portal"): ("captive-portal default-url v4-captive-portal v6-captive-portal"),
    ("vendor-class-identifier", "vendor-class"): ("vendor-class vendor-class-id vendor-class-identifier"),
    ("time-servers", None): ("time-server"),
    ("log-servers", None): ("syslog syslog-server syslog-servers log-server"),
    ("host-name", None): ("hostname host-name"),
    ("arp-cache-timeout", None): ("arp-timeout"),
    ("pcode", "new-posix-timezone"): ("posix-timezone new-posix-timezone"),
    ("tcode", "new-tzdb-timezone"): ("tzdb-timezone timezone new-tzdb-timezone"),
}
"""The option of DHCPv4 and of DHCPv6 → the names that others have for it. None where a family has no such option."""


_WORDS: Mapping[str, Mapping[str, str]] = {
    "mode": {
        "hot-standby": "active-passive active-standby primary-standby primary-backup master-slave master-standby hotstandby hsb",
        "load-balancing": "active-active load-sharing loadsharing load-balance loadbalancing loadbalance load-balanced balanced",
    },
    "severity": {
        "WARN": "warning warnings",
        "ERROR": "err errors",
        "FATAL": "crit critical alert emerg emergency panic",
        "INFO": "notice informational information",
        "DEBUG": "trace verbose",
        "NONE": "off disabled",
    },
    "type": {
        "string": "text str",
        "uint8": "u8 byte unsigned-integer-8 uint-8",
        "uint16": "u16 unsigned-integer-16 uint-16 word short",
        "uint32": "u32 unsigned-integer-32 uint-32 dword long",
        "int8": "signed-integer-8",
        "int16": "signed-integer-16",
        "int32": "signed-integer-32",
        "boolean": "bool flag",
        "binary": "hex bytes octets opaque raw blob",
        "ipv4-address": "ip-address ip ipv4 ip4 address inet",
        "ipv6-address": "ip6-address ipv6 ip6 inet6",
        "fqdn": "domain-name domain hostname domain-list",
        "mysql": "mariadb",
        "postgresql": "postgres pgsql psql",
        "memfile": "file csv memory",
    },
    "socket-type": {"unix": "local file unix-domain", "https": "tls ssl"},
}
"""Key → Kea's word for its value → the words that other programs have for it."""


def _by_word(table: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    turned: dict[str, tuple[str, ...]] = {}
    for kea, words in table.items():
        for word in words.split():
            turned[word] = (*turned.get(word, ()), kea)
    return MappingProxyType(turned)


_KEY_OF = _by_word(_KEYS)
_WORD_OF = {key: _by_word(words) for key, words in _WORDS.items()}
_OPTION_OF = {word: both for both, words in reversed(list(_OPTIONS.items())) for word in words.split()}


def as_kea_writes(word: str) -> str:
    """The word with Kea's letters: small, hyphens for underscores, spaces and capitals inside (validLifetime)."""
    if word == word.lower():
        return word.replace("_", "-").replace(" ", "-")
    parted = "".join(
        f"-{each}" if each.isupper() and number and word[number - 1].islower() else each
        for number, each in enumerate(word)
    )
    return parted.lower().replace("_", "-").replace(" ", "-")


def key_for(word: str, known: Collection[str]) -> str | None:
    """The key among `known` that was meant by `word`: the same in other letters, another server's name for it, or a slip."""
    plain = as_kea_writes(word)
    if plain in known:
        return plain
    for key in _KEY_OF.get(plain, ()):
        if key in known:
            return key
    return nearest(plain, known)


def option_for(word: str, family: int, known: Collection[str]) -> str | None:
    """The option of a family (4 or 6) that was meant by `word`; None where there is none, or the family has no such option."""
    plain = as_kea_writes(word)
    if plain in known:
        return plain
    if plain in _OPTION_OF:
        option = _OPTION_OF[plain][0 if family == 4 else 1]
        return option if option in known else None
    return nearest(plain, known)


def word_for(key: str, word: str, known: Collection[str]) -> str | None:
    """The value of a key among `known` that was meant by `word`: another program's word for it, or a slip."""
    for meant in _WORD_OF.get(key, {}).get(as_kea_writes(word), ()):
        if meant in known:
            return meant
    return nearest(word, known)


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known word of which `word` is a slip of the fingers; None where there is none, or two are equally near.

    Who asks again and again about words that grow in number keeps `Words` of its own.
    """
    return _words(frozenset(known)).nearest(word)


class Words:
    """Known words, kept in such an order that a search looks at few of them: 100,000 searches among 100,000 words end soon."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._spelt: dict[str, str] = {}
        """A word with Kea's letters → the word."""
        self._by_size: dict[tuple[str, int], list[tuple[int, str]]] = {}
        """Digits, and the number of characters without hyphens → the words, with their letters as bits."""
        self._by_letters: dict[str, list[str]] = {}
        """All characters in their order → the words that consist of them."""
        self._waiting = list(known)
        """Words that no search was made for yet: there is none where nothing is misspelt."""

    def add(self, word: str) -> None:
        """Take in a word."""
        self._waiting.append(word)

    def _take_in(self, word: str) -> None:
        plain = as_kea_writes(word)
        if plain not in self._spelt:
            self._by_size.setdefault((_digits(plain), _size(plain)), []).append((_letters(plain), plain))
            self._by_letters.setdefault("".join(sorted(plain)), []).append(plain)
        if "_" not in word or plain not in self._spelt:  # output-options, not output_options
            self._spelt[plain] = word

    def nearest(self, word: str) -> str | None:
        """As the function of this name."""
        for each in self._waiting:
            self._take_in(each)
        self._waiting.clear()
        plain = as_kea_writes(word)
        if plain in self._spelt:
            return self._spelt[plain]
        slips = ((_slips(plain, each), each) for each in self._candidates(plain))
        found = sorted((number, each) for number, each in slips if number is not None)
        if not found or (len(found) > 1 and found[0][0] == found[1][0]):
            return None
        return self._spelt[found[0][1]]

    def _candidates(self, plain: str) -> Iterable[str]:
        """The words that `_slips` may take: each slip changes the length by one, and two letters at most."""
        digits, size, letters = _digits(plain), _size(plain), _letters(plain)
        near: list[tuple[int, str]] = []
        looked_at = 0
        for each in range(size - _MOST_SLIPS, size + _MOST_SLIPS + 1):
            same = self._by_size.get((digits, each), ())
            looked_at += len(same)
            if looked_at > _LOOKED_AT:
                return ()
            for theirs, other in same:
                apart = (theirs ^ letters).bit_count()
                if apart <= 2 * _MOST_SLIPS:
                    near.append((apart, other))
        return dict.fromkeys(
            (
                *(other for _, other in nsmallest(_COMPARED, near)),
                *self._by_letters.get("".join(sorted(plain)), ())[:_COMPARED],
            )
        )


_MOST_SLIPS = 3
_LOOKED_AT = 1000
"""Words of about the same length and with the same digits: where there are more, nothing is proposed."""
_COMPARED = 50
"""Words that are compared letter by letter, the likeliest of them."""


@lru_cache(maxsize=64)
def _words(known: frozenset[str]) -> Words:
    return Words(sorted(known))


def _slips(word: str, other: str) -> int | None:
    """The number of slips between two words; None when there are too many for an accident.

    Each part between hyphens must be a slip of its counterpart, and other digits are another thing: kea3 is not kea2.
    """
    if _digits(word) != _digits(other) and sorted(word) != sorted(other):
        return None
    mine, parts = word.split("-"), other.split("-")
    if len(mine) != len(parts):
        joined = distance("".join(mine), "".join(parts))  # valid-life-time, validlifetime
        return joined + 1 if joined <= (1 if len(other) > 5 else 0) else None
    total = 0
    for one, two in zip(mine, parts, strict=True):
        slips = distance(one, two)
        if slips > _allowed(one, two):
            return None
        total += slips
    return total if total <= _MOST_SLIPS else None


def _allowed(one: str, two: str) -> int:
    """Slips that may be in one part. A letter changed in a short word makes another word: dns, nis; a letter too many does not."""
    shortest = min(len(one), len(two))
    if shortest >= 4 and (one.startswith(two) or two.startswith(one)):
        return _MOST_SLIPS  # cut short or drawn out: max-unack-clients, warning for WARN
    if shortest <= 3:
        return 1 if len(one) != len(two) or sorted(one) == sorted(two) else 0
    return 1 if shortest <= 5 else 2


def _size(word: str) -> int:
    return len(word) - word.count("-")


def _letters(word: str) -> int:
    """The set of a word's characters as bits."""
    bits = 0
    for each in set(word):
        bits |= 1 << (ord(each) & 63)
    return bits


def _digits(word: str) -> str:
    return "".join(each for each in word if each.isdigit())
