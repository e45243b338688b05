"""Generated specs, and what servers would answer that have loaded them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import kea_hac
from kea_hac.compiler.built import configs
from kea_hac.kea.config_get import config_hash, predict

HEAD = """\
kea-hac: 1
pair: {pair}
kea: 2.6
platform: debian
servers:
  - {{name: kea1, role: primary, address: 192.0.2.11, interfaces: {{lan: eth0}}}}
  - {{name: kea2, role: standby, address: 192.0.2.12, interfaces: {{lan: ens18}}}}
high-availability: {{mode: hot-standby, listener: {{dhcp4: 8001}}}}
dhcp4:
  valid-lifetime: 4h
  lease-database: {{type: memfile}}
  option-data:
    - {{name: domain-name-servers, data: "198.51.100.53, 198.51.100.54"}}
  subnet4:
"""


def spec(subnets: int, reservations: int, pair: str = "bench") -> str:
    """A pair with so many subnets, and so many reservations in each of them."""
    return HEAD.format(pair=pair) + "".join(_subnet(number, reservations) for number in range(subnets))


def _subnet(number: int, reservations: int) -> str:
    net = f"10.{number // 250}.{number % 250}"
    lines = [
        f"    - id: {number + 1}",
        f"      subnet: {net}.0/24",
        f"      relay: {{ip-addresses: [{net}.1]}}",
        "      option-data:",
        f"        - {{name: routers, data: {net}.1}}",
        f"      pools: [{{pool: {net}.150 - {net}.250}}]",
    ]
    lines += ["      reservations:"] if reservations else []
    lines += [
        f'        - {{hw-address: "02:00:{number >> 8:02x}:{number & 255:02x}:00:{host:02x}", ip-address: {net}.{host + 10}, '
        f"hostname: host-{number}-{host}}}"
        for host in range(reservations)
    ]
    return "\n".join(lines) + "\n"


def answers(path: Path, folder: Path, *, changed: int = 0) -> None:
    """Saved answers of both servers. `changed`: so many reservations of kea1 have another name than the spec's."""
    for node, daemon, config in _configs(path):
        shown = json.loads(json.dumps(predict(daemon, config, node.version, node.platform)))
        if node.name == "kea1":
            for number in range(changed):
                shown["subnet4"][number * 7]["reservations"][0]["hostname"] = f"renamed-{number}"
        digest = config_hash(daemon, shown, node.version, lambda _: None)
        place = folder / node.name / f"{daemon.name.replace('dhcp', 'kea-dhcp')}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps([{"result": 0, "arguments": {daemon.top: shown, "hash": digest}}]), "utf-8")


def _configs(path: Path) -> Iterator[tuple]:  # type: ignore[type-arg]
    made = kea_hac.compile_spec(path)
    assert made.site is not None
    assert made.build is not None, made.report
    return iter(configs(made.site, made.build))
