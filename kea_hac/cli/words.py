"""The words that a shell completes the values of options with. What they need is imported when a shell asks."""

from __future__ import annotations


def kea_versions() -> list[str]:
    """Of `--kea`, `--from` and `--to`."""
    from kea_hac.kea.version import BRANCHES

    return [str(each) for each in BRANCHES]


def platforms() -> list[str]:
    """Of `--platform`."""
    from kea_hac.kea.platform import platform_names

    return list(platform_names())


def rule_names() -> list[str]:
    """Codes and names, of `explain`."""
    from kea_hac.rule_list import all_rules

    return [word for each in all_rules().values() for word in (each.code, each.name)]
