"""Each sentence on README, and on the pages about what Kea does not check and on the spec, that says what Kea does, and its proof.

A sentence is proven by the tests that name it in `proves`; `test_every_sentence_is_there` holds the pages and the proofs together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kea.built import compiled, laid_out, pair_text, provided
from tests.lab import Group, Lab, LabError
from tests.shipped import ROOT
from tests.test_readme import SECTION, blocks
from tests.unit.check.mistakes import good, ha, text

PAGE = " ".join(
    " ".join((ROOT / page).read_text("utf-8").partition("\n## The language")[0].split())
    for page in ("README.md", "docs/explanation/why.md", "docs/language.md")
)
Edit = Callable[[dict[str, Any]], None]
SENTENCES: list[str] = []


def proves(*sentences: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Notes which sentences a test proves."""

    def note(test: Callable[..., None]) -> Callable[..., None]:
        SENTENCES.extend(sentences)
        return test

    return note


def test_every_sentence_is_there() -> None:
    assert len(SENTENCES) > 8
    assert [each for each in SENTENCES if each not in PAGE] == []


# Kea's own checks


def nothing(_: dict[str, Any]) -> None:
    """The configuration stays good."""


def misspelt(config: dict[str, Any]) -> None:
    ha(config)["heartbeat-dealy"] = 5000


def another_mode(config: dict[str, Any]) -> None:
    ha(config)["mode"] = "hot-stand-by"


def no_peers(config: dict[str, Any]) -> None:
    del ha(config)["peers"]


def without_lease_commands(config: dict[str, Any]) -> None:
    config["hooks-libraries"] = [each for each in config["hooks-libraries"] if "lease_cmds" not in each["library"]]


def verdicts(lab: Lab, kea: str, flag: str, *edits: Edit) -> list[bool]:
    """What Kea's own check says of the good configuration with each of the edits."""
    texts = []
    for edit in edits:
        config = good()
        edit(config)
        texts.append(text(config).encode())
    return [each.ok for each in lab.check(kea, "dhcp4", texts, flag)]


@pytest.mark.kea
@proves("`kea-dhcp4 -t` does not read hook parameters")
def test_dash_t_reads_no_hook_parameters(lab: Lab, kea_version: str) -> None:
    made = verdicts(lab, kea_version, "-t", nothing, misspelt, another_mode, no_peers, without_lease_commands)
    assert made == [True] * 5


@pytest.mark.kea
@proves("`-T` does not exist in 2.2, refuses valid configurations in 2.6, and accepts a misspelt HA key in 3.0")
def test_what_dash_capital_t_does(lab: Lab, kea_version: str) -> None:
    made = verdicts(lab, kea_version, "-T", nothing, misspelt, another_mode)
    assert made == ([True, True, False] if kea_version == "3.0.4" else [False, False, False])


# Pairs that start with a mistake


def pair(
    lab: Lab,
    kea: str,
    folder: Path,
    mode: str = "hot-standby",
    *,
    edits: dict[str, Edit] | None = None,
    listener: str = "  listener: {dhcp4: 8001}",
    lacking: str = "",
) -> Group:
    """A built pair whose files were edited afterwards. `lacking`: the end of the name of a file that kea1 does not have."""
    folder.mkdir(exist_ok=True)
    (folder / "spec.yaml").write_text(pair_text(kea, mode, ha=listener), "utf-8")
    build = compiled(folder / "spec.yaml")
    folders = laid_out(build, folder / "out")
    for server, edit in (edits or {}).items():
        path = folders[server] / "kea-dhcp4.conf"
        made = json.loads(path.read_bytes())
        edit(made["Dhcp4"])
        path.write_text(json.dumps(made), "utf-8")
    files = provided(build)
    if lacking:
        files["kea1"] = {path: content for path, content in files["kea1"].items() if not path.endswith(lacking)}
    return lab.group(kea, folders, files)


def on_both(edit: Edit) -> dict[str, Edit]:
    return {"kea1": edit, "kea2": edit}


def complaints(group: Group, server: str) -> set[str]:
    """The ids of its messages above INFO."""
    return set(re.findall(r" (?:WARN|ERROR|FATAL) .*?\] (\w+)", group.log(server, "dhcp4")))


def of_ha(config: dict[str, Any]) -> dict[str, Any]:
    found = next(each for each in config["hooks-libraries"] if "libdhcp_ha" in each["library"])
    relationship: dict[str, Any] = found["parameters"]["high-availability"][0]
    return relationship


def misspelt_in_a_pair(config: dict[str, Any]) -> None:
    of_ha(config)["heartbeat-dealy"] = 5000


def unsplit(config: dict[str, Any]) -> None:
    config["subnet4"][0]["pools"] = [{"pool": "192.0.2.20 - 192.0.2.250"}]


