"""Option data against its definition: every type, both forms, and what Kea swallows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kea_hac.kea.domain_names import name_to_wire, printed_length, read_name
from kea_hac.kea.option_def import DefinitionError, bad_code, overridden, read_definition
from kea_hac.kea.option_definitions import (
    OptionDefinition,
    known_names,
    standard_definition,
    standard_definitions,
    table_of,
)
from kea_hac.kea.option_types import OptionType, RefusedValueError, hex_to_bytes, split_values
from kea_hac.kea.options import Custom, Flaw, definition, form, read_data
from kea_hac.kea.version import BRANCHES, Branch
from tests.kea.option_cases import RIGHT

NEW = Branch.V3_0


def of(kind: str, family: int = 4, branch: Branch = NEW, **more: object) -> OptionDefinition:
    """A definition of the configuration's own."""
    words = {"name": "foo", "code": 230, "type": kind, **{key.replace("_", "-"): value for key, value in more.items()}}
    return read_definition(family, branch, words)


def standard(key: int | str, family: int = 4, branch: Branch = NEW) -> OptionDefinition:
    found = definition(family, f"dhcp{family}", key, branch)
    assert found is not None
    return found


def flaw(made: OptionDefinition, text: str, csv_format: bool = True, custom: Custom | None = None) -> Flaw | None:
    mistake = read_data(made, text, csv_format, custom or Custom())
    return mistake.flaw if mistake else None


def test_counts_of_standard_options() -> None:
    """Top space and last resort, as the tables of Kea's sources have them at each tag."""
    top = {
        (family, branch): sum(each.space == f"dhcp{family}" for each in standard_definitions(family, branch))
        for family in (4, 6)
        for branch in BRANCHES
    }
    assert [top[4, branch] for branch in BRANCHES[:5]] == [114, 123, 124, 125, 125]
    assert [top[6, branch] for branch in BRANCHES[:5]] == [72, 74, 74, 76, 76]


@pytest.mark.parametrize(
    ("space", "key", "name"),
    [
        ("dhcp4", 3, "routers"),
        ("dhcp4", "routers", "routers"),
        ("dhcp4", 43, "vendor-encapsulated-options"),
        ("vendor-4491", 2, "tftp-servers"),
        ("vendor-04491", 2, "tftp-servers"),
        ("docsis3-v4", "oro", "oro"),
        ("dhcp-agent-options-space", 1, "circuit-id"),
        ("s46-rule-options", 93, "s46-portparams"),
        ("vendor-2495", 60000, None),
        ("dhcp4", 230, None),
        ("nobody", 1, None),
    ],
)
def test_who_defines_an_option(space: str, key: int | str, name: str | None) -> None:
    found = definition(4, space, key, NEW)
    assert (found and found.name) == name


def test_definitions_change_between_branches() -> None:
    assert [definition(4, "dhcp4", 121, branch) is not None for branch in BRANCHES[:5]] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert standard("v4-dnr", branch=Branch.V2_4).kind is OptionType.RECORD
    assert standard("v4-dnr", branch=Branch.V2_6).kind is OptionType.INTERNAL
    assert "ntp-server" in known_names(6, "dhcp6", Branch.V3_0)
    assert "ntp-server" not in known_names(6, "dhcp6", Branch.V2_6)


def test_whose_definition_wins() -> None:
    """The class's, then Kea's, then the configuration's, then the last resort."""
    own, class_own = of("uint8", code=43), of("uint16", code=43)
    configured, local = Custom(table_of([own])), Custom(table_of([own]), table_of([class_own]))
    assert definition(4, "dhcp4", 43, NEW, configured) is own
    assert definition(4, "dhcp4", 43, NEW, local) is class_own
    assert definition(4, "dhcp4", "vendor-encapsulated-options", NEW, configured) is not own
    assert definition(4, "dhcp4", 3, NEW, Custom(table_of([of("uint8", code=3)]))) is standard_definition(
        4, "dhcp4", 3, NEW
    )


