"""Single daemons as judges: `-t` over a batch of files, the config-get of one daemon that was started with a file, config-reload of many."""

import json
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.lab import keajson, web
from tests.lab.daemon import Daemon, complaint
from tests.lab.errors import LabError
from tests.lab.namespaces import Cell
from tests.lab.trees import BINARIES

Source = Path | bytes
"""A configuration: a file, or its bytes. Kea reads it as it is."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `kea-… -t` said about one file."""

    ok: bool
    error: str
    """Kea's own words; empty when ok."""
    warnings: tuple[str, ...]
    """Its WARN messages, without time and source."""


def check(
    version: str,
    daemon: str,
    configs: Iterable[Source],
    flag: str = "-t",
    files: Mapping[str, bytes] | None = None,
    host: Iterable[Source] | None = None,
) -> list[Verdict]:
    """Run `kea-DAEMON FLAG` over every configuration, in order; about 50 a second.

    Interfaces and addresses that the configurations name are there, or those that the ones of `host` name where it is
    given: files with faults in them name anything. `files` are placed first: {"/etc/kea/…": content}.
    `-t` loads no hook and reads no HA parameter; `-T` (absent in 2.2.0) does.
    """
    contents = [_content(source) for source in configs]
    wanted = contents if host is None else [_content(source) for source in host]
    with _cell(version, wanted, files or {}) as cell:
        paths = [f"/tmp/{number}.json" for number in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            cell.place(path, content)

        def judge(path: str) -> Verdict:
            done = cell.run(cell.program(BINARIES[daemon], flag, path))
            text = done.stdout + done.stderr
            warnings = [line.split("] ", 1)[-1].strip() for line in text.splitlines() if " WARN " in line]
            error = complaint(text) or f"exit {done.returncode}" if done.returncode else ""
            return Verdict(done.returncode == 0, error, tuple(dict.fromkeys(warnings)))

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(judge, paths))


def config_get(
    version: str,
    daemon: str,
    config: Source,
    files: Mapping[str, bytes] | None = None,
    *,
    with_hash: bool = False,
    host: Iterable[Source] | None = None,
    occupied: Iterable[tuple[str, int]] = (),
) -> dict[str, Any]:
    """Start one daemon with a configuration and give its config-get, with the `hash` beside it only where it is wanted.

    A DHCP configuration without a unix socket gets one as text; all else goes to Kea byte for byte. HA partners are not
    there: the daemon merely waits for them. `host` as for `check`: an address that none of them names is not granted.
    `occupied`: addresses and ports that another program of the host listens on. LabError with Kea's words when it refuses.
    """
    content = _content(config)
    wanted = [content] if host is None else [_content(source) for source in host]
    name = f"/etc/kea/kea-{daemon}.conf"
    text = content.decode(errors="surrogateescape")
    if daemon != "ctrl-agent" and not keajson.unix_sockets(keajson.body(text)):
        text = keajson.with_unix_socket(text, f"/run/kea/lab-{daemon}")
    with _cell(version, wanted, files or {}) as cell, ExitStack() as others:
        for place in occupied:
            others.enter_context(cell.inside(partial(socket.create_server, place)))
        cell.place(name, text.encode(errors="surrogateescape"))
        process = Daemon(cell, daemon, name)
        process.launch()
        try:
            process.await_up()
            answer = process.ask("config-get") if daemon != "ctrl-agent" else _ask_agent(cell, process.config)
            if not process.alive:  # 2.2.0's dhcp6 can die of the question
                raise LabError(f"{BINARIES[daemon]} {version} died of config-get:\n{process.trouble()}")
        except (OSError, ValueError) as error:
            raise LabError(f"{BINARIES[daemon]} {version} gave no config-get: {error}\n{process.trouble()}") from error
        finally:
            process.end()
    if answer.get("result") != 0:
        raise LabError(f"config-get: {answer.get('text')}")
    return {key: value for key, value in answer["arguments"].items() if key != "hash" or with_hash}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a running daemon made of one configuration."""

    sent: str
    """The file's text as Kea read it: the caller's, with the lab's control socket."""
    shown: dict[str, Any] | None
    """The arguments of the config-get that followed, without `hash`; None when Kea refused."""
    error: str
    """Kea's own words; empty when it took the configuration."""
    hash: str | None = None
    """What stood beside it, from 2.4 on."""


