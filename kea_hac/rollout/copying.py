"""How files get to a server: by the command of `--copy`, or into the folder that Kea reads where kea-hac runs on the server itself.

The command comes from the command line alone. It is split into words first, and the placeholders are filled in then, without a
shell, so that no name of a spec becomes a second command.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from kea_hac.errors import UsageError
from kea_hac.live.failure import quoted
from kea_hac.records import dataclass
from kea_hac.regex import regex
from kea_hac.rollout.world import CopyError
from kea_hac.source.allowed import LARGEST_INPUT
from kea_hac.source.files import FileError, read_bytes
from kea_hac.source.replacing import create_file, replace_files

PLACES = ("dir", "server", "address")
_PLACE = regex(r"\{([^{}]*)\}")
_SAFE = regex(r"[A-Za-z0-9._:%/][A-Za-z0-9._:%/-]*\Z")
"""What a server's name and address may contain, so that they are one harmless word for a shell and for rsync and scp as well."""


@dataclass(frozen=True, slots=True)
class CopyCommand:
    """A command with its placeholders."""

    words: tuple[str, ...]

    def filled(self, folder: Path, server: str, address: str) -> list[str]:
        """The words of one call. Raises CopyError for a name that could be more than a name."""
        for what, value in (("name", server), ("address", address)):
            if f"{{{'server' if what == 'name' else 'address'}}}" in " ".join(self.words) and not _SAFE.match(value):
                shown = repr(value) if value else "empty"
                raise CopyError(f"its {what} is {shown}, which --copy does not pass on to a command")
        values = {"dir": str(folder), "server": server, "address": address}
        return [_PLACE.sub(lambda found: values[found[1]], word) for word in self.words]


def copy_command(text: str) -> CopyCommand:
    """The value of `--copy`. Raises UsageError."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--copy: the command cannot be split into words: {str(error).lower()}") from None
    if not words:
        raise UsageError("--copy: the command is empty; for example: --copy 'rsync -a {dir}/ root@{address}:/etc/kea/'")
    unknown = [name for word in words for name in _PLACE.findall(word) if name not in PLACES]
    if unknown:
        raise UsageError(f"--copy: {{{unknown[0]}}} is no placeholder; it takes {{dir}}, {{server}} and {{address}}")
    if not any("{dir}" in word for word in words):
        raise UsageError("--copy: the command does not contain {dir}, the folder with the files of one server")
    return CopyCommand(tuple(words))


def run_copy(words: list[str], seconds: float, say: Callable[[str], None]) -> None:
    """Run the command, and pass on what it prints. Raises CopyError."""
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise CopyError(f"{words[0]} did not end within {seconds:g} s") from None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it cannot be a command"
            raise CopyError(f"{words[0]} cannot be run: {why}") from None
        output.seek(0)
        printed = output.read(1 << 16).decode("utf-8", "replace").splitlines()
    for line in printed[-20:]:
        say(f"{Path(words[0]).name}: {quoted(line)}")
    if done.returncode:
        last = f" ({quoted(printed[-1])})" if printed else ""
        raise CopyError(f"{words[0]} ended with exit code {done.returncode}{last}")


def write_here(folder: Path, targets: Mapping[str, Path]) -> list[str]:
    """Write files into the paths that Kea reads on this machine, each in one step, with the owner and mode of the file there.

    `targets`: file name → path. The paths that were written. Raises CopyError.
    """
    written = []
    for name, path in targets.items():
        content = (folder / name).read_bytes()
        real = Path(os.path.realpath(path))
        try:
            before = read_bytes(str(real), LARGEST_INPUT) if os.path.lexists(real) else None
            if before == content:
                continue
            if before is None:
                create_file(real, content)
            else:
                replace_files({real: content}, {real: before})
        except (OSError, FileError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise CopyError(f"{path} cannot be written: {why}") from None
        written.append(str(path))
    return written
