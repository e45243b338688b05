"""`kea-hac init`: a new spec from flags, or from a few questions on a terminal, ready to build."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kea_hac.cli.terminal import say, show_findings
from kea_hac.errors import UsageError

if TYPE_CHECKING:
    from kea_hac.diagnostics import Report
    from kea_hac.spec.starting import Start, StartServer, StartSubnet

SpecPath = Annotated[
    str,
    typer.Argument(metavar="SPEC", show_default=False, help="The file to write; its name is the pair's: campus.yaml."),
]
Kea = Annotated[str | None, typer.Option("--kea", metavar="VERSION", help="The Kea that runs on the servers: 2.6.")]
Where = Annotated[
    str | None, typer.Option("--platform", metavar="PLATFORM", help="Where Kea was installed from: debian, rhel, …")
]
Mode = Annotated[
    str | None,
    typer.Option("--mode", metavar="MODE", help="hot-standby, load-balancing, passive-backup, or lone for one server."),
]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        "--server",
        metavar="NAME=ADDRESS%INTERFACE",
        help="A server, the primary first: kea1=192.0.2.11%eth0. Repeat it.",
    ),
]
Subnets = Annotated[
    list[str] | None, typer.Option("--subnet", metavar="PREFIX", help="A subnet to serve: 192.0.2.0/24. Repeat it.")
]
Pools = Annotated[
    list[str] | None,
    typer.Option(
        "--pool", metavar="RANGE", help="A pool, which goes to the subnet that it is in: 192.0.2.100-192.0.2.199."
    ),
]
Routers = Annotated[
    list[str] | None,
    typer.Option("--router", metavar="ADDRESS", help="The router that clients of its subnet are told."),
]
NoTls = Annotated[
    bool, typer.Option("--without-tls", help="The servers talk to each other without TLS: a warning at each build.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a spec that is there.")]

PRE_COMMIT = ".pre-commit-config.yaml"
_HOOKS = """\
repos:
  - repo: https://example.org/kea-hac   # where you keep kea-hac
    rev: v{version}
    hooks:
      - {{id: kea-hac-validate, args: [{specs}]}}
      - {{id: kea-hac-build, args: [{specs}, --output, build]}}   # the committed tree is up to date
"""


def init(
    spec: SpecPath,
    kea: Kea = None,
    platform: Where = None,
    mode: Mode = None,
    servers: Servers = None,
    subnets: Subnets = None,
    pools: Pools = None,
    routers: Routers = None,
    without_tls: NoTls = False,
    force: Force = False,
) -> int:
    """Write a spec to start from, and beside it a pre-commit configuration. What no flag says is asked on a terminal.

    Exit code 0: written, and it builds; 1: it would not build, so nothing was written; 2: could not run.
    """
    from kea_hac.cli.boundary import CLEAN, FOUND
    from kea_hac.diagnostics import Severity
    from kea_hac.files import write_whole
    from kea_hac.spec.starting import starting_text

    path = Path(spec)
    _refuse(path, force)
    asked = _Asked(kea, platform, mode, servers or [], subnets or [], pools or [], routers or [])
    text = starting_text(_start(path, asked, tls=not without_tls))
    report = _judged(text, path)
    if report.at_least(Severity.ERROR):
        show_findings(report)
        say(f"kea-hac: {path} was not written: it would not build")
        return FOUND
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text, replace=force)
    say(
        f"wrote {path}: `kea-hac validate --needs {path}` lists what the servers must have, `kea-hac build {path}` builds it"
    )
    _hooks(path)
    return CLEAN


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the flags say."""

    kea: str | None
    platform: str | None
    mode: str | None
    servers: Sequence[str]
    subnets: Sequence[str]
    pools: Sequence[str]
    routers: Sequence[str]


def _refuse(path: Path, force: bool) -> None:
    from kea_hac.importing.hosts import NAME

    if path.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{path}: a spec is a file that ends in .yaml")
    if not NAME.match(path.stem):
        raise UsageError(f"{path.stem!r} cannot be a pair's name: a letter or digit first, then letters, digits, . _ -")
    if path.is_dir() or (path.exists() and not force):
        raise UsageError(f"{path} is there already; --force writes over it")