def reload(
    version: str,
    daemon: str,
    configs: Iterable[Source],
    files: Mapping[str, bytes] | None = None,
    host: Iterable[Source] | None = None,
) -> list[Loaded]:
    """Give each file to one running dhcp4 or dhcp6 by config-reload, and ask config-get after each; about 60 a second.

    As at a start the file is read by Kea's grammar (config-set goes round that, and takes no comments and no old words); the
    lab's unix control socket stands in it instead of its own. A daemon that dies is started again; what killed it says so.
    `host` as for `check`: the configurations whose interfaces and addresses shall be there.
    """
    name = f"/run/kea/lab-{daemon}"
    top = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}[daemon]
    texts = [keajson.answering(_content(config).decode(errors="surrogateescape"), name) for config in configs]
    contents = [text.encode(errors="surrogateescape") for text in texts]
    path = f"/etc/kea/kea-{daemon}.conf"
    nothing = {"interfaces-config": {"interfaces": ["eth0"]}, "lease-database": {"type": "memfile", "persist": False}}
    idle = keajson.answering(json.dumps({top: nothing}), name).encode()
    loaded: list[Loaded] = []
    wanted = contents if host is None else [_content(source) for source in host]
    with _cell(version, wanted, files or {}) as cell:
        cell.place(path, idle)
        process = Daemon(cell, daemon, path)
        try:
            for text, content in zip(texts, contents, strict=True):
                if not process.alive:
                    cell.place(path, idle)
                    process.launch()
                    process.await_up()
                cell.place(path, content)
                loaded.append(_loaded(process, text))
        finally:
            process.end()
    return loaded


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a running server does when it reloads one file."""

    error: str
    """Kea's own words; empty when it loaded the file."""
    serving: bool
    """True while its DHCP sockets are open."""


def reload_in_service(version: str, daemon: str, configs: Iterable[Source]) -> list[Reloaded]:
    """Let a server that serves eth0 reload each file, and give it a good one again after each. dhcp4 or dhcp6."""
    name, path = f"/run/kea/lab-{daemon}", f"/etc/kea/kea-{daemon}.conf"
    top = {"dhcp4": "Dhcp4", "dhcp6": "Dhcp6"}[daemon]
    serving = {"interfaces-config": {"interfaces": ["eth0"]}, "lease-database": {"type": "memfile", "persist": False}}
    good = keajson.answering(json.dumps({top: serving}), name).encode()
    texts = [keajson.answering(_content(config).decode(errors="surrogateescape"), name) for config in configs]
    results: list[Reloaded] = []
    with _cell(version, [good], {}) as cell:
        cell.place(path, good)
        process = Daemon(cell, daemon, path)
        process.launch()
        try:
            process.await_up()
            for text in texts:
                cell.place(path, text.encode(errors="surrogateescape"))
                answer = process.ask("config-reload")
                error = str(answer.get("text")) if answer.get("result") else ""
                results.append(Reloaded(error, _dhcp_sockets(cell) > 0))
                cell.place(path, good)
                if process.ask("config-reload").get("result") != 0 or not _dhcp_sockets(cell):
                    raise LabError(
                        f"{BINARIES[daemon]} {version} does not serve with the good file:\n{process.trouble()}"
                    )
        finally:
            process.end()
    return results


def _dhcp_sockets(cell: Cell) -> int:
    """Open UDP sockets on the servers' ports, 67 and 547. A raw DHCPv4 socket has a UDP socket on port 67 beside it."""
    tables = ("/proc/thread-self/net/udp", "/proc/thread-self/net/udp6")
    listed = cell.inside(lambda: "".join(Path(table).read_text() for table in tables)).splitlines()
    return sum(fields[1].endswith((":0043", ":0223")) for line in listed if len(fields := line.split()) > 1)


