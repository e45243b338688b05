"""The client of `tests/kea/test_live.py`: runs inside a host's network, gathers, and prints what came of it as JSON.

python -m tests.kea.live_client SPEC [--live VALUE]… [--cacert FILE …] [--timeout SECONDS]
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

import kea_hac
from kea_hac.live.access import access
from kea_hac.live.channels import endpoints
from kea_hac.live.endpoint import Live
from kea_hac.live.gather import gather
from kea_hac.live.limits import RequestLimits
from kea_hac.live.trust import Trust


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("spec", type=Path)
    parser.add_argument("--live", action="append", default=[])
    for name in ("--credentials", "--cacert", "--cert", "--key"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--expect", type=json.loads, default={})
    parser.add_argument("--timeout", type=float, default=10)
    given = parser.parse_args()
    site = kea_hac.compile_spec(given.spec).site
    assert site is not None
    expected = {(server, daemon): digest for server, each in given.expect.items() for daemon, digest in each.items()}
    begun = time.monotonic()
    found = gather(
        endpoints(site, given.live, Trust({}, named=frozenset(node.name for node in site.nodes))),
        access(os.environ, given.credentials, given.cacert, given.cert, given.key, plain_http=True),
        expected,
        RequestLimits(total=given.timeout, connect=2),
    )
    took = time.monotonic() - begun
    print(json.dumps({"took": took, "found": [_plain(each) for each in found]}, default=repr))


def _plain(each: object) -> dict[str, object]:
    assert hasattr(each, "__slots__")
    made = {name: getattr(each, name) for name in each.__slots__}
    made["daemon"] = made["daemon"].name
    return {"live": isinstance(each, Live), **made}


if __name__ == "__main__":
    main()
