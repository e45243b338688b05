"""Mistakes in client classes and expressions: the wrong text, the right one, the rule, and a word of real Kea's complaint.

The unit tests hold each against the rules, `tests/kea/test_class_rules.py` against real servers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Config = dict[str, Any]
ALL = ("2.2.0", "2.6.3", "3.0.4")
SINCE_TEMPLATES = ("2.6.3", "3.0.4")
SUBNET: Config = {"id": 1, "subnet": "192.0.2.0/24"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `at` is the dotted route of the finding below the top key."""

    name: str
    rule: str
    at: str
    wrong: Config
    right: Config
    complaint: str | None = None
    """What Kea's refusal must hold; None where Kea takes it."""
    versions: tuple[str, ...] = ALL
    loads: bool = False
    """True where only a Kea that loads the hooks (`-T`) sees it."""


HOOKS = "/usr/lib/x86_64-linux-gnu/kea/hooks"


def hook(name: str, parameters: Config) -> Config:
    """A configuration with one library."""
    return {"hooks-libraries": [{"library": f"{HOOKS}/libdhcp_{name}.so", "parameters": parameters}]}


def flexible(**action: str) -> Config:
    """A flex_option entry."""
    return hook("flex_option", {"options": [{"code": 67, **action}]})


def classes(*entries: Config, **more: Any) -> Config:
    """A configuration with these classes."""
    return {"client-classes": list(entries), **{key.replace("_", "-"): value for key, value in more.items()}}


def a_class(test: str, name: str = "phones", **more: Any) -> Config:
    """A class with a test."""
    return {"name": name, "test": test, **more}


def guarded(name: str, *entries: Config) -> Config:
    """A pool that a class guards, and the classes."""
    pool = {"pool": "192.0.2.10 - 192.0.2.20", "client-class": name}
    return classes(*entries, subnet4=[{**SUBNET, "pools": [pool]}])


def reserved(name: str, *entries: Config) -> Config:
    """A reservation that gives a class."""
    entry = {"hw-address": "00:00:5e:00:53:01", "client-classes": [name]}
    return classes(*entries, subnet4=[{**SUBNET, "reservations": [entry]}])