@pytest.mark.parametrize("kind", [kind for kind in OptionType if kind not in (OptionType.RECORD, OptionType.EMPTY)])
def test_right_values_of_each_type_pass(kind: OptionType) -> None:
    for text in RIGHT[kind]:
        assert flaw(of(kind), text) is None
        if kind not in (OptionType.STRING, OptionType.BINARY, OptionType.INTERNAL):
            assert flaw(of(kind, array=True), f"{text}, {text}") is None


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("binary", ("0x01", "01:02", "123", "xy", "")),
        ("boolean", ("yes", "2", "", "-1")),
        ("int8", ("128", "-129", "0x80", "", "1.5", "1 2")),
        ("uint16", ("-1", "65536", "fffff", "0x", "ten")),
        ("uint32", ("4294967296", "9" * 30)),
        ("ipv4-address", ("192.0.2", "192.0.2.256", "192.0.2.01", "", "192.0.2.1/24")),
        ("ipv6-address", ("2001:db8:::1", "2001:db8::/64", "g::", "192.0.2.1")),
        ("ipv6-prefix", ("2001:db8::", "2001:db8::/129", "/64", "192.0.2.0/24", "::/x")),
        ("psid", ("3", "16/4", "1/17", "/", "65536/16")),
        ("string", ("", ",", " ", "\0")),
        ("tuple", ("x" * 256, "")),
        ("fqdn", ("a..b", ".a", "x" * 64, ("y" * 60 + ".") * 5, "a\\300b", "a\\.b", ".", "ü", "")),
        ("empty", ("x", " ")),
        ("internal", ("", ",")),
    ],
)
def test_wrong_values_of_each_type_are_refused(kind: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        assert flaw(of(kind), text) is Flaw.REFUSED, text


def test_empty_option_takes_no_data() -> None:
    assert flaw(standard("rapid-commit", 6), "") is None
    assert flaw(standard("rapid-commit", 6), "01", False) is Flaw.INVISIBLE
    mistake = read_data(standard(43), "x", True)
    assert mistake is not None
    assert (
        mistake.fix == "leave data out; its sub-options are option-data with `space: vendor-encapsulated-options-space`"
    )


def test_records() -> None:
    agents = standard("slp-directory-agent")
    assert flaw(agents, "true, 192.0.2.1, 192.0.2.2") is None
    assert flaw(agents, "true") is Flaw.REFUSED
    mistake = read_data(agents, "true, 192.0.2.1, x", True)
    assert mistake is not None
    assert (mistake.flaw, mistake.field) == (Flaw.REFUSED, 2)
    assert flaw(standard("client-ndi"), "1, 2, 3, 4") is Flaw.DROPPED
    assert form(agents) == "true or false, an IPv4 address, or several with commas between them"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a,b", ["a", "b"]),
        ("a\\,b", ["a,b"]),
        ("a\\\\,b", ["a\\", "b"]),
        ("a\\b", ["a\\b"]),
        ("a\\", ["a\\"]),
        (",,a,, ,", ["a", " "]),
        ("", []),
        (",", []),
    ],
)
def test_commas_and_backslashes(text: str, values: list[str]) -> None:
    assert split_values(text) == values


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("0102", b"\1\2"),
        ("0x0102", b"\1\2"),
        ("0x1", b"\1"),
        ("123", b"\x01\x23"),
        ("1:2:AB", b"\1\2\xab"),
        ("1 2 ab", b"\1\2\xab"),
        ("01\t02\n0", b"\0\x10\x20"),
        (" ' a b ' ", b"a b"),
        ("'Zürich'", "Zürich".encode()),
    ],
)
def test_forms_of_hex(text: str, data: bytes) -> None:
    assert hex_to_bytes(text) == data


@pytest.mark.parametrize(
    "text", ["xy", "0X01", "01::02", ":01", "01:", "010:02", " 01", "01 ", "''", "' '", "0x 01", "'"]
)
def test_no_forms_of_hex(text: str) -> None:
    with pytest.raises(RefusedValueError, match="not hexadecimal data"):
        hex_to_bytes(text)