@pytest.mark.kea
@proves(
    "A server starts without a warning with a misspelt HA key",
    "a misspelt HA key: what you set is not in effect",
    "without the lease_cmds library, where the pair never serves clients",
)
def test_what_starts_without_a_warning(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """Its log has the very warnings of the good one."""
    usual = pair(lab, kea_version, tmp_path / "good")
    usual.start("kea1")
    known = complaints(usual, "kea1")
    usual.close()
    for name, edit in (("misspelt", misspelt_in_a_pair), ("no lease_cmds", without_lease_commands)):
        made = pair(lab, kea_version, tmp_path / name, edits=on_both(edit))
        made.start("kea1")
        assert complaints(made, "kea1") <= known, name
        made.start("kea2")
        if name == "misspelt":
            made.wait({"kea1": "hot-standby", "kea2": "hot-standby"})
        else:
            with pytest.raises(LabError):
                made.wait({"kea1": "hot-standby", "kea2": "hot-standby"}, timeout=10)
            assert not made.lease4(5, wait=2).addresses
        made.close()


@pytest.mark.kea
@proves(
    "with an unsplit load-balancing pool, which can give two clients the same address",
    "an unsplit load-balancing pool, which can give two clients the same address",
    "in load-balancing this pool is shared by both servers: two clients that ask at once can get the same address",
    "= Kea: accepts this without an error",
)
def test_an_unsplit_pool(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    both = {"kea1": "load-balancing", "kea2": "load-balancing"}
    usual = pair(lab, kea_version, tmp_path / "good", "load-balancing")
    usual.start()
    usual.wait(both)
    assert usual.lease4(60, rate=400).complete
    known = {server: complaints(usual, server) for server in both}
    usual.close()
    made = pair(lab, kea_version, tmp_path / "unsplit", "load-balancing", edits=on_both(unsplit))
    made.start()
    made.wait(both)
    assert all(complaints(made, server) <= known[server] for server in both)
    addresses = list(made.lease4_together(100).addresses.values())
    assert len(set(addresses)) < len(addresses)


@pytest.mark.kea
@pytest.mark.parametrize("lacking", ["kea1.key", "kea1.pem", "ca.pem"])
@proves("With a TLS file that only the other server has, a server does not start.")
def test_a_tls_file_that_is_not_there(lab: Lab, kea_version: str, tmp_path: Path, lacking: str) -> None:
    tls = "".join(
        f"  {key}: /etc/kea/tls/{name}\n"
        for key, name in (("trust-anchor", "ca.pem"), ("cert-file", "{server}.pem"), ("key-file", "{server}.key"))
    )
    made = pair(lab, kea_version, tmp_path, listener=f"{tls}  listener: {{dhcp4: 8001}}", lacking=lacking)
    with pytest.raises(LabError, match="One or more hook libraries failed to load"):
        made.start("kea1")
    made.start("kea2")


@pytest.mark.kea
@proves(
    "nothing in Kea compares the configurations of the two servers",
    "two servers that are configured differently: a client gets what the server that answers has",
)
def test_servers_that_are_configured_differently(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    """Another id, another pool, other timers, another address of the partner's own: both are in their normal state."""

    def other(config: dict[str, Any]) -> None:
        config["subnet4"][0] |= {"id": 7, "pools": [{"pool": "192.0.2.100 - 192.0.2.110"}], "valid-lifetime": 600}
        of_ha(config)["max-unacked-clients"] = 9

    states = {"kea1": "hot-standby", "kea2": "hot-standby"}
    usual = pair(lab, kea_version, tmp_path / "good")
    usual.start()
    usual.wait(states)
    known = {server: complaints(usual, server) for server in states}
    usual.close()
    made = pair(lab, kea_version, tmp_path / "other", edits={"kea2": other})
    made.start()
    made.wait(states)
    assert all(complaints(made, server) <= known[server] for server in states)


@pytest.mark.kea
@proves("`multi-threading` (without which both servers of a 2.2 pair serve alone)")
def test_without_multi_threading(lab: Lab, kea_version: str, tmp_path: Path) -> None:
    made = pair(lab, kea_version, tmp_path, edits=on_both(lambda config: config.pop("multi-threading", None)))
    made.start()
    alone = kea_version == "2.2.0"  # later versions have it on by default
    made.wait(dict.fromkeys(("kea1", "kea2"), "partner-down" if alone else "hot-standby"))


@pytest.mark.kea
@proves("Kea loads the compiled files unchanged", "every 2.6.x", "eth0 on kea1, ens18 on kea2")
def test_the_first_example_runs_as_it_is(lab: Lab, tmp_path: Path) -> None:
    (spec,) = blocks(SECTION["A pair in thirty lines"], "yaml")
    (tmp_path / "campus.yaml").write_text(spec, "utf-8")
    build = compiled(tmp_path / "campus.yaml")
    made = lab.group("2.6.3", laid_out(build, tmp_path / "out"), provided(build))
    made.start()
    made.wait({"kea1": "hot-standby", "kea2": "hot-standby"})
    assert made.lease4(10).complete
