"""A plan made real: a switch with one bridge per segment, every host plugged in with veth pairs."""

from collections.abc import Mapping

from tests.lab.errors import LabError
from tests.lab.namespaces import Namespace
from tests.lab.plan import CLIENT, Plan


class Network:
    """The wires between the hosts of one group. Ends with the switch's namespace."""

    def __init__(self, switch: Namespace, hosts: Mapping[str, Namespace], plan: Plan) -> None:
        self._switch = switch
        self.ports: dict[str, list[str]] = {host: [] for host in hosts}
        lines: list[str] = []
        for number, segment in enumerate(plan.segments):
            lines += [
                f"link add name br{number} type bridge forward_delay 0 mcast_snooping 0",
                f"link set br{number} up",
            ]
            for link in segment:
                port = f"p{list(hosts).index(link.host)}-{number}"
                self.ports[link.host].append(port)
                lines += [
                    f"link add name {port} type veth peer name {link.interface} netns {hosts[link.host].pid}",
                    f"link set {port} master br{number}",
                    f"link set {port} up",
                ]
        switch.ip(*lines)
        for host, namespace in hosts.items():
            namespace.ip(*_interface_lines(plan, host))

    def cut(self, server: str | None) -> None:
        """Take one server off the network; None: no server hears another one, the client hears all."""
        if server is None:
            self._each(None, "type bridge_slave isolated on")
        else:
            self._each(server, "down")

    def heal(self) -> None:
        """Undo every cut."""
        self._each(None, "type bridge_slave isolated off")
        self._each(None, "up")

    def _each(self, server: str | None, change: str) -> None:
        if server is not None and server not in self.ports:
            raise LabError(
                f"no server {server} in this group; it has {', '.join(h for h in self.ports if h != CLIENT)}"
            )
        chosen = [server] if server else [host for host in self.ports if host != CLIENT]
        self._switch.ip(*(f"link set {port} {change}" for host in chosen for port in self.ports[host]))


def _interface_lines(plan: Plan, host: str) -> list[str]:
    lines: list[str] = []
    for link in plan.of(host):
        lines.append(f"link set {link.interface} up")
        for address in link.addresses:
            lines.append(f"addr add {address} dev {link.interface}" + (" nodad" if ":" in address else ""))
    for link in plan.of(host):
        for route in link.routes:
            lines.append(f"route add {route} dev {link.interface} metric 4000")
    return lines
