# SPDX-License-Identifier: GPL-2.0-only
"""The protocol spoken by hand: four bytes of length, most significant first, then JSON."""

import json
import socket
import struct

from .place import DEADLINE

LIMIT = 16 << 20


def frame(message):
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack(">I", len(payload)) + payload


def request(verb, **fields):
    return frame({"verb": verb, "request": fields})


class Wire:
    """A connection to a daemon. The greeting is read at once."""

    def __init__(self, path, greeted=True):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(str(path))
        self.greeting = self.receive() if greeted else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends bytes; a peer that closed already is no error."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def receive(self):
        """The next message that is not "busy", or None if the daemon closed the connection."""
        while True:
            head = self._bytes(4)
            if head is None:
                return None
            message = json.loads(self._bytes(struct.unpack(">I", head)[0]))
            if not message.get("busy"):
                return message

    def ask(self, verb, **fields):
        self.send(request(verb, **fields))
        return self.receive()

    def _bytes(self, size):
        data = b""
        while len(data) < size:
            try:
                part = self.socket.recv(size - len(data))
            except ConnectionResetError:
                return None
            if not part:
                return None
            data += part
        return data
