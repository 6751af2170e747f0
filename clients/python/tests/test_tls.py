"""HTTPS with a certificate of a test: trusted, and not."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from unittest import mock

import deja

from scripted_server import read_request


@unittest.skipUnless(shutil.which("openssl"), "needs openssl")
class TlsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.certificate = os.path.join(folder.name, "certificate.pem")
        key = os.path.join(folder.name, "key.pem")
        options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", key, "-out", self.certificate]
        subprocess.run(["openssl", "req", "-x509", *options, *names, *files], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.tries = self.handshakes = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.addCleanup(self.listener.shutdown, socket.SHUT_RDWR)
        threading.Thread(target=self.serve, args=(context,), daemon=True).start()
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self, context):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            self.tries += 1
            with plain:
                try:
                    with context.wrap_socket(plain, server_side=True) as connection:
                        self.handshakes += 1
                        while read_request(connection) is not None:
                            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                            connection.sendall(head + b"Content-Length: 15\r\n\r\n" + b'{"status":"ok"}')
                except OSError:
                    pass

    def test_a_trusted_server_is_asked_over_one_connection(self):
        with mock.patch.dict(os.environ, SSL_CERT_FILE=self.certificate):
            with deja.Deja(self.url, "") as client:
                told = [client.health() for _ in range(3)]

        self.assertEqual(told, [{"status": "ok"}] * 3)
        self.assertEqual(self.handshakes, 1)

    def test_a_server_that_is_not_trusted_is_asked_once_and_told_so(self):
        with deja.Deja(self.url, "") as client:
            with self.assertRaisesRegex(deja.DejaConnectionError, "certificate"):
                client.health()

        self.assertEqual(self.tries, 1)


if __name__ == "__main__":
    unittest.main()