@pytest.mark.parametrize(
    ("key", "family", "text", "expected"),
    [
        ("routers", 4, "C0000201C0000202", None),
        ("routers", 4, "C00002", Flaw.REFUSED),
        ("subnet-mask", 4, "FFFFFF", Flaw.REFUSED),
        ("subnet-mask", 4, "FFFFFF0000", Flaw.CUT),
        ("boot-size", 4, "0102040300", Flaw.CUT),
        ("ip-forwarding", 4, "05", None),
        ("host-name", 4, "0000", Flaw.REFUSED),
        ("domain-search", 4, "03666F6F00C000", None),
        ("domain-search", 4, "03666F6F", Flaw.REFUSED),
        ("domain-search", 4, "C00003666F6F00", Flaw.REFUSED),
        ("domain-search", 4, "", Flaw.REFUSED),
        ("slp-service-scope", 4, "02", Flaw.REFUSED),
        ("fqdn", 4, "040000" + "03666F6F00", None),
        ("fqdn", 4, "090000", Flaw.REFUSED),
        ("fqdn", 4, "0000", Flaw.REFUSED),
        ("vivco-suboptions", 4, "0000118B0161", None),
        ("vivco-suboptions", 4, "0000118B0161000000010161", Flaw.REFUSED),
        ("vivco-suboptions", 4, "0000118B0261", Flaw.REFUSED),
        ("vivso-suboptions", 4, "0000118B03010102", None),
        ("vivso-suboptions", 4, "0000118B0401020102FF", Flaw.CUT),
        ("vivso-suboptions", 4, "0000118B020203", Flaw.REFUSED),
        ("vivso-suboptions", 4, "0000118B0302010A", Flaw.REFUSED),
        ("v4-sztp-redirect", 4, "00026162", None),
        ("v4-sztp-redirect", 4, "000361", Flaw.REFUSED),
        ("classless-static-route", 4, "080AC0000201", None),
        ("classless-static-route", 4, "210A000000C0000201", Flaw.REFUSED),
        ("classless-static-route", 4, "080AC00002", Flaw.REFUSED),
        ("classless-static-route", 4, "", Flaw.REFUSED),
        ("v4-dnr", 4, "0008" + "0064" + "05" + "03666F6F00", None),
        ("v4-dnr", 4, "0009" + "0064" + "05" + "03666F6F00", Flaw.REFUSED),
        ("v4-dnr", 4, "000D" + "0064" + "05" + "03666F6F00" + "04C0000201", None),
        ("v4-dnr", 4, "000C" + "0064" + "05" + "03666F6F00" + "03C00002", Flaw.REFUSED),
        ("v6-dnr", 6, "0064" + "0005" + "03666F6F00", None),
        ("v6-dnr", 6, "0064" + "0005" + "03666F6F00" + "0010" + "20" * 16 + "00010000" + "00030000", None),
        ("v6-dnr", 6, "0064" + "0005" + "03666F6F00" + "0010" + "20" * 16 + "00030000" + "00010000", Flaw.REFUSED),
        ("v6-dnr", 6, "0064" + "0005" + "03666F6F00" + "0010" + "20" * 16 + "00040000", Flaw.REFUSED),
        ("dns-servers", 6, "20" * 15, Flaw.REFUSED),
        ("ia-na", 6, "00" * 12 + "000D00020000", None),
        ("ia-na", 6, "00" * 12 + "0000", Flaw.CUT),
        ("ia-na", 6, "00" * 12 + "000D000100", Flaw.REFUSED),
        ("ia-na", 6, "00" * 11, Flaw.REFUSED),
        ("client-fqdn", 6, "05", Flaw.REFUSED),
        ("client-fqdn", 6, "0003666F6F", None),
        ("vendor-opts", 6, "0000118B0001000100", Flaw.REFUSED),
        ("vendor-opts", 6, "0000118B000100020001", None),
        ("vendor-opts", 6, "0000118B00010002", Flaw.REFUSED),
        ("pd-exclude", 6, "40AA", None),
        ("pd-exclude", 6, "00AA", Flaw.REFUSED),
        ("aftr-name", 6, "03666F6F0000", Flaw.CUT),
        ("bootfile-param", 6, "000161", None),
        ("status-code", 6, "00", Flaw.REFUSED),
        ("ntp-server", 6, "000100020001", Flaw.REFUSED),
        ("ntp-server", 6, "0001001020010DB8000000000000000000000001", Flaw.INVISIBLE),
    ],
)
def test_hex_data(key: str, family: int, text: str, expected: Flaw | None) -> None:
    assert flaw(standard(key, family), text, False) is expected


def test_containers_by_branch() -> None:
    """2.2.0 shows complete sub-options of a container, newer ones show nothing."""
    for branch, whole in ((Branch.V2_2, None), (Branch.V2_6, Flaw.INVISIBLE), (Branch.V3_0, Flaw.INVISIBLE)):
        assert flaw(standard(43, branch=branch), "0104C0000201", False) is whole
        assert flaw(standard(43, branch=branch), "0104C00002", False) is Flaw.INVISIBLE
        assert flaw(standard(43, branch=branch), "", False) is None


