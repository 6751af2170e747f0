"""A seeded HTTP proxy on loopback that misbehaves: what the network and gateways do to a client."""

import random
import socket
import threading
import time
from urllib.parse import urlsplit

FAULTS = {
    "none": 65,
    "refuse": 5,  # closes before it reads
    "cut-request": 5,  # the server gets half of it
    "lose-answer": 8,  # the server has answered, the client gets nothing
    "cut-answer": 8,
    "delay": 8,
    "429": 5,
    "503": 5,
    "503-after": 5,  # the server has answered, the client gets a 503
    "502": 3,
    "repeat-bytes": 6,  # within the answer
    "repeat-answer": 4,  # the answer comes twice, and the connection stays open
    "repeat-request": 4,  # the server gets it twice, the client both answers
}


class FaultyProxy:
    """``counts`` holds how often each fault happened."""

    def __init__(self, target, seed):
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.counts = dict.fromkeys(FAULTS, 0)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _draw(self):
        with self._lock:
            fault = self._random.choices(list(FAULTS), list(FAULTS.values()))[0]
            self.counts[fault] += 1
            return fault, self._random.random(), self._random.random()

    def _serve(self, client):
        with client:
            client.settimeout(60)
            try:
                while self._exchange(client):
                    pass
            except OSError:
                pass

    def _exchange(self, client):
        """One request; False when the connection ends."""
        fault, where, how = self._draw()
        if fault == "refuse":
            return False
        request = read_message(client.makefile("rb"))
        if request is None:
            return False
        if fault in ("429", "503", "502"):
            return self._refuse(client, fault, how)
        if fault == "cut-request":
            with socket.create_connection(self._target) as server:
                server.sendall(request[: int(where * len(request))])
            return False
        if fault == "delay":
            time.sleep(0.3 * where)
        answer = self._forward(request)
        if answer is None or fault == "lose-answer":
            return False
        if fault == "503-after":
            return self._refuse(client, "503", how)
        if fault == "cut-answer":
            client.sendall(answer[: int(where * len(answer))])
            return False
        if fault == "repeat-bytes":
            start = int(where * len(answer))
            stop = min(len(answer), start + 1 + int(how * 40))
            client.sendall(answer[:stop] + answer[start:])
            return False
        if fault == "repeat-answer":
            client.sendall(answer + answer)
            return True
        if fault == "repeat-request":
            client.sendall(answer + (self._forward(request) or b""))
            return True
        client.sendall(answer)
        return True

    def _refuse(self, client, status, how):
        body = b'{"type":"urn:deja:problem:overloaded","title":"busy","status":%s}' % status.encode()
        kind = "application/problem+json"
        if status == "502":
            body, kind = b"<h1>Bad Gateway</h1>", "text/html"
        after = "Retry-After: 0\r\n" if how < 0.5 else ""
        head = f"HTTP/1.1 {status} No\r\nContent-Type: {kind}\r\n{after}Content-Length: {len(body)}"
        client.sendall(head.encode() + b"\r\n\r\n" + body)
        return True

    def _forward(self, request):
        with socket.create_connection(self._target) as server:
            server.settimeout(60)
            server.sendall(request)
            return read_message(server.makefile("rb"))


def read_message(reader):
    """The bytes of a request or an answer, which has a length or is chunked; None if there is none."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        line = reader.readline()
        if not line:
            return None
        head += line
    fields = bytes(head).lower()
    if b"\r\ntransfer-encoding: chunked" in fields:
        body = bytearray()
        while True:
            line = reader.readline()
            body += line + reader.read(int(line, 16) + 2)
            if int(line, 16) == 0:
                return bytes(head + body)
    length = 0
    for line in fields.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return bytes(head) + reader.read(length)
