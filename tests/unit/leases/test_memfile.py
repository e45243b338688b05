"""Kea's lease files: every version's columns, the parts of the cleanup, rows that replace, remove, or are still being written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kea_hac.leases.lease import Lease, UnknownLeases
from kea_hac.leases.memfile import LeaseFile, NoLeaseFileError, family_of_file, lease_files, read
from tests.unit.leases.files import LATER, V4, V6, row4, row6, write


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows(path: str) -> tuple[list[Lease], list[UnknownLeases]]:
    troubles: list[UnknownLeases] = []
    found: list[Lease] = []
    for file in lease_files(path):
        found += read(file, troubles.append, found.clear)
    return found, troubles


@pytest.mark.parametrize("version", V4)
def test_the_columns_of_each_version(version: str) -> None:
    write("a.csv", V4[version], [row4("192.0.2.1", name="pc", version=version)])
    (lease,), troubles = rows("a.csv")
    assert troubles == []
    assert (lease.text, lease.subnet, lease.hostname, lease.state, lease.expires) == ("192.0.2.1", 1, "pc", 0, LATER)
    assert (lease.hardware, lease.client, lease.removed) == ("02:00:00:00:00:01", "01:02", False)
    assert family_of_file(LeaseFile("a.csv")) == 4


@pytest.mark.parametrize("version", V6)
def test_the_columns_of_each_version_of_dhcpv6(version: str) -> None:
    write(
        "a.csv", V6[version], [row6("2001:db8::1", version=version), row6("2001:db8:1::", length=56, version=version)]
    )
    (address, prefix), troubles = rows("a.csv")
    assert troubles == []
    assert (address.text, prefix.text) == ("2001:db8::1", "2001:db8:1::/56")
    assert family_of_file(LeaseFile("a.csv")) == 6


def test_columns_are_found_by_their_names() -> None:
    columns = V4["2.4"].split(",")
    values = dict(zip(columns, row4("192.0.2.1", name="pc").split(","), strict=True))
    order = [*reversed(columns), "new_column"]
    write("a.csv", ",".join(order), [",".join(values.get(each, "x") for each in order)])
    (lease,), _ = rows("a.csv")
    assert (lease.text, lease.hostname) == ("192.0.2.1", "pc")


def test_what_a_row_can_say() -> None:
    write(
        "a.csv",
        V4["2.4"],
        [
            row4("192.0.2.1", name="a&#x2cb"),
            row4("192.0.2.2", valid=0),
            row4("192.0.2.3", valid=0xFFFFFFFF, expire=LATER + 0xFFFFFFFF),
            row4("192.0.2.4", state=1, mac=""),
            row4("192.0.2.5", state=2),
        ],
    )
    found, troubles = rows("a.csv")
    assert troubles == []
    assert found[0].hostname == "a,b"
    assert [each.removed for each in found] == [False, True, False, False, False]
    assert found[2].expires is None
    assert [each.state for each in found] == [0, 0, 0, 1, 2]


@pytest.mark.parametrize("half", ["192.0.2.9", row4("192.0.2.9"), "192.0.2.9,02:00", "\x00"])
def test_the_row_that_kea_is_writing_is_not_read(half: str) -> None:
    write("a.csv", V4["2.4"], [row4("192.0.2.1")], half=half)
    found, troubles = rows("a.csv")
    assert [each.text for each in found] == ["192.0.2.1"]
    assert troubles == []


@pytest.mark.parametrize(
    "bad",
    [
        "rubbish",
        "192.0.2.300,,,3600,1,1,0,0,,0,,0",
        row4("192.0.2.9", state="x"),
        row4("192.0.2.9", state=9),
        row4("192.0.2.9", subnet=-1),
        row4("192.0.2.9", expire=1 << 70),
        row4("192.0.2.9") + ",more",
        "192.0.2.9,,," + "9" * 5000,
        "x" * (3 << 20),
    ],
    ids=range(9),
)
def test_rows_that_cannot_be_read_are_counted(bad: str) -> None:
    write("a.csv", V4["2.4"], [row4("192.0.2.1"), bad, row4("192.0.2.2")])
    found, (trouble,) = rows("a.csv")
    assert [each.text for each in found] == ["192.0.2.1", "192.0.2.2"]
    assert trouble == UnknownLeases("a.csv", "1 row cannot be read, the first is row 3")


def test_the_parts_of_the_cleanup_are_read_as_kea_reads_them() -> None:
    for number, ending in enumerate(("", ".1", ".2", ".output", ".pid", ".completed"), 1):
        write(f"d/kea-leases4.csv{ending}", V4["2.4"], [row4(f"192.0.2.{number}")])
    assert [each.text for each in rows("d")[0]] == ["192.0.2.6", "192.0.2.1"]
    Path("d/kea-leases4.csv.completed").unlink()
    assert [each.text for each in rows("d")[0]] == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]
    assert rows("d")[0] == rows("d/kea-leases4.csv")[0] == rows("d/kea-leases4.csv.1")[0]
    Path("d/kea-leases4.csv").unlink()
    assert [each.text for each in rows("d")[0]] == ["192.0.2.3", "192.0.2.2"]


def test_a_folder_has_both_families() -> None:
    write("d/kea-leases4.csv", V4["2.2"], [row4("192.0.2.1", version="2.2")])
    write("d/kea-leases6.csv.2", V6["2.2"], [row6("2001:db8::1", version="2.2")])
    Path("d/notes.txt").write_text("x", "utf-8")
    assert {each.text for each in rows("d")[0]} == {"192.0.2.1", "2001:db8::1"}


def test_a_cleanup_meanwhile_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is moved to `.1` after it was opened, and a new one is begun."""
    write("a.csv", V4["2.4"], [row4("192.0.2.1"), row4("192.0.2.2")])
    found: list[Lease] = []
    for number, lease in enumerate(read(LeaseFile("a.csv"), lambda _: None, found.clear)):
        found.append(lease)
        if number == 0:
            os.rename("a.csv", "a.csv.1")
            write("a.csv", V4["2.4"], [row4("192.0.2.3")])
    assert [each.text for each in found] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_a_file_that_moves_all_the_time_is_unknown() -> None:
    write("a.csv", V4["2.4"], [row4("192.0.2.1")])
    troubles: list[UnknownLeases] = []
    for number, _ in enumerate(read(LeaseFile("a.csv"), troubles.append, lambda: None)):
        write(f"new{number}", V4["2.4"], [row4("192.0.2.1")])
        os.rename(f"new{number}", "a.csv")
    assert [each.source for each in troubles] == ["a.csv"]
    assert "copy it and read the copy" in troubles[0].reason


@pytest.mark.parametrize(
    "content", ["192.0.2.1,,,3600,1,1,0,0,,0,,0\n", "a,b\n1,2\n", "address\n", '{"Dhcp4": {}}\n', "\x00\xff"]
)
def test_a_file_without_its_first_row_is_none(content: str) -> None:
    Path("a.csv").write_text(content, "utf-8")
    with pytest.raises(NoLeaseFileError, match="is not a lease file of Kea: its first row is"):
        rows("a.csv")
    with pytest.raises(NoLeaseFileError):
        family_of_file(LeaseFile("a.csv"))


def test_an_empty_file_has_no_rows_and_no_family() -> None:
    Path("a.csv").write_text("", "utf-8")
    assert rows("a.csv") == ([], [])
    assert family_of_file(LeaseFile("a.csv")) is None


def test_what_is_no_file() -> None:
    Path("empty").mkdir()
    Path("d.csv").mkdir()
    os.mkfifo("pipe.csv")
    for path, words in (
        ("nowhere.csv", "there is no file"),
        ("empty", "contains no lease file"),
        ("d.csv", "contains no lease file"),
        ("pipe.csv", "is not a regular file"),
    ):
        with pytest.raises(NoLeaseFileError, match=words):
            rows(path)
