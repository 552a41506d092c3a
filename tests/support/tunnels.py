# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy on loopback that knows CONNECT, for as many tunnels at a time as are asked for."""
import base64
import contextlib
import socket
import threading

from peers import PATIENCE


class TunnelProxy:
    """`credentials`: who alone is let through, as b"user:password"; `answer`: what everybody is told instead; `deaf_to`: a place that it says it cannot reach."""

    def __init__(self, credentials=None, answer=None, deaf_to=None):
        self.credentials, self.answer, self.deaf_to = credentials, answer, deaf_to
        self.heads, self.streams, self.threads = [], [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.url = f"http://{self.place}"

    @property
    def asked(self):
        """What there were tunnels asked to, in this order."""
        return [head.split()[1].decode() for head in self.heads]

    def __enter__(self):
        self.begin(self.serve)
        return self

    def __exit__(self, *exception):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.threads[0].join(PATIENCE)
        for stream in self.streams:
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(PATIENCE)
        for stream in [self.listener, *self.streams]:
            stream.close()

    def begin(self, work, *arguments):
        self.threads.append(threading.Thread(target=work, args=arguments))
        self.threads[-1].start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.streams.append(client)
            self.begin(self.lead, client)

    def lead(self, client):
        with contextlib.suppress(OSError):
            client.settimeout(PATIENCE)
            head = b""
            while b"\r\n\r\n" not in head:
                more = client.recv(4096)
                if not more:
                    return
                head += more
            self.heads.append(head)
            refusal = self.refusal(head)
            if refusal is not None:
                client.sendall(refusal)
                client.shutdown(socket.SHUT_WR)
                return
            host, port = head.split()[1].decode().rsplit(":", 1)
            self.tie(client, host, int(port))

    def refusal(self, head):
        if self.answer is not None:
            return self.answer
        if self.credentials and b"Proxy-Authorization: Basic " + base64.b64encode(self.credentials) + b"\r\n" not in head:
            return b"HTTP/1.1 407 Who are you\r\n\r\n"
        if self.deaf_to and head.split()[1].decode() == self.deaf_to:
            return b"HTTP/1.1 502 Bad Gateway\r\n\r\n"
        return None

    def tie(self, client, host, port):
        try:
            server = socket.create_connection((host, port), timeout=PATIENCE)
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            client.shutdown(socket.SHUT_WR)
            return
        self.streams.append(server)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for stream in (client, server):
            stream.settimeout(None)
        self.begin(pump, client, server)
        pump(server, client)


def pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for stream in (source, sink):
        with contextlib.suppress(OSError):
            stream.shutdown(socket.SHUT_RDWR)
