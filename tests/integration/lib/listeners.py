# SPDX-License-Identifier: GPL-2.0-only
"""Things that may listen on the daemon's socket and are no kbtfd of ours."""

import os
import socket
import threading

from .wire import frame


class Listener:
    """Accepts each connection and hands it to `serve(connection)` in a thread of its own."""

    def __init__(self, place, serve):
        self.serve = serve
        self.connections = []
        place.runtime.mkdir(mode=0o700, exist_ok=True)
        if place.socket.exists():
            os.unlink(place.socket)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(place.socket))
        self.socket.listen(64)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            try:
                self.serve(connection)
            except OSError:
                pass  # the client has had enough

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()
        for connection in self.connections:
            connection.close()


def sends(data):
    """Sends some bytes and says no more, but stays."""
    return lambda connection: connection.sendall(data)


def sends_and_closes(data):
    def serve(connection):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)
    return serve


def greets(protocol, *answers):
    """A kbtfd of that protocol version, which has an answer ready for the first request."""
    root = os.stat("/")
    view = (f"{os.readlink('/proc/self/ns/mnt')},{os.major(root.st_dev)}:"
            f"{os.minor(root.st_dev)}:{root.st_ino}")
    greeting = {"kbtfd": "0.0.1", "protocol": protocol, "capabilities": [], "view": view}
    return sends(b"".join(map(frame, (greeting, *answers))))
