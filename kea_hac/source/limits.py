"""How much input the readers take before they refuse: far above any real site, far below what this machine can hold."""

from __future__ import annotations

from kea_hac.records import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one reading. An input above a limit is the finding `over-limit`."""

    file_bytes: int = 256 * MIB
    """Bytes of one file. 100,000 reservations are about 10 MB."""
    total_bytes: int = 512 * MIB
    """Bytes of all files of one reading, each counted once."""
    depth: int = 100
    """Maps and lists inside each other, with includes and aliases in place. Kea's own bound since 2.6.5 is 100."""
    nodes: int = 10_000_000
    """Keys and values of one document, with what it includes; 100,000 reservations of ten keys are 2.1 million.

    The reader takes about 150 bytes for each, the checks and the compiler as much again.
    """
    aliased_nodes: int = 1_000_000
    """Keys and values that aliases, merges and repeated includes add to what is written: the bound of alias bombs."""
    files: int = 1_000
    """Included files of one reading, each counted once."""
    include_depth: int = 11
    """Files that include each other in a chain. Kea accepts eleven."""
    columns: int = 1_000
    """Columns of a table. Kea knows about twenty keys of a reservation."""
    table_cells: int = 1_000_000
    """Rows and cells of a table: 250,000 reservations of three cells. Each takes a kilobyte of memory or more."""
    servers: int = 250
    """Servers of one specification: a hub with its spokes."""
    peers: int = 32
    """Servers of one relationship: an active pair and thirty backups. Every server's file lists all of them."""
    unknown_keys: int = 1_000
    """Unknown keys of one map. Each is looked up among the names that Kea knows, so a flood of them would take minutes."""
    findings: int = 1_000
    """Diagnostics of one reading; when there are more, the last one says so."""

    def too_many_nodes(self, seen: int) -> str:
        """The message about a document with more than `nodes` keys and values."""
        return (
            f"{seen:,} keys and values are read up to here, and the limit is {self.nodes:,}: 100,000 reservations of ten keys are "
            "2,100,000; was this file written by a program with an error? If not, split it into several specs"
        )


DEFAULT_LIMITS = Limits()
