"""A real pair that `kea-hac diff` watches from an operator's machine: what it says of the pair's health, in every format."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kea.built import compiled, laid_out, provided
from tests.lab import Group, Lab

PATIENCE = 60
"""Seconds for a state that servers reach by themselves."""
Seen = dict[tuple[str, str], tuple[str, tuple[str, ...]]]
"""Daemon and servers → the grade and the codes of the symptoms."""


@dataclass(slots=True)
class Watched:
    """A spec with its servers."""

    folder: Path
    group: Group
    found: Mapping[str, Any] = field(default_factory=dict)
    """The JSON of the last look."""

    @classmethod
    def of(cls, lab: Lab, folder: Path, kea: str, text: str) -> Watched:
        """The servers of a spec, not started."""
        folder.mkdir(exist_ok=True)
        (folder / "spec.yaml").write_text(text, "utf-8")
        build = compiled(folder / "spec.yaml")
        return cls(folder, lab.group(kea, laid_out(build, folder / "out"), provided(build)))

    def run(self, form: str, *options: str) -> subprocess.CompletedProcess[str]:
        """`kea-hac diff` on the operator's machine."""
        command = [sys.executable, "-m", "kea_hac", "diff", "spec.yaml", "--base", "none", "--timeout", "5"]
        servers = [option for each in self.group.servers for option in ("--trust", each)]
        return self.group.run("client", [*command, *servers, "--format", form, *options], cwd=self.folder)

    def look(self) -> Seen:
        """The health now."""
        done = self.run("json")
        assert done.stdout, done.stderr
        self.found = json.loads(done.stdout)
        return {
            (each["daemon"], " ".join(each["servers"])): (each["grade"], tuple(one["code"] for one in each["symptoms"]))
            for each in self.found["health"]
        }

    def until(self, grade: str, *codes: str, daemon: str = "dhcp4", servers: str = "kea1 kea2") -> str:
        """Wait until this is the health of a relationship; → what is said of it, all symptoms with their steps."""
        deadline = time.monotonic() + PATIENCE
        while (seen := self.look()).get((daemon, servers)) != (grade, codes):
            assert time.monotonic() < deadline, (seen, self.found["health"])
            time.sleep(0.2)
        return self.words(daemon, servers)

    def words(self, daemon: str, servers: str) -> str:
        """The symptoms of a relationship at the last look, with their steps."""
        (health,) = (
            each for each in self.found["health"] if (each["daemon"], " ".join(each["servers"])) == (daemon, servers)
        )
        return "\n".join(f"{one['text']} / {one['next'] or ''}" for one in health["symptoms"])

    def in_every_format(self) -> None:
        """A state that stays as it is: each format has the grade, and each symptom that was seen last, with its step."""
        deadline = time.monotonic() + PATIENCE
        while True:  # what counts seconds and clients goes on meanwhile
            self.look()
            before = self.found["health"]
            forms = {form: self.run(form).stdout for form in ("text", "markdown", "github", "prometheus")}
            self.look()
            if _plain(str(before)) == _plain(str(self.found["health"])):
                break
            assert time.monotonic() < deadline, (before, self.found["health"])
        health = [each for each in before if each["symptoms"]]
        for each in health:
            assert f"health of {each['daemon']} on {' and '.join(each['servers'])}: {each['grade']}" in forms["text"]
            assert f"**{each['grade']}**" in forms["markdown"]
            label = f'daemon="{each["daemon"]}",servers="{" ".join(each["servers"])}"'
            assert f'{label},grade="{each["grade"]}"}} 1\n' in forms["prometheus"]
            for one in each["symptoms"]:
                assert f'{label},symptom="{one["code"]}"}} 1\n' in forms["prometheus"]
                if one["grade"] == "unknown":  # GitHub has an annotation for what was not read
                    continue
                for form in ("text", "markdown", "github"):
                    for words in (one["text"], one["next"]):
                        assert not words or _plain(words) in _plain(forms[form]), (form, words, forms[form])

    def codes(self) -> tuple[int, int, int]:
        """Exit codes: without an option, with `--fail-on degraded`, with `--fail-on no-service`."""
        return (
            self.run("text").returncode,
            self.run("text", "--fail-on", "degraded").returncode,
            self.run("text", "--fail-on", "no-service").returncode,
        )

    def block(self, server: str, port: int) -> None:
        """A firewall on one server: its own connections to this port fail, those of others to it do not."""
        done = self.group.run(
            server, ["ip", "rule", "add", "ipproto", "tcp", "dport", str(port), "priority", "1", "unreachable"]
        )
        assert done.returncode == 0, done.stderr

    def unblock(self, server: str) -> None:
        """Without that rule."""
        assert self.group.run(server, ["ip", "rule", "del", "priority", "1"]).returncode == 0

    def answered(self, start: int) -> bool:
        """True when new clients get leases."""
        return bool(self.group.lease4(3, start=start, wait=1).addresses)

    def answers_soon(self, start: int) -> bool:
        """True once new clients get leases: a server that hears that its partner has synchronised pauses until its next heartbeat."""
        deadline = time.monotonic() + PATIENCE
        while not self.answered(start):
            if time.monotonic() > deadline:
                return False
        return True


def _plain(text: str) -> str:
    """Without what a format adds: marks, escapes, and numbers that go on counting."""
    return re.sub(r"\d+ s\b", "N s", re.sub(r"[\\`*_]|%[0-9A-F]{2}|&\w+;|[<>\"']", "", text))
