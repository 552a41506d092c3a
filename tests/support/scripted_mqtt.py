# SPDX-License-Identifier: Apache-2.0
"""A server that says what it is told to, packet by packet, and keeps what it hears."""
import socket
import threading

from peers import PATIENCE

CONNACK, PUBLISH, PUBACK, SUBSCRIBE, DISCONNECT = 2, 3, 4, 8, 14
WELCOME_V5, WELCOME_V311 = bytes.fromhex("2003000000"), bytes.fromhex("20020000")


def packet(first, body):
    """A packet of less than 128 bytes."""
    return bytes([first, len(body)]) + body


def read_exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def read_packet(stream):
    """First byte and body of the next packet."""
    [first] = read_exactly(stream, 1)
    length, shift = 0, 0
    while True:
        [byte] = read_exactly(stream, 1)
        length |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return first, read_exactly(stream, length)


class Scripted:
    """`answers` maps a packet's type to what is sent back: bytes, or a function of its body. What has none is kept and not answered."""

    def __init__(self, answers=None, wrap=None, greet=None):
        self.answers = {1: WELCOME_V5} | (answers or {})
        self.wrap, self.greet = wrap, greet
        self.packets, self.connections = [], []
        self.has_read = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self.port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(PATIENCE)
        self.listener.close()

    def serve(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            stream.settimeout(PATIENCE)
            try:
                self.talk(stream)
            except (EOFError, OSError):
                pass
            finally:
                stream.close()

    def talk(self, stream):
        if self.wrap:
            stream = self.wrap(stream)
            self.connections.append(stream)
        if self.greet:
            self.greet(stream)
        while True:
            first, body = read_packet(stream)
            with self.has_read:
                self.packets.append((first, body))
                self.has_read.notify_all()
            answer = self.answers.get(first >> 4)
            if answer is not None:
                stream.sendall(answer(body) if callable(answer) else answer)

    def body(self, kind):
        """Of the first packet of this type, which may still be on its way: what the client has written the broker has not read yet."""

        def bodies():
            return [body for first, body in self.packets if first >> 4 == kind]

        with self.has_read:
            assert self.has_read.wait_for(bodies, PATIENCE), f"no packet of type {kind} came"
        return bodies()[0]
