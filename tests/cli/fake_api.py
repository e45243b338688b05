"""A stand-in for the API of GitHub and GitLab, for the scripts in `ci/`."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit


class FakeApi(ThreadingHTTPServer, ABC):
    """Takes one token, and keeps what it was asked. A subclass has the state, and answers from it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[str] = []
        self.refuse: int | None = None
        """The status of every answer to a change; where it is a redirect, of every answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @abstractmethod
    def result(self, command: str, url: SplitResult, content: Any) -> Any:
        """The answer to a request."""

    @contextmanager
    def running(self) -> Iterator[Self]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: FakeApi

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The methods that http.server looks for: do_GET, do_POST …"""
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._answer

    def _answer(self) -> None:
        api = self.server
        parts = urlsplit(self.path)
        content = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
        api.asked.append(f"{self.command} {parts.path}")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or self.headers.get("PRIVATE-TOKEN")
        assert token == "t0ken"
        refused = api.refuse if api.refuse and (self.command != "GET" or 300 <= api.refuse < 400) else None
        data = json.dumps({} if refused else api.result(self.command, parts, content)).encode()
        self.send_response(refused or 200)
        if refused:
            self.send_header("Location", f"{api.url}/elsewhere")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass
