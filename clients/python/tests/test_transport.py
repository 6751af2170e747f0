"""One request over a kept connection: what is no answer, and what is no longer a connection."""

import json
import os
import pickle
import select
import socket
import threading
import time
import unittest
from unittest import mock

import deja
from deja._timed import Timed
from deja._transport import BrokenAnswer, Transport

from scripted_server import read_request


class Lines:
    """A server that keeps connections open. ``answer(request)`` gives the bytes to send."""

    def __init__(self, answer):
        self._answer = answer
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
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
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self.last = connection
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                while True:
                    request = read_request(connection)
                    if request is None:
                        return
                    connection.sendall(self._answer(request))
            except OSError:
                return


def ok(body=b"{}", more=""):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{more}Content-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


class TransportTest(unittest.TestCase):
    def test_a_connection_is_kept(self):
        with Lines(lambda _: ok()) as server, deja.Deja(server.url, "") as client:
            for _ in range(3):
                client.health()

            self.assertEqual(server.connections, 1)

    def test_a_connection_with_bytes_that_nobody_asked_for_is_not_used_again(self):
        bodies = iter([b'{"status":"a"}', b'{"status":"b"}'])
        with Lines(lambda _: ok(next(bodies))) as server, deja.Deja(server.url, "") as client:
            first = client.health()
            server.last.sendall(ok(b'{"status":"stray"}'))
            kept = client._wire.transport._idle[0][0].sock.sock
            self.assertTrue(select.select([kept], [], [], 5)[0])
            second = client.health()

            self.assertEqual((first["status"], second["status"]), ("a", "b"))
            self.assertEqual(server.connections, 2)

    def test_an_answer_that_comes_twice_is_read_once(self):
        bodies = iter([b'{"status":"a"}', b'{"status":"b"}'])
        twice = lambda _: ok(body := next(bodies)) + ok(body)  # noqa: E731
        with Lines(twice) as server, deja.Deja(server.url, "") as client:
            told = [client.health()["status"], client.health()["status"]]

            self.assertEqual(told, ["a", "b"])

    def test_a_connection_that_was_idle_for_long_is_not_used_again(self):
        with Lines(lambda _: ok()) as server, deja.Deja(server.url, "") as client:
            client.health()
            with mock.patch("deja._transport._MAX_IDLE_S", 0):
                client.health()

            self.assertEqual(server.connections, 2)

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_a_forked_process_opens_connections_of_its_own(self):
        with Lines(lambda _: ok()) as server, deja.Deja(server.url, "") as client:
            client.health()
            child = os.fork()
            if child == 0:
                try:
                    client.health()
                    os._exit(0)
                finally:
                    os._exit(1)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            client.health()

            self.assertEqual(server.connections, 2)

    def test_a_copy_has_the_address_and_the_key(self):
        with Lines(lambda request: ok(json.dumps(request["headers"]).encode())) as server:
            with deja.Deja(server.url, "k1") as client, pickle.loads(pickle.dumps(client)) as copy:
                self.assertEqual(copy.health()["authorization"], "Bearer k1")

    def test_after_the_limit_nothing_is_begun(self):
        one, other = socket.socketpair()
        with one, other:
            timed = Timed(one)
            timed.limit(-0.001)
            with self.assertRaises(socket.timeout):
                timed.sendall(b"late")

    def test_a_server_may_lie_below_a_path(self):
        with Lines(lambda request: ok(json.dumps({"path": request["path"]}).encode())) as server:
            with deja.Deja(f"{server.url}/deja/", "") as client:
                self.assertEqual(client.health()["path"], "/deja/healthz")

    def test_an_answer_to_another_request_is_no_answer(self):
        with Lines(lambda _: ok(more="X-Request-Id: another\r\n")) as server:
            with self.assertRaisesRegex(BrokenAnswer, "another request"):
                Transport(server.url, None).exchange("GET", "/healthz", {}, None, 5)

    def test_json_that_was_garbled_on_the_way_is_asked_for_again(self):
        bodies = iter([b'{"status":"ok"', b'{"status":"ok"}'])
        with Lines(lambda _: ok(next(bodies))) as server, deja.Deja(server.url, "") as client:
            client._wire.clock.sleep = lambda seconds: None

            self.assertEqual(client.health(), {"status": "ok"})

    def test_a_request_has_a_limit_as_a_whole_also_if_bytes_trickle_in(self):
        stop = threading.Event()

        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"X: y\r\n")
                    except OSError:
                        return

        threading.Thread(target=serve, daemon=True).start()
        started = time.monotonic()
        try:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            with self.assertRaises(BrokenAnswer):
                Transport(url, None).exchange("GET", "/", {}, None, 0.3)
            self.assertLess(time.monotonic() - started, 3)
        finally:
            stop.set()
            listener.close()

    def test_a_server_may_refuse_a_body_before_it_has_read_it(self):
        body = json.dumps({"type": "urn:deja:problem:body-too-large", "title": "Too large"}).encode()
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                head = f"HTTP/1.1 413 No\r\nContent-Type: application/problem+json\r\nContent-Length: {len(body)}"
                connection.sendall(head.encode() + b"\r\nConnection: close\r\n\r\n" + body)
            # What was not read makes a reset of its end, while the client is still sending.

        threading.Thread(target=serve, daemon=True).start()
        try:
            client = deja.Deja(f"http://127.0.0.1:{listener.getsockname()[1]}", "")
            with self.assertRaises(deja.BadRequestError) as caught:
                client.predict("x" * 3_000_000)
            self.assertEqual(caught.exception.type, "body-too-large")
        finally:
            listener.close()

    def test_an_address_is_checked_at_once(self):
        for url in ("ftp://example.com", "127.0.0.1:8000", ""):
            with self.subTest(url), self.assertRaises(ValueError):
                Transport(url, None)


if __name__ == "__main__":
    unittest.main()
