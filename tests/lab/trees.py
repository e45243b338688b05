"""The unpacked Kea versions on this machine, and the reason why they cannot be used, if there is one."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.lab.errors import LabError

VERSIONS = ("2.2.0", "2.6.3", "3.0.4")
"""What `tests/lab/install` installs: the newest Debian build of each branch that kea-hac is judged by."""

ROOT = Path(os.environ.get("KEA_HAC_LAB", "/opt/kea-lab"))
"""One folder per version below it."""

BINARIES = {"dhcp4": "kea-dhcp4", "dhcp6": "kea-dhcp6", "ctrl-agent": "kea-ctrl-agent"}
"""Our daemon name → the program in /usr/sbin; the file is kea-NAME.conf."""


def tree(version: str) -> Path:
    """The root folder of one version; LabError when `install` has not made it."""
    path = ROOT / version
    if not (path / ".complete").exists():
        raise LabError(f"no Kea {version} in {ROOT}; run: tests/lab/install {version}")
    return path


def facts(version: str) -> dict[str, str]:
    """What `install` noted: kea (the real version), debian (package version), pinned (yes or no), suite."""
    return dict(word.split("=", 1) for word in (tree(version) / ".complete").read_text().split())


@cache
def obstacle() -> str | None:
    """Why no real Kea can run here, with the next step; None when all is there."""
    if os.geteuid() != 0:
        return "real Kea needs root (namespaces, chroot): run the tests as root, e.g. with tests/run"
    missing = [tool for tool in ("ip", "unshare", "nsenter", "chroot") if shutil.which(tool) is None]
    if missing:
        return f"real Kea needs {', '.join(missing)}: apt-get install iproute2 util-linux coreutils"
    absent = [version for version in VERSIONS if not (ROOT / version / ".complete").exists()]
    if absent:
        return f"no Kea {', '.join(absent)} in {ROOT}: run tests/lab/install"
    namespaces = ["unshare", "--net", "--mount", "--pid", "--fork", "--propagation", "private", "true"]
    tried = subprocess.run(namespaces, capture_output=True, text=True, check=False)
    if tried.returncode:
        said = tried.stderr.strip() or "unshare failed"
        if not os.path.ismount("/"):  # in a chroot: no propagation can be set for what is no mount
            return (
                f"the root folder is no mount point, so no mount namespace can be made ({said}): run the tests outside of the "
                "chroot, or make it one before you enter it: mount --bind ROOT ROOT && chroot ROOT"
            )
        return f"root may not make namespaces here ({said}): in a container, run it privileged"
    return None
