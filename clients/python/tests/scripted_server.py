"""A server on loopback that answers each connection as a vector says (clients/vectors/README.md)."""

import json
import socket
import threading


class ScriptedServer:
    """Answers one connection after the other. ``requests`` holds what it has read.

    :param on_answer: Called with ``takes_s`` of a reply before it is sent.
    """

    def __init__(self, replies, on_answer):
        self.requests = []
        self._replies = list(replies)
        self._on_answer = on_answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._released = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._released.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept
        self._listener.close()
        self._thread.join(timeout=5)

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection, self._replies.pop(0) if self._replies else None)

    def _answer(self, connection, reply):
        fault = (reply or {}).get("fault")
        if fault == "refuse":
            return
        request = read_request(connection)
        if request is None:
            return
        self.requests.append(request)
        if reply is None:  # one request too many: the test sees it
            connection.sendall(b"HTTP/1.1 500 Unexpected\r\nContent-Length: 0\r\n\r\n")
            return
        if fault == "hang":
            # The client's limit ends it.
            connection.settimeout(5)
            try:
                connection.recv(1)
            except OSError:
                pass
            return
        if fault == "cut-head":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Ty")
            return
        self._on_answer(reply.get("takes_s", 0))
        body = reply.get("body", "")
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        head = [f"HTTP/1.1 {reply['status']} Scripted", "Connection: close"]
        head += [f"{name}: {value}" for name, value in reply.get("headers", {}).items()]
        if fault == "cut-after-body":
            head.append("Transfer-Encoding: chunked")
            data = f"{len(data):x}\r\n".encode() + data + b"\r\n"
        elif reply["status"] != 204:
            head.append(f"Content-Length: {len(data)}")
            if fault == "cut-body":
                data = data[: len(data) // 2]
        connection.sendall("\r\n".join([*head, "", ""]).encode() + data)


def read_request(connection):
    """Method, path, headers and body of one request; None if the client went away."""
    connection.settimeout(10)
    reader = connection.makefile("rb")
    try:
        first = reader.readline().decode().split()
        if len(first) != 3:
            return None
        headers = {}
        while True:
            line = reader.readline().decode("latin-1").strip()
            if not line:
                break
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", 0)))
        return {"method": first[0], "path": first[1], "headers": headers, "body": body}
    except OSError:
        return None
