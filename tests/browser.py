"""A headless Chromium over its own pipe: pages from files, no network, no driver to install.

with Browser() as browser:
    page = browser.open(path, width=390, dark=True)
    assert page.value("document.title") == …
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium() -> str | None:
    """The program, where this machine has one."""
    return next((found for name in NAMES if (found := shutil.which(name)) is not None), None)


class Browser:
    """One browser process. Commands and events of the DevTools protocol go through two pipes, each message ended by a zero byte."""

    def __init__(self) -> None:
        program = chromium()
        assert program is not None
        self._folder = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        down, self._down = os.pipe()
        self._up, up = os.pipe()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        options += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]
        options += ["--remote-debugging-pipe", f"--user-data-dir={self._folder.name}", "about:blank"]
        # The browser reads commands from descriptor 3 and writes answers to descriptor 4.
        ends = [fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (down, up)]

        def connect() -> None:
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [program, *options],
            pass_fds=(3, 4),
            preexec_fn=connect,  # noqa: PLW1509 - nothing else sets the numbers of descriptors
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for each in ends:
            os.close(each)
        os.close(down)
        os.close(up)
        self._rest = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._down)
        os.close(self._up)
        self._folder.cleanup()

    def call(self, method: str, session: str | None = None, **arguments: Any) -> dict[str, Any]:
        """One command. Events that come before its answer are kept in `events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": arguments}
        if session is not None:
            message["sessionId"] = session
        os.write(self._down, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def until(self, method: str) -> dict[str, Any]:
        """Wait for an event."""
        while True:
            for number, each in enumerate(self.events):
                if each.get("method") == method:
                    return self.events.pop(number)
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._up, 1 << 20)
            assert more, "the browser ended"
            self._rest += more
        message, self._rest = self._rest.split(b"\0", 1)
        answer: dict[str, Any] = json.loads(message)
        return answer

    def open(
        self, path: Path, *, width: int = 1200, height: int = 900, dark: bool = False, print_: bool = False
    ) -> Page:
        """A page in a tab of its own."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        page.call(
            "Emulation.setEmulatedMedia",
            media="print" if print_ else "screen",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )
        self.events.clear()
        page.call("Page.navigate", url=path.absolute().as_uri())
        self.until("Page.loadEventFired")
        return page


class Page:
    """An open page."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One command to the page."""
        return self._browser.call(method, self._session, **arguments)

    def value(self, expression: str) -> Any:
        """The value of an expression of JavaScript, asked from outside: the page itself runs none."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def complaints(self) -> list[str]:
        """What the browser has logged of the page so far: what its policy blocked, requests, errors."""
        self.value("new Promise(done => requestAnimationFrame(() => done(1)))")
        found = []
        for each in self._browser.events:
            if each.get("method") == "Log.entryAdded":
                found.append(each["params"]["entry"]["text"])
            if each.get("method") == "Runtime.exceptionThrown":
                found.append(str(each["params"]))
        return found

    def requests(self) -> list[str]:
        """The addresses that the page asked for, its own one included."""
        return [
            each["params"]["request"]["url"]
            for each in self._browser.events
            if each.get("method") == "Network.requestWillBeSent"
        ]

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """The page as a picture."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def pdf(self, path: Path) -> None:
        """The page as it is printed."""
        found = self.call("Page.printToPDF", printBackground=True)
        path.write_bytes(base64.b64decode(found["data"]))