def _start(path: Path, asked: _Asked, *, tls: bool) -> Start:
    from kea_hac.kea.platform import platform_names
    from kea_hac.kea.version import KeaVersion
    from kea_hac.spec.starting import HOT_STANDBY, LONE, MODES, Start

    kea = asked.kea or _ask("Which Kea runs on the servers", "--kea", "3.0")
    try:
        KeaVersion.parse(kea)
    except ValueError as error:
        raise UsageError(f"--kea: {error}") from None
    known = platform_names()
    platform = _one_of(
        asked.platform or _ask("Where was Kea installed from", "--platform", known[0]), known, "--platform"
    )
    mode = _one_of(asked.mode or _ask("How do the servers work together", "--mode", HOT_STANDBY), MODES, "--mode")
    wanted = 1 if mode == LONE else 2
    servers = [_server(each) for each in asked.servers]
    while len(servers) < wanted:
        place = "the server" if mode == LONE else "the primary" if not servers else "its partner"
        servers.append(
            _server(_ask(f"Name, address and interface of {place} (kea1=192.0.2.11%eth0)", "--server", None))
        )
    if mode == LONE and len(servers) > 1:
        raise UsageError("--mode lone takes one --server; for a pair say --mode hot-standby")
    subnets = _subnets(asked)
    schema = Path("schemas/spec.schema.json")
    beside = (path.parent / schema).is_file()
    return Start(
        pair=path.stem,
        kea=kea,
        platform=platform,
        mode=mode,
        servers=tuple(servers),
        subnets=tuple(subnets),
        tls=tls,
        schema=str(schema) if beside else None,
    )


def _ask(question: str, flag: str, usual: str | None) -> str:
    """Ask on a terminal; raises UsageError where there is none."""
    if not sys.stdin.isatty():
        raise UsageError(f"{flag} is missing, and there is no terminal to ask on: {question}?")
    answer: str = typer.prompt(question, default=usual, err=True)
    return answer.strip()


def _one_of(value: str, known: Sequence[str], flag: str) -> str:
    if value not in known:
        raise UsageError(f"{flag}: {value!r} is not known; it can be {', '.join(known)}")
    return value


def _server(text: str) -> StartServer:
    from ipaddress import ip_address

    from kea_hac.importing.hosts import NAME
    from kea_hac.spec.starting import StartServer

    name, equals, rest = text.partition("=")
    address, percent, interfaces = rest.partition("%")
    try:
        found = ip_address(address)
    except ValueError:
        found = None
    if not equals or not percent or not interfaces or found is None or not NAME.match(name):
        raise UsageError(
            f"--server: {text!r} is not NAME=ADDRESS%INTERFACE, such as kea1=192.0.2.11%eth0 (more: %eth0,eth1)"
        )
    return StartServer(name, found, tuple(interfaces.split(",")))


def _subnets(asked: _Asked) -> list[StartSubnet]:
    from ipaddress import ip_address, ip_network

    from kea_hac.kea.addressing import read_pool
    from kea_hac.spec.starting import StartSubnet

    prefixes = list(asked.subnets) or [_ask("Which subnet do they serve (192.0.2.0/24)", "--subnet", None)]
    pools = list(asked.pools)
    if not pools and not asked.subnets:
        pools = [_ask("Which addresses may they give out (192.0.2.100 - 192.0.2.199)", "--pool", None)]
    try:
        networks = [ip_network(prefix) for prefix in prefixes]
        ranges = [(pool, read_pool(pool, 6 if ":" in pool else 4)) for pool in pools]
        routers = [(router, ip_address(router)) for router in asked.routers]
    except ValueError as error:
        raise UsageError(f"--subnet, --pool, --router: {error}") from None
    made = []
    for network in networks:
        first, last = int(network[0]), int(network[-1])
        inside = [pool for pool, each in ranges if each.family == network.version and first <= each.first <= last]
        router = next((text for text, each in routers if each in network), None)
        made.append(StartSubnet(network, tuple(inside), router))
    placed = {pool for subnet in made for pool in subnet.pools}
    for pool, _ in ranges:
        if pool not in placed:
            raise UsageError(f"--pool: {pool!r} is in none of the subnets {', '.join(prefixes)}")
    for text, each in routers:
        if not any(each in network for network in networks):
            raise UsageError(f"--router: {text} is in none of the subnets {', '.join(prefixes)}")
    return made


def _judged(text: str, path: Path) -> Report:
    from kea_hac.api import judge, load_text

    return judge(load_text(text, path)).report


def _hooks(path: Path) -> None:
    from kea_hac import __version__
    from kea_hac.files import write_whole

    beside = path.parent / PRE_COMMIT
    if beside.exists():
        say(f"{beside} is there already and was left alone; the hooks are kea-hac-validate and kea-hac-build")
        return
    write_whole(beside, _HOOKS.format(version=__version__, specs=path.name), replace=False)
    say(f"wrote {beside}: put in where you keep kea-hac, then `pre-commit install`")