def test_sub_options_are_read_by_their_definitions() -> None:
    inner = of("ipv4-address", code=1, space="inner", name="server")
    outer = of("uint8", encapsulate="inner")
    custom = Custom(table_of([inner]))
    assert flaw(outer, "070104C0000201", False, custom) is None
    assert flaw(outer, "070103C00002", False, custom) is Flaw.REFUSED
    assert flaw(outer, "070103C00002", False) is None
    assert flaw(outer, "070104C000", False, custom) is Flaw.CUT


def test_sub_options_of_one_code_are_joined_from_3_0_on() -> None:
    for branch, expected in ((Branch.V2_6, Flaw.REFUSED), (Branch.V3_0, None)):
        inner = of("ipv4-address", branch=branch, code=1, space="inner")
        outer = of("uint8", branch=branch, encapsulate="inner")
        assert flaw(outer, "070102C0000102" + "0201", False, Custom(table_of([inner]))) is expected


@pytest.mark.parametrize(
    ("key", "family", "text", "expected"),
    [
        ("routers", 4, "2001:db8::1", Flaw.OTHER_FAMILY),
        ("subnet-mask", 4, "2001:db8::1", Flaw.OTHER_FAMILY),
        ("dns-servers", 6, "192.0.2.1", Flaw.REFUSED),
        ("dns-servers", 6, "192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4", Flaw.OTHER_FAMILY),
        ("domain-name", 4, "a, b", Flaw.DROPPED),
        ("subnet-mask", 4, "255.0.0.0, 255.0.0.0", Flaw.DROPPED),
        ("routers", 4, "", Flaw.NOTHING),
        ("sip-server-dns", 6, "", Flaw.NOTHING),
        ("client-system", 4, "", Flaw.REFUSED),
    ],
)
def test_what_kea_swallows(key: str, family: int, text: str, expected: Flaw) -> None:
    assert flaw(standard(key, family), text) is expected


@pytest.mark.parametrize(
    ("key", "family", "text"),
    [
        ("classless-static-route", 4, "10.0.0.0/8 - 192.0.2.1, 0.0.0.0/0 - 192.0.2.254"),
        ("v4-dnr", 4, "100, dns.example.org."),
        ("v4-dnr", 4, "100, dns.example.org., 192.0.2.53 192.0.2.54, alpn=dot\\,doq port=853 | 200, b.example."),
        ("v4-dnr", 4, "100, dns.example.org., 192.0.2.53, alpn=h2 dohpath=/q{?dns}"),
        ("v6-dnr", 6, "100, dns.example.org., 2001:db8::53"),
    ],
)
def test_notations(key: str, family: int, text: str) -> None:
    assert flaw(standard(key, family), text) is None


