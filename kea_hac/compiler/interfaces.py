"""Interface aliases: `interface: lan` in the spec is eth0 on one server and ens18 on the other."""

from __future__ import annotations

from collections.abc import Mapping

from kea_hac.diagnostics import NOT_OPENED, THE_SERVER, Finding, FindingSink, KeaVerdict, refused, rename_it, rule
from kea_hac.kea.config import Block, Json, same_or
from kea_hac.kea.suggest import nearest
from kea_hac.model.site import Node, Site

UNKNOWN_INTERFACE = refused(
    "KH108",
    "unknown-interface-alias",
    why=f"The host has no interface of this name. {NOT_OPENED}",
    source="seen on 2.2.0, 2.6.3, 3.0.4: refused at -t already",
    rests_on=("*interfaces",),
)
NO_INTERFACE = rule(
    "KH109",
    "no-interface",
    kea=KeaVerdict.ACCEPTS,
    why="The server starts, but it opens no socket for this family and answers no client.",
    source="Kea ARM, 'Interface Configuration'",
    rests_on=("interfaces", "*interfaces-config", "*Dhcp4", "*Dhcp6", "*dhcp4", "*dhcp6"),
)


class Aliases:
    """One server's way from aliases to interface names; keeps what it has already rewritten."""

    def __init__(self, node: Node, family: str, site: Site, note: FindingSink) -> None:
        self.node = node
        self.server_family = node.server_families[family]
        everyone = [(each.name, each.server_families[family].aliases) for each in site.nodes]
        self.elsewhere = frozenset(alias for _, aliases in everyone for alias in aliases) - set(
            self.server_family.interfaces
        )
        """The aliases of all servers; a name of theirs is no interface of a server that lists plain names."""
        self.behind: dict[str, tuple[str, str]] = {}
        """Interface names → the alias that stands for it on a server, and that server."""
        for server, aliases in everyone:
            for alias, name in aliases.items():
                self.behind.setdefault(name, (alias, server))
        self.note = note

    def named(self, config: Block) -> Block:
        """The map with real interface names in subnets and shared networks; unchanged parts are the same objects."""
        if not self.server_family.aliases and not self.elsewhere:
            return config
        result = config.copy_of()
        for key in ("subnet4", "subnet6", "shared-networks"):
            if isinstance(result.get(key), list):
                result[key] = self._blocks(result[key])
        return result

    def _blocks(self, blocks: list[Json]) -> list[Json]:
        return same_or(blocks, [self._block(block) if isinstance(block, Block) else block for block in blocks])

    def _block(self, block: Block) -> Block:
        changes: dict[str, Json] = {}
        alias = block.get("interface")
        if isinstance(alias, str) and alias:
            changes["interface"] = self.real(alias, block, "interface")
        for key in ("subnet4", "subnet6"):
            if isinstance(block.get(key), list):
                changes[key] = self._blocks(block[key])
        if all(block[key] is value for key, value in changes.items()):
            return block
        result = block.copy_of()
        result.update(changes)
        return result

    def real(self, alias: str, block: Block, key: str) -> str:
        """The interface of this server that has this alias."""
        aliases: Mapping[str, str] = self.server_family.aliases
        name, slash, address = alias.partition("/")
        if name in aliases:
            return aliases[name] + slash + address
        judged = aliases or name in self.elsewhere
        if not judged or name in ("*", "") or "interfaces" in self.server_family.broken:
            return alias
        fix = self._meant(name)
        message = f"there is no interface alias {name!r} on {THE_SERVER}"
        here = block.where(key)
        misnamed = self._misnamed(name)
        if misnamed is not None:
            at, related = (*self.server_family.at, "interfaces", misnamed), ((here, "used here"),)
            repair = rename_it(name)
            self.note(Finding(UNKNOWN_INTERFACE, at, message, True, related, fix, repair=repair, cause=f"alias {name}"))
            return alias
        self.note(Finding(UNKNOWN_INTERFACE, here, message, fix=fix, cause=f"alias {name}"))
        return alias

    def _misnamed(self, name: str) -> str | None:
        """The alias of this server that was meant to be called as another server calls it."""
        return nearest(name, list(self.server_family.aliases)) if name in self.elsewhere else None

    def _meant(self, name: str) -> str:
        """What to write for a name that is no alias of this server."""
        aliases = self.server_family.aliases
        if name in self.behind:
            alias, server = self.behind[name]
            return f"write {alias!r}, the alias of {name} on {server}"
        guess = nearest(name, list(aliases))
        if self._misnamed(name) is not None:
            return f"write {name!r}, as the other server does"
        if guess is not None:
            return f"write {guess!r}"
        if name in self.elsewhere:
            names = self.server_family.interfaces
            if not names:
                return f"add `interfaces: {{{name}: …}}` to that server"
            known = names[0] if len(names) == 1 and not aliases else "…"
            return f"add the alias to `interfaces` of that server: `{name}: {known}`"
        return f"the aliases there are {', '.join(aliases)}"

    def _shown(self) -> str:
        """The form of `interfaces`: a map where other servers have aliases."""
        return f"{{{', '.join(f'{alias}: …' for alias in sorted(self.elsewhere))}}}" if self.elsewhere else "[…]"

    def interfaces_config(self, config: Block) -> Block:
        """The server's interfaces-config: the values of the spec, and the interfaces of the server."""
        written = config.get("interfaces-config")
        result = written.copy_of() if isinstance(written, Block) else Block((*self.server_family.at, "interfaces"))
        if "interfaces" in result:
            result["interfaces"] = [
                self.real(name, result, "interfaces") if isinstance(name, str) else name
                for name in result["interfaces"]
            ]
        elif self.server_family.interfaces:
            result.put("interfaces", list(self.server_family.interfaces), (*self.server_family.at, "interfaces"))
        elif "interfaces" not in self.server_family.broken:
            self.note(
                Finding(
                    NO_INTERFACE,
                    (*self.server_family.at, "interfaces"),
                    f"server {self.node.name!r} listens on no interface",
                    on_key=True,
                    fix=f"add `interfaces: {self._shown()}` to the server, with the names that `ip link` shows there",
                    lacks=("interfaces",),
                )
            )
        return result