def _loaded(process: Daemon, text: str) -> Loaded:
    try:
        answer = process.ask("config-reload")
        if answer.get("result") != 0:
            return Loaded(text, None, str(answer.get("text")))
        answer = process.ask("config-get")
        if answer.get("result") != 0:
            return Loaded(text, None, f"config-get: {answer.get('text')}")
        arguments = answer["arguments"]
    except (OSError, ValueError) as error:
        trouble = process.trouble()
        process.end()
        return Loaded(text, None, f"{trouble}\n{process.name} gave no answer: {error}")
    return Loaded(text, {key: value for key, value in arguments.items() if key != "hash"}, "", arguments.get("hash"))


def _ask_agent(cell: Cell, config: dict[str, Any]) -> dict[str, Any]:
    """Over plain HTTP, or HTTPS with the certificate of its own file; as the first client that the file lets in."""
    address, port = keajson.http_endpoints({"http-host": "127.0.0.1", **config})[0]
    host = f"[{address}]" if address.version == 6 else str(address)
    ca, cert, key = (
        cell.host_path(config[name]) if config.get(name) else None for name in ("trust-anchor", "cert-file", "key-file")
    )
    url = f"{'https' if ca else 'http'}://{host}:{port}/"
    authentication = config.get("authentication") or {}
    clients = authentication.get("clients") or [{}]
    folder = authentication.get("directory", "")
    user, password = (_credential(cell, folder, clients[0], name) for name in ("user", "password"))
    status, answer = web.post(cell, url, web.message("config-get"), user, password, ca, cert, key)
    if status != 200:
        raise LabError(f"the agent answers {status} to config-get: {answer}")
    first: dict[str, Any] = answer[0] if isinstance(answer, list) else answer
    return first


def _credential(cell: Cell, folder: str, client: dict[str, Any], key: str) -> str | None:
    """`user` or `password` of a client, from its file where it has one."""
    if f"{key}-file" in client:
        return cell.host_path(f"{folder}/{client[f'{key}-file'].lstrip('/')}").read_text()
    return client.get(key)


def _content(source: Source) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


@contextmanager
def _cell(version: str, contents: list[bytes], files: Mapping[str, bytes]) -> Iterator[Cell]:
    """A cell with what the configurations want of their host."""
    bodies = [keajson.body(content.decode(errors="replace")) for content in contents]
    with TemporaryDirectory(prefix="kea-") as folder, Cell(version, Path(folder)) as cell:
        cell.ip(*_host(bodies))
        for path, content in files.items():
            cell.place(path, content)
        yield cell


def _host(bodies: list[dict[str, Any]]) -> list[str]:
    """`ip` lines: a veth end per interface named, the addresses named with one, and on `lo` what HA and HTTP bind.

    eth0 is always there: dhcp6 makes its DUID from some interface and dies where none is.
    """
    names = list(dict.fromkeys(["eth0", *(name for body in bodies for name in keajson.interfaces(body))]))
    names = [name for name in names if re.fullmatch(r"[^\s/]{1,15}", name) and name != "lo"]
    lines: list[str] = []
    for number, name in enumerate(names):
        lines += [
            f"link add name {name} type veth peer name peer{number}",
            f"link set {name} up",
            f"link set peer{number} up",
            f"addr add 198.18.{number // 250}.{number % 250 + 1}/32 dev {name}",
        ]
    pinned = {entry for body in bodies for entry in keajson.listening(body) if "/" in entry}
    for entry in sorted(pinned):
        name, address = entry.split("/", 1)
        if name in names and keajson.literal(address):
            lines.append(f"addr add {address} dev {name} nodad" if ":" in address else f"addr add {address} dev {name}")
    own = dict.fromkeys(address for body in bodies for address in keajson.own_addresses(body))
    taken = {entry.split("/", 1)[1] for entry in pinned}
    lines += [f"addr add {address}/{address.max_prefixlen} dev lo" for address in own if str(address) not in taken]
    return lines