PHONES = a_class("option[60].text == 'phone'")
MISTAKES = (
    Mistake(
        "a word misspelt",
        "KH501",
        "client-classes[0].test",
        classes(a_class("option[60].txt == 'a'")),
        classes(PHONES),
        "Invalid character",
    ),
    Mistake(
        "DHCPv6 in DHCPv4",
        "KH501",
        "client-classes[0].test",
        classes(a_class("pkt6.msgtype == 1")),
        classes(a_class("pkt4.msgtype == 1")),
        "DHCPv6",
    ),
    Mistake(
        "empty test",
        "KH501",
        "client-classes[0].test",
        classes(a_class("")),
        classes({"name": "phones"}),
        "end of file",
    ),
    Mistake(
        "text as a test",
        "KH502",
        "client-classes[0].test",
        classes(a_class("option[60].text")),
        classes(a_class("option[60].exists")),
        "end of file",
    ),
    Mistake(
        "condition as a template",
        "KH502",
        "client-classes[0].template-test",
        classes({"name": "by-vendor", "template-test": "option[60].exists"}),
        classes({"name": "by-vendor", "template-test": "option[60].text"}),
        "exists",
        SINCE_TEMPLATES,
    ),
    Mistake(
        "option that nothing defines",
        "KH503",
        "client-classes[0].test",
        classes(a_class("option[campus-id].exists")),
        classes(a_class("option[campus-id].exists"), option_def=[{"name": "campus-id", "code": 222, "type": "string"}]),
        "campus-id",
    ),
    Mistake(
        "option of another space",
        "KH503",
        "client-classes[0].test",
        classes(
            a_class("option[campus-id].exists"),
            option_def=[{"name": "campus-id", "code": 222, "type": "string", "space": "campus"}],
        ),
        classes(a_class("option[host-name].exists")),
        "campus-id",
    ),
    Mistake(
        "option of a class",
        "KH503",
        "client-classes[0].test",
        classes(
            {
                **a_class("option[campus-id].exists"),
                "option-def": [{"name": "campus-id", "code": 224, "type": "string"}],
            }
        ),
        classes(a_class("option[224].exists")),
        "campus-id",
    ),
    Mistake(
        "word of 2.6",
        "KH504",
        "client-classes[0].test",
        classes(a_class("lcase(option[60].text) == 'a'")),
        classes(PHONES),
        "Invalid character: l",
        ("2.2.0",),
    ),
    Mistake(
        "word of 3.0",
        "KH504",
        "client-classes[0].test",
        classes(a_class("match('a.*', option[60].text)")),
        classes(a_class("substring(option[60].text, 0, 1) == 'a'")),
        "Invalid character: m",
        ("2.2.0", "2.6.3"),
    ),
    Mistake(
        "defined further down",
        "KH505",
        "client-classes[0].test",
        classes(a_class("member('phones')", "voice"), PHONES),
        classes(PHONES, a_class("member('phones')", "voice")),
        "phones",
    ),
    Mistake(
        "defined nowhere",
        "KH505",
        "client-classes[1].test",
        classes(PHONES, a_class("member('phone')", "voice")),
        classes(PHONES, a_class("member('phones') and member('HA_kea1') or member('KNOWN')", "voice")),
        "Not defined client class 'phone'",
    ),
    Mistake(
        "tests itself",
        "KH505",
        "client-classes[0].test",
        classes(a_class("not member('phones')")),
        classes(PHONES),
        "phones",
    ),
    Mistake(
        "class of a template",
        "KH505",
        "client-classes[1].test",
        classes({"name": "by-vendor", "template-test": "option[60].text"}, a_class("member('SPAWN_by-vendor_phone')")),
        classes(
            {"name": "by-vendor", "template-test": "option[60].text"},
            {"name": "SPAWN_by-vendor_phone"},
            a_class("member('SPAWN_by-vendor_phone')"),
        ),
        "SPAWN_by-vendor_phone",
        SINCE_TEMPLATES,
    ),
    Mistake(
        "name taken",
        "KH506",
        "client-classes[1].name",
        classes(PHONES, a_class("option[77].exists")),
        classes(PHONES, a_class("option[77].exists", "users")),
        "phones has already been defined",
    ),
    Mistake(
        "test and template",
        "KH507",
        "client-classes[0].template-test",
        classes(a_class("option[60].exists", **{"template-test": "option[60].text"})),
        classes({"name": "phones", "template-test": "option[60].text"}),
        "template-test",
        SINCE_TEMPLATES,
    ),
    Mistake(
        "built-in class with a test",
        "KH508",
        "client-classes[0].test",
        classes(a_class("option[60].exists", "KNOWN")),
        classes({"name": "KNOWN"}),
        "KNOWN",
    ),
    Mistake(
        "DROP put off",
        "KH508",
        "client-classes[0].only-if-required",
        classes(a_class("option[60].exists", "DROP", **{"only-if-required": True})),
        classes(a_class("option[60].exists", "DROP")),
        "DROP",
    ),
    Mistake(
        "no name",
        "KH509",
        "client-classes[0].name",
        classes(a_class("option[60].exists", "")),
        classes(PHONES),
        "name",
    ),
    Mistake(
        "no name in a list",
        "KH509",
        "subnet4[0].require-client-classes[0]",
        classes(PHONES, subnet4=[{**SUBNET, "require-client-classes": [""]}]),
        classes(PHONES, subnet4=[{**SUBNET, "require-client-classes": ["phones"]}]),
        "invalid class name",
    ),
    Mistake(
        "no name in a pool's list",
        "KH509",
        "subnet4[0].pools[0].client-classes[1]",
        classes(PHONES, subnet4=[{**SUBNET, "pools": [{"pool": "192.0.2.0/25", "client-classes": ["phones", ""]}]}]),
        classes(PHONES, subnet4=[{**SUBNET, "pools": [{"pool": "192.0.2.0/25", "client-class": ""}]}]),
        "invalid class name",
        ("3.0.4",),
    ),
    Mistake(
        "pool of nobody",
        "KH510",
        "subnet4[0].pools[0].client-class",
        guarded("phone", PHONES),
        guarded("phones", PHONES),
    ),
    Mistake(
        "pool of a template's class",
        "KH510",
        "subnet4[0].pools[0].client-class",
        guarded("SPAWN_vendor_phone", {"name": "by-vendor", "template-test": "option[60].text"}),
        guarded("SPAWN_by-vendor_phone", {"name": "by-vendor", "template-test": "option[60].text"}),
        versions=SINCE_TEMPLATES,
    ),
    Mistake(
        "evaluated without being defined",
        "KH510",
        "subnet4[0].require-client-classes[1]",
        classes(PHONES, subnet4=[{**SUBNET, "require-client-classes": ["phones", "nobody"]}]),
        classes(PHONES, subnet4=[{**SUBNET, "require-client-classes": ["phones"]}]),
    ),
    Mistake(
        "option of nobody",
        "KH510",
        "option-data[0].client-classes[0]",
        {"option-data": [{"name": "routers", "data": "192.0.2.1", "client-classes": ["phones"]}]},
        classes(PHONES, option_data=[{"name": "routers", "data": "192.0.2.1", "client-classes": ["phones"]}]),
        versions=("3.0.4",),
    ),
    Mistake(
        "reserved for nothing",
        "KH510",
        "subnet4[0].reservations[0].client-classes[0]",
        reserved("phone", PHONES),
        reserved("SKIP_DDNS", PHONES),
    ),
    Mistake(
        "put off and needed",
        "KH511",
        "subnet4[0].pools[0].client-class",
        guarded("phones", {**PHONES, "only-if-required": True}),
        guarded("phones", {**PHONES, "only-if-required": False}),
    ),
    Mistake(
        "flexible identifier",
        "KH501",
        "hooks-libraries[0].parameters.identifier-expression",
        hook("flex_id", {"identifier-expression": "concat(relay4[1].hex, )"}),
        hook("flex_id", {"identifier-expression": "concat(relay4[1].hex, relay4[2].hex)"}),
        "flex_id",
        ("3.0.4",),
        loads=True,
    ),
    Mistake(
        "flexible option",
        "KH501",
        "hooks-libraries[0].parameters.options[0].supersede",
        flexible(supersede="option[host-name].text + .boot"),
        flexible(supersede="option[host-name].text + '.boot'"),
        "supersede expression",
        SINCE_TEMPLATES,
        loads=True,
    ),
    Mistake(
        "flexible option removed by a text",
        "KH502",
        "hooks-libraries[0].parameters.options[0].remove",
        flexible(remove="option[host-name].text"),
        flexible(remove="option[host-name].exists and not member('nobody')"),
        "remove expression",
        SINCE_TEMPLATES,
        loads=True,
    ),
    Mistake(
        "name for DNS",
        "KH503",
        "hooks-libraries[0].parameters.hostname-expr",
        hook("ddns_tuning", {"hostname-expr": "option[campus-id].text"}),
        hook("ddns_tuning", {"hostname-expr": ""}),
        "campus-id",
        ("3.0.4",),
        loads=True,
    ),
    Mistake(
        "binding variable",
        "KH502",
        "hooks-libraries[0].parameters.binding-variables[0].expression",
        hook(
            "lease_cmds", {"binding-variables": [{"name": "v", "expression": "option[12].exists", "source": "query"}]}
        ),
        hook("lease_cmds", {"binding-variables": [{"name": "v", "expression": "option[12].text", "source": "query"}]}),
        "option[12].exists",
        ("3.0.4",),
        loads=True,
    ),
    Mistake(
        "line of the legal log",
        "KH501",
        "hooks-libraries[0].parameters.request-parser-format",
        hook("legal_log", {"path": "/var/log/kea", "request-parser-format": "ifelse(pkt4.msgtype == 3, 'a')"}),
        hook("legal_log", {"path": "/var/log/kea", "request-parser-format": "ifelse(pkt4.msgtype == 3, 'a', '')"}),
        "syntax error",
        ("3.0.4",),
        loads=True,
    ),
)
