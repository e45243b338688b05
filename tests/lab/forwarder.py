"""Destination NAT without a packet filter: bytes that reach a server's outer address are carried to its inner one."""

import selectors
import socket
import threading
from collections.abc import Callable

from tests.lab.namespaces import Namespace
from tests.lab.plan import Forward


class Forwarder:
    """One outer port, served by a thread of ours with sockets in the server's namespace, until `close`."""

    def __init__(self, namespace: Namespace, forward: Forward) -> None:
        family = socket.AF_INET6 if ":" in forward.outer[0] else socket.AF_INET
        self._namespace, self._inner = namespace, forward.inner
        self.spoil: Callable[[bytes], bytes] | None = None
        """What becomes of bytes that the inner side sends; set while connections are open, too."""
        self._outsides: set[socket.socket] = set()
        self._listener = namespace.inside(lambda: socket.create_server(forward.outer, family=family))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._waker, self._wake = socket.socketpair()
        self._selector.register(self._waker, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Drop every connection and stop."""
        self._wake.send(b"x")
        self._thread.join(5)
        self._wake.close()

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._waker:
                    for other in list(self._selector.get_map().values()):
                        assert isinstance(other.fileobj, socket.socket)
                        other.fileobj.close()
                    self._selector.close()
                    return
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self._carry(key.fileobj, key.data)

    def _accept(self) -> None:
        outside, _ = self._listener.accept()
        try:
            inside = self._namespace.connect(*self._inner, timeout=2)
        except OSError:
            outside.close()
            return
        self._outsides.add(outside)
        self._selector.register(outside, selectors.EVENT_READ, inside)
        self._selector.register(inside, selectors.EVENT_READ, outside)

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        if source.fileno() < 0:  # its other half ended in this very round
            return
        try:
            data = source.recv(1 << 16)
            if self.spoil is not None and data and target in self._outsides:
                data = self.spoil(data)
            target.sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (source, target):
                self._selector.unregister(end)
                self._outsides.discard(end)
                end.close()
