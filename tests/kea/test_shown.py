"""`shown` against real servers: what they answer to config-get is what was predicted, exactly, and so is their hash.

Each server is given the files one after the other by config-reload, which takes the whole way of a start. A configuration that
Kea refuses proves nothing here and is counted apart. KEA_HAC_SHOWN=N makes N times as many, KEA_HAC_SHOWN_SEED others.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from kea_hac.check.rules import option_def, options
from kea_hac.diagnostics import KeaVerdict
from kea_hac.kea.config import CTRL_AGENT, DHCP4, DHCP6, FAMILIES, Daemon, Json
from kea_hac.kea.config_get import config_hash, from_answer, predict
from kea_hac.kea.platform import platform
from kea_hac.kea.version import Feature, KeaVersion, has
from kea_hac.source.document import Secret
from kea_hac.source.kea_json_reader import read_kea_json_text
from tests.differential.corpus import VALID, cases, scopes
from tests.differential.making import startable
from tests.differential.verdicts import placed_files
from tests.kea.built import compiled, provided, provided_for
from tests.kea.odd_writing import KILLS, oddly, text_of
from tests.kea.option_cases import configuration, definition_cases, option_cases
from tests.lab import LabError, config_get, keajson, reload
from tests.lab.certificates import Authority
from tests.lab.trees import tree
from tests.making_specs import arrangements, as_yaml, spec
from tests.shipped import GOLDEN
from tests.sizes import size
from tests.unit.check.registered import checks_in
from tests.unit.kea.config_get.test_forms import EMPTY_SUB_OPTION

pytestmark = pytest.mark.kea

SIZE = size("SHOWN", 1, 2)
SEED = os.environ.get("KEA_HAC_SHOWN_SEED", "1")
PLAIN, ODD, MUTANTS, AGENTS, SPECS = 60 * SIZE, 90 * SIZE, 125 * SIZE, 6 * SIZE, 10 * SIZE
TOGETHER = 12
"""Option cases of one configuration."""
ROWS = 20


@dataclass(slots=True)
class Tally:
    """What came of the configurations of one test."""

    equal: int = 0
    hashes: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    differing: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        loaded = self.equal + len(self.differing)
        return f"{self.equal} of {loaded} equal, {self.hashes} hashes; {self.refused.total()} refused"


@dataclass(frozen=True, slots=True)
class Given:
    """One configuration: what it is called, and its file."""

    name: str
    text: bytes


def held_against(
    version: str,
    daemon: Daemon,
    given: Sequence[Given],
    files: Mapping[str, bytes] | None = None,
    host: Iterable[bytes] | None = None,
) -> Tally:
    """Give the files to a real server and compare."""
    files = files if files is not None else placed_files()
    tally = Tally()
    answers = reload(version, daemon.name, [each.text for each in given], files, host)
    for each, answer in zip(given, answers, strict=True):
        if answer.shown is None:
            tally.refused[answer.error.partition("(/etc")[0][:200]] += 1
            continue
        config = _read(answer.sent)[daemon.top]
        _compare(tally, each.name, version, daemon, config, answer.shown, files)
        if has(KeaVersion.parse(version), Feature.CONFIG_HASH):
            mine = predict(daemon, config, KeaVersion.parse(version), _host(version))
            right = config_hash(daemon, mine, KeaVersion.parse(version), _resolver(files)) == answer.hash
            tally.hashes += right
            if not right:
                tally.differing.append(f"{each.name}: hash")
    return tally


def _compare(
    tally: Tally,
    name: str,
    version: str,
    daemon: Daemon,
    config: Mapping[str, Json],
    arguments: Mapping[str, Any],
    files: Mapping[str, bytes],
) -> None:
    mine = _filled(predict(daemon, config, KeaVersion.parse(version), _host(version)), files)
    kea = from_answer(daemon, arguments)
    found = list(differences(mine, kea))
    again = differences(_but_blank(_again(daemon, kea, version)), _but_blank(kea))
    found += [f"loaded again: {each}" for each in again]
    if found:
        tally.differing.append(f"{name}: " + "; ".join(found[:5]))
    else:
        tally.equal += 1


def _again(daemon: Daemon, kea: Mapping[str, Json], version: str) -> Json:
    """What would be shown if the answer were loaded: the same."""
    return predict(daemon, kea, KeaVersion.parse(version), _host(version))


def _but_blank(value: Json) -> Json:
    """Without the data of options that is blank: what Kea says of it changes when its answer is loaded again."""
    if isinstance(value, dict):
        blank = ("csv-format", "data") if "always-send" in value and not value.get("data") else ()
        return {key: _but_blank(item) for key, item in value.items() if key not in blank}
    return [_but_blank(item) for item in value] if isinstance(value, list) else value


def differences(mine: Json, kea: Json, path: str = "") -> Iterator[str]:
    """Where two trees differ. 1 and 1.0 and True are three things here."""
    if isinstance(mine, dict) and isinstance(kea, dict):
        for key in sorted(mine.keys() | kea.keys()):
            if key in mine and key in kea:
                yield from differences(mine[key], kea[key], f"{path}/{key}")
            else:
                yield f"{path}/{key}: {'only ours' if key in mine else 'only Kea’s'}"
    elif isinstance(mine, list) and isinstance(kea, list) and len(mine) == len(kea):
        for number, (one, other) in enumerate(zip(mine, kea, strict=True)):
            yield from differences(one, other, f"{path}/{number}")
    elif mine != kea or (type(mine) is not type(kea) and not isinstance(mine, str)):
        yield f"{path}: {mine!r:.120} is {kea!r:.120} in Kea"


def _host(version: str) -> Any:
    return platform("debian", "amd64", KeaVersion.parse(version))


def _read(text: str) -> dict[str, Any]:
    """A file as data, its secrets as Secrets."""
    if "<?include" not in text:
        return keajson.loads(text)
    reading = read_kea_json_text(text, opaque=True)
    assert reading.document is not None, reading.diagnostics
    root: Any = reading.document.root
    return dict(root)


def _resolver(files: Mapping[str, bytes]) -> Any:
    return lambda secret: orjson.loads(files[secret.path])


def _filled(value: Json, files: Mapping[str, bytes]) -> Json:
    """The tree with the texts that the secrets' files hold."""
    if isinstance(value, Secret):
        return orjson.loads(files[value.path])
    if isinstance(value, dict):
        return {key: _filled(item, files) for key, item in value.items()}
    return [_filled(item, files) for item in value] if isinstance(value, list) else value


def _say(figure: Callable[[str], None], what: str, tally: Tally, least: int) -> None:
    figure(f"shown, {what}: {tally}")
    assert not tally.differing, "\n".join(tally.differing[:ROWS])
    assert tally.equal >= least, "\n".join(f"{count} {error}" for error, count in tally.refused.most_common(ROWS))


@pytest.mark.slow
@pytest.mark.parametrize("daemon", FAMILIES, ids=lambda each: each.name)
def test_made_configurations(kea_version: str, daemon: Daemon, figure: Callable[[str], None]) -> None:
    branch = KeaVersion.parse(kea_version).branch
    known = scopes(daemon.name, branch)
    given = []
    for number in range(PLAIN + ODD):
        seed = f"{SEED} shown {daemon.name} {branch} {number}"
        config = startable(daemon.name, branch, seed, known[number % len(known)])
        if number >= PLAIN:
            config = oddly(daemon.name, branch, config, seed)
        config.pop("data-directory", None)  # 2.2 remembers it from one configuration to the next
        given.append(Given(f"{'plain' if number < PLAIN else 'odd'} {number}", text_of(daemon.top, config)))
    tally = held_against(kea_version, daemon, given)
    _say(figure, f"Kea {kea_version} {daemon.name} made", tally, least=(PLAIN + ODD) * 9 // 10)


@pytest.mark.parametrize("daemon", FAMILIES, ids=lambda each: each.name)
def test_what_the_compiler_writes(kea_version: str, daemon: Daemon, figure: Callable[[str], None]) -> None:
    """The golden files of every shipped spec: High Availability, hooks, secrets and loggers as they are."""
    branch = KeaVersion.parse(kea_version).branch
    paths = sorted(GOLDEN.glob(f"*/{branch}/*/{daemon.file}"))
    given = [Given(f"{path.parts[-4]}/{path.parts[-2]}", path.read_bytes()) for path in paths]
    tally = held_against(kea_version, daemon, given, _needed(kea_version))
    _say(figure, f"Kea {kea_version} {daemon.name} golden", tally, least=len(paths))


def test_made_specs(kea_version: str, tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Specs of every arrangement, compiled: pairs in every mode, backups, hubs and lone servers."""
    branch = KeaVersion.parse(kea_version).branch
    authority = Authority()
    files: dict[str, bytes] = {}
    given: dict[str, list[Given]] = {daemon.file: [] for daemon in (*FAMILIES, CTRL_AGENT)}
    for number in range(SPECS):
        mode = arrangements(branch)[number % len(arrangements(branch))]
        path = tmp_path / f"{number}.yaml"
        path.write_text(as_yaml(spec(Random(f"{SEED} {branch} {number}"), branch, mode)), "utf-8")
        build = compiled(path)
        for placed in provided(build, authority).values():
            files.update({path: content for path, content in placed.items() if path.startswith("/etc/kea/")})
        for name, content in build.files.items():
            given.get(name.rpartition("/")[2], []).append(Given(f"{number} {mode} {name}", content))
    for daemon in FAMILIES:
        own = [each for each in given[daemon.file] if b'"data-directory"' not in each.text or kea_version != "2.2.0"]
        tally = held_against(kea_version, daemon, own, files)
        _say(figure, f"Kea {kea_version} {daemon.name} made specs", tally, least=len(own) // 2)


def _needed(version: str) -> dict[str, bytes]:
    """The files that any of the golden servers of a version must provide."""
    branch = KeaVersion.parse(version).branch
    authority = Authority()
    found: dict[str, bytes] = {}
    for path in sorted(GOLDEN.glob(f"*/{branch}/manifest.json")):
        for files in provided_for(path.read_bytes(), authority).values():
            found.update(files)
    return found


@pytest.mark.parametrize("daemon", FAMILIES, ids=lambda each: each.name)
def test_options(kea_version: str, daemon: Daemon, figure: Callable[[str], None]) -> None:
    """Every standard option as values and in hexadecimal digits, and definitions of every shape."""
    family = daemon.family or 4
    chance = Random(f"{SEED} {kea_version} {family}")
    alone = [
        case for case in definition_cases(kea_version, family, chance, 30 * SIZE) if _taken(kea_version, family, case)
    ]
    plain = [case for case in option_cases(kea_version, family, chance, SIZE) if _taken(kea_version, family, case)]
    groups = [[case] for case in alone] + [plain[at : at + TOGETHER] for at in range(0, len(plain), TOGETHER)]
    given = [
        Given(str(group[0]), text_of(daemon.top, configuration(kea_version, family, group).config)) for group in groups
    ]
    _say(figure, f"Kea {kea_version} {daemon.name} options", held_against(kea_version, daemon, given), least=18 * SIZE)


def _taken(version: str, family: int, case: Any) -> bool:
    made = configuration(version, family, [case])
    if any(finding.rule.kea is KeaVerdict.REFUSES for rule in checks_in(options, option_def) for finding in rule(made)):
        return False
    if (family, version) != (6, "2.2.0"):
        return True
    named = predict(DHCP6, {"option-data": [case.entry]}, KeaVersion.parse(version))["option-data"][0]
    return named["code"] not in KILLS or named["space"] != "dhcp6"


@pytest.mark.slow
def test_mutants_that_kea_takes(kea_version: str, figure: Callable[[str], None]) -> None:
    """Configurations with a mistake in them, as far as Kea does not see it."""
    every = cases(KeaVersion.parse(kea_version).branch, 3000)
    for daemon in FAMILIES:
        own = [case for case in every if case.daemon == daemon.name and case.operator != "duplicate key"]
        chosen = Random(f"{SEED} {kea_version} {daemon.name}").sample(own, min(MUTANTS, len(own)))
        given = [Given(case.name, _with_own_database(case.text)) for case in chosen]
        host = [case.text for case in own if case.operator == VALID]
        tally = held_against(kea_version, daemon, given, host=host)
        _say(figure, f"Kea {kea_version} {daemon.name} mutants", tally, least=MUTANTS // 5)


def _with_own_database(text: bytes) -> bytes:
    """The same without what needs a database; a text that is no plain JSON stays."""
    try:
        ((top, config),) = json.loads(text).items()
    except ValueError:
        return text
    if not isinstance(config, dict):
        return text
    database = config.get("lease-database")
    if isinstance(database, dict) and database.get("type") != "memfile":
        config["lease-database"] = {"type": "memfile", "persist": False}
    for key in ("config-control", "hosts-database", "hosts-databases", "data-directory"):
        config.pop(key, None)
    return text_of(top, config)


def test_agents(kea_version: str, figure: Callable[[str], None]) -> None:
    """Golden and made ones, each by a start of its own."""
    branch = KeaVersion.parse(kea_version).branch
    known = scopes("ctrl-agent", branch)
    given = [Given(str(path), path.read_bytes()) for path in sorted(GOLDEN.glob(f"*/{branch}/*/{CTRL_AGENT.file}"))]
    for number in range(AGENTS):
        config = startable("ctrl-agent", branch, f"{SEED} agent {branch} {number}", known[number % len(known)])
        given.append(Given(f"made {number}", text_of(CTRL_AGENT.top, {**config, "http-host": "127.0.0.1"})))
    files = {**placed_files(), **_needed(kea_version)}
    tally = Tally()
    for each in given:
        config = keajson.loads(each.text.decode())[CTRL_AGENT.top]
        try:
            arguments = config_get(kea_version, "ctrl-agent", each.text, files, with_hash=True)
        except LabError as error:
            tally.refused[str(error)[:200]] += 1
            continue
        version = KeaVersion.parse(kea_version)
        mine = predict(CTRL_AGENT, config, version, _host(kea_version))
        assert config_hash(CTRL_AGENT, mine, version) == arguments.get("hash"), each.name
        _compare(tally, each.name, kea_version, CTRL_AGENT, config, arguments, files)
    _say(figure, f"Kea {kea_version} agents", tally, least=len(given) - 2)


@pytest.mark.parametrize("version", ["2.6.3", "3.0.4"])
def test_databases(version: str, figure: Callable[[str], None]) -> None:
    """Servers that go without their databases for now (since 2.6): every key, and passwords of every shape."""
    hooks = "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_"
    names = ("mysql.so", "pgsql.so") if version == "3.0.4" else ("mysql_cb.so", "pgsql_cb.so")
    patient = {"retry-on-startup": True, "max-reconnect-tries": 3, "reconnect-wait-time": 60000, "connect-timeout": 1}
    base = {
        "name": "kea",
        "host": "192.0.2.9",
        "port": 3306,
        "user": "kea",
        "on-fail": "serve-retry-continue",
        **patient,
    }
    mysql, pgsql = {"type": "mysql", **base}, {"type": "postgresql", **base}
    passwords = ("plain", "two words", " lead", "p=w", "x'y", "tab\there", "ü", "", "'quoted'", 'dq"x')
    parts: list[dict[str, Any]] = [
        *({"hosts-databases": [{**mysql, "password": password}]} for password in passwords),
        {"hosts-database": {**pgsql, "host": "", "tcp-user-timeout": 5}},
        {"hosts-databases": [{**mysql, "readonly": True, "read-timeout": 7, "write-timeout": 9}, pgsql]},
        {"lease-database": {**mysql, "password": "a b"}},
        {"config-control": {"config-databases": [mysql], "config-fetch-wait-time": 7}},
        {"config-control": {"config-fetch-wait-time": 0}},
    ]
    libraries = {"hooks-libraries": [{"library": f"{hooks}{name}"} for name in names]}
    given = [Given(str(part), text_of(DHCP4.top, {**libraries, **part})) for part in parts]
    _say(figure, f"Kea {version} databases", held_against(version, DHCP4, given), least=len(given))


LIBRARIES: Mapping[str, tuple[Any, ...]] = {
    "bootp": (None, {}),
    "class_cmds": (None,),
    "ddns_tuning": ({}, {"hostname-expr": "'x'"}),
    "flex_id": ({"identifier-expression": "'x'", "replace-client-id": True},),
    "flex_option": ({"options": [{"code": 15, "add": "'x'"}]},),
    "host_cache": (None, {}, {"maximum": 5}),
    "host_cmds": (None,),
    "lease_cmds": (None, {"binding-variables": [{"name": "a", "expression": "'x'", "source": "query"}]}),
    "lease_query": ({"requesters": ["192.0.2.1"]},),
    "legal_log": (None, {}, {"base-name": "x", "time-unit": "day", "count": 2}),
    "limits": (None,),
    "perfmon": (None, {}, {"enable-monitoring": True, "interval-width-secs": 5}),
    "ping_check": ({}, {"enable-ping-check": True, "min-ping-requests": 1}),
    "radius": ({}, {"access": {"servers": [{"name": "127.0.0.1", "secret": "s"}],
                               "attributes": [{"name": "User-Name", "data": "x"}, {"type": 2, "raw": "01"}]}}),
    "stat_cmds": (None, {}),
    "subnet_cmds": (None,),
}  # fmt: skip


def test_libraries(figure: Callable[[str], None]) -> None:
    """What every library of 3.0 makes of its own parameters."""
    given = []
    for name, many in LIBRARIES.items():
        before = [{"library": "libdhcp_host_cache.so"}] if name == "radius" else []
        for parameters in many:
            entry = {"library": f"libdhcp_{name}.so"} | ({} if parameters is None else {"parameters": parameters})
            given.append(Given(f"{name} {parameters}", text_of(DHCP4.top, {"hooks-libraries": [*before, entry]})))
    dictionary = "/etc/kea/radius/dictionary"
    files = {dictionary: (tree("3.0.4") / dictionary.lstrip("/")).read_bytes()}
    _say(figure, "Kea 3.0.4 libraries", held_against("3.0.4", DHCP4, given, files), least=len(given))


@pytest.mark.parametrize("daemon", FAMILIES, ids=lambda each: each.name)
def test_control_sockets(daemon: Daemon) -> None:
    """The list of 3.0: HTTP with clients, HTTPS with its files, the unix socket somewhere among them."""
    by_file = {"user-file": "user", "password-file": "password", "user-context": {"half": 1.50}}
    clients = [{"user": "a", "password": "b", "comment": "c"}, by_file]
    basic = {"type": "basic", "comment": "ü", "directory": "/etc/kea", "clients": clients}
    tls = {"trust-anchor": "/etc/kea/ca.pem", "cert-file": "/etc/kea/cert.pem", "key-file": "/etc/kea/key.pem"}
    header = {"name": "X-Test", "value": "y", "comment": "c"}
    unix = {"socket-type": "unix", "socket-name": f"/run/kea/lab-{daemon.name}", "comment": "c"}
    http = {"socket-type": "http", "socket-port": 8101, "authentication": basic, "user-context": {"b": 1, "a": None}}
    https = {"socket-type": "https", "socket-address": "127.0.0.1", **tls, "cert-required": False}
    lists = [[http, unix], [unix, {**https, "http-headers": [header]}, http], [https, unix]]
    for sockets in lists:
        config = {"interfaces-config": {"interfaces": ["eth0"]}, "control-sockets": sockets}
        arguments = config_get("3.0.4", daemon.name, text_of(daemon.top, config), placed_files())
        mine = predict(daemon, config, KeaVersion.parse("3.0.4"))
        assert list(differences(mine, from_answer(daemon, arguments))) == []


def test_an_empty_string_among_sub_options(kea_version: str) -> None:
    tally = held_against(kea_version, DHCP4, [Given("empty", text_of(DHCP4.top, EMPTY_SUB_OPTION))])
    assert (tally.equal, tally.differing) == (1, [])


def test_the_data_directory_of_2_2() -> None:
    config = {"data-directory": "/var/lib/kea", "lease-database": {"type": "memfile", "persist": False}}
    arguments = config_get("2.2.0", "dhcp6", text_of(DHCP6.top, config))
    assert from_answer(DHCP6, arguments)["data-directory"] == "/var/lib/kea"
    assert predict(DHCP6, config, KeaVersion.parse("2.2.0"))["data-directory"] == "/var/lib/kea"


@pytest.mark.parametrize("version", ["2.2.0", "2.6.3", "3.0.4"])
def test_an_answer_may_be_loaded_again(version: str) -> None:
    """config-get's answer, loaded as it is, gives the same answer: so does its prediction."""
    path: Path = sorted(GOLDEN.glob(f"campus/{KeaVersion.parse(version).branch}/*/{DHCP4.file}"))[0]
    config = keajson.loads(path.read_text("utf-8"))
    once = predict(DHCP4, config[DHCP4.top], KeaVersion.parse(version), _host(version))
    tally = held_against(version, DHCP4, [Given("again", text_of(DHCP4.top, once))], _needed(version))
    assert (tally.equal, tally.differing) == (1, [])


def test_the_logger_that_legal_log_makes_up_at_every_start_is_left_out() -> None:
    version = KeaVersion.parse("3.0.4")
    library = "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_legal_log.so"
    given = {
        "control-socket": {"socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket"},
        "hooks-libraries": [{"library": library, "parameters": {"type": "syslog"}}],
    }
    answer = config_get("3.0.4", "dhcp4", json.dumps({"Dhcp4": given}).encode())
    assert [each["name"].startswith("legal-log-") for each in answer["Dhcp4"]["loggers"]] == [True]
    assert from_answer(DHCP4, answer) == predict(DHCP4, given, version)
