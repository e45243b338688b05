"""The page of a rule in the published documentation.

The address is that of this installation: the wheel's own metadata (`Project-URL: Documentation, …`), which the job that publishes a
release sets. An installation without it has no address, and shows none.
"""

from __future__ import annotations

from functools import cache


def rule_address(code: str) -> str | None:
    """The URL of a rule's page; None where no documentation is known. Rules without a number (`review`) have no page."""
    base = documentation()
    return f"{base}/reference/rules/{code}.html" if base and code.startswith("KH") and code[2:].isdigit() else None


@cache
def documentation() -> str | None:
    """The URL of the documentation, without a slash at its end."""
    from importlib.metadata import PackageNotFoundError, metadata  # what it imports costs more than most commands

    try:
        urls = metadata("kea-hac").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    for each in urls:
        label, _, url = each.partition(",")
        if label.strip().casefold() == "documentation" and url.strip().startswith("https://"):
            return str(url).strip().rstrip("/")
    return None