@pytest.mark.parametrize(
    ("key", "family", "text"),
    [
        ("classless-static-route", 4, "10.0.0.0/8"),
        ("classless-static-route", 4, "10.0.0.0/33 - 192.0.2.1"),
        ("classless-static-route", 4, "10.0.0.0 - 192.0.2.1"),
        ("classless-static-route", 4, "10.0.0.0/8 - 2001:db8::1"),
        ("classless-static-route", 4, "10/8"),
        ("v4-dnr", 4, "100"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, port=1, x"),
        ("v4-dnr", 4, "x, a.example"),
        ("v4-dnr", 4, "65536, a.example"),
        ("v4-dnr", 4, "1, a..example"),
        ("v4-dnr", 4, "1, a.example, 2001:db8::53"),
        ("v4-dnr", 4, "1, a.example, , port=1"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, port"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, ipv4hint=1"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, colour=1"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, port=1 port=2"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, port=http"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, alpn=nothing"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, alpn=h2"),
        ("v4-dnr", 4, "1, a.example, 192.0.2.1, dohpath=/q"),
        ("v6-dnr", 6, "1, a.example, 192.0.2.1"),
    ],
)
def test_wrong_notations(key: str, family: int, text: str) -> None:
    assert flaw(standard(key, family), text) is Flaw.REFUSED


def test_no_list_of_texts_in_2_2() -> None:
    assert flaw(standard("bootfile-param", 6, Branch.V2_2), "") is Flaw.REFUSED
    assert flaw(standard("bootfile-param", 6, Branch.V2_4), "") is Flaw.NOTHING


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ({"name": "-foo"}, "name"),
        ({"name": "f.o"}, "name"),
        ({"space": "b r"}, "space"),
        ({"encapsulate": "b."}, "encapsulate"),
        ({"code": 0}, "code"),
        ({"code": 255}, "code"),
        ({"code": 256}, "code"),
        ({"code": -1}, "code"),
        ({"type": "int64"}, "type"),
        ({"record-types": "uint8"}, "record-types"),
        ({"type": "record"}, "record-types"),
        ({"type": "record", "record-types": "uint8"}, "record-types"),
        ({"type": "record", "record-types": "uint8, empty"}, "record-types"),
        ({"type": "record", "record-types": "uint8, internal"}, "record-types"),
        ({"type": "record", "record-types": "uint8, record"}, "record-types"),
        ({"type": "record", "record-types": "string, uint8"}, "record-types"),
        ({"type": "record", "record-types": "uint8, uint"}, "record-types"),
        ({"type": "record", "record-types": "uint8, string", "array": True}, "array"),
        ({"type": "binary", "array": True}, "array"),
        ({"type": "empty", "array": True}, "array"),
        ({"type": "uint8", "array": True, "encapsulate": "bar"}, "encapsulate"),
        ({"encapsulate": "dhcp4"}, "encapsulate"),
    ],
)
def test_wrong_definitions(words: dict[str, object], key: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_definition(4, NEW, {"name": "foo", "code": 230, "type": "string", **words})
    assert caught.value.key == key


def test_right_definitions() -> None:
    made = of("record", record_types="uint8,, fqdn ", array=True, space="bar", code=0)
    assert (made.record, made.array, made.space) == ((OptionType.UINT8, OptionType.FQDN), True, "bar")
    assert not made.standard
    assert of("internal", branch=Branch.V2_6).kind is OptionType.INTERNAL
    with pytest.raises(DefinitionError):
        of("internal", branch=Branch.V2_4)
    assert overridden(of("string", code=3)) is standard_definition(4, "dhcp4", 3, NEW)
    assert overridden(of("string", name="routers")) is standard_definition(4, "dhcp4", 3, NEW)
    assert overridden(of("string", code=43)) is None
    assert bad_code(6, "dhcp6", 255) is None
    assert bad_code(6, "dhcp6", 65536) == "the code 65536 is not between 0 and 65535"


def test_names_there_and_back() -> None:
    assert name_to_wire(b"a\\.b.C.") == b"\x03a.b\x01C\0"
    assert read_name(b"xx\x01a\0\x01b\xc0\x02", 5) == (b"\x01b\x01a\0", 9)
    assert printed_length(b"\x03a.b\0") == 5
    assert printed_length(b"\x01\xff\0") == 5


def _wire(text: bytes) -> bytes | str:
    try:
        return name_to_wire(text)
    except ValueError as error:
        return str(error)


@given(st.lists(st.binary(max_size=70) | st.sampled_from((b"a", b"", b"a" * 63)), max_size=6))
def test_names_without_escapes_are_read_as_those_with(labels: list[bytes]) -> None:
    plain = b".".join(labels).replace(b"\\", b"")
    if plain not in (b"", b".", b"@"):
        escaped = b"".join(b"." if byte == ord(".") else b"\\%03d" % byte for byte in plain)
        assert _wire(plain) == _wire(escaped)


@given(st.text("ab \t,,|"), st.sampled_from(",|"))
def test_values_without_escapes_are_split_as_those_with(text: str, delimiter: str) -> None:
    assert [*split_values(text, delimiter), "\\a"] == split_values(f"{text}{delimiter}\\a", delimiter)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([each for family in (4, 6) for each in standard_definitions(family, NEW)]),
    st.text(max_size=40) | st.text("0123456789abcdefxX:., /\\'-%=|", max_size=40),
    st.booleans(),
)
def test_any_text_gets_a_verdict(made: OptionDefinition, text: str, csv_format: bool) -> None:
    mistake = read_data(made, text, csv_format)
    assert mistake is None or mistake.message
    if not csv_format and mistake is None:
        assert isinstance(hex_to_bytes(text), bytes)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([each for family in (4, 6) for each in standard_definitions(family, NEW)]), st.binary(max_size=60)
)
def test_any_bytes_get_a_verdict(made: OptionDefinition, data: bytes) -> None:
    mistake = read_data(made, data.hex(), False)
    assert mistake is None or mistake.field is None
