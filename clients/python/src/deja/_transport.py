"""One HTTP request over a kept connection. What fails here is tried again in ``_retry``.

 - a request has a limit as a whole, also if bytes keep trickling in;
 - a connection with bytes that nobody asked for is not used again;
 - an answer to another request is no answer (``X-Request-Id``).
"""

from __future__ import annotations

import http.client
import os
import select
import socket
import ssl
import threading
import time
import uuid
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Union, cast
from urllib.parse import urlsplit

from ._timed import CHUNK_BYTES, Timed
from ._version import VERSION

Body = Union[None, bytes, Iterable[bytes]]

_MAX_IDLE = 8
# Node closes an idle connection after 5 s.
_MAX_IDLE_S = 4.0


class BrokenAnswer(Exception):
    """No whole answer: refused, cut, late or garbled. The request may have been carried out."""


class Reply:
    """An answer, whole or (``stream``) to be read with ``chunks``."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body
        # Seconds from the request to the answer, on the clock of the client.
        self.took_s = 0.0
        # The body as JSON, where it is read.
        self.json: Any = None


class Transport:
    """Connections to one server. Safe between threads; a forked process opens its own.

    :param url: ``http://`` or ``https://``, with a path if the server lies below one.
    """

    def __init__(self, url: str, api_key: Optional[str]) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"the URL of Deja looks like http://127.0.0.1:8000, not {url!r}")
        self._address: Tuple[str, Optional[int]] = (parts.hostname, parts.port)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._path = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": f"deja-python/{VERSION}"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._lock = threading.Lock()
        self._idle: List[Tuple[http.client.HTTPConnection, float]] = []
        self._process = os.getpid()

    def __getstate__(self) -> Dict[str, Any]:
        gone = ("_lock", "_idle", "_tls")
        kept = {name: value for name, value in self.__dict__.items() if name not in gone}
        return {**kept, "is_https": self._tls is not None}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self._tls = ssl.create_default_context() if state.pop("is_https") else None
        self.__dict__.update(state, _lock=threading.Lock(), _idle=[])

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: Body, limit_s: float
    ) -> Reply:
        """Sends a request and reads the whole answer within ``limit_s`` seconds.

        :raises BrokenAnswer: There is none. What the server did is not known.
        """
        connection, response = self._open(method, path, headers, body, limit_s, None)
        try:
            data = response.read()
            reply = Reply(response.status, dict(response.getheaders()), data)
        except (OSError, ValueError, http.client.HTTPException) as error:
            connection.close()
            raise BrokenAnswer(f"the answer broke off: {error!r}") from error
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._keep(connection)
        return reply

    def stream(
        self, method: str, path: str, headers: Mapping[str, str], body: Body, silence_s: float
    ) -> Tuple[Reply, Iterator[bytes]]:
        """Sends a request and reads the answer as it comes. Every step may take ``silence_s`` seconds.

        The connection is closed with the iterator. Both raise ``BrokenAnswer``.
        """
        connection, response = self._open(method, path, headers, body, None, silence_s)

        def chunks() -> Iterator[bytes]:
            try:
                while True:
                    data = response.read1(CHUNK_BYTES)
                    if not data:
                        return
                    yield data
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise BrokenAnswer(f"the answer broke off: {error!r}") from error
            finally:
                response.close()
                connection.close()

        return Reply(response.status, dict(response.getheaders())), chunks()

    def close(self) -> None:
        """Closes idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def _open(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Body,
        limit_s: Optional[float],
        silence_s: Optional[float],
    ) -> Tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        request_id = uuid.uuid4().hex
        connection = self._take()
        try:
            timed = self._connected(connection, limit_s if silence_s is None else silence_s)
            timed.limit(limit_s, silence_s)
            connection.putrequest(method, self._path + path, skip_accept_encoding=True)
            every = {**self._headers, "X-Request-Id": request_id, **headers}
            parts = _parts(body)
            if parts is not None:
                every["Content-Length"] = str(sum(len(part) for part in parts))
            for name, value in every.items():
                connection.putheader(name, value)
            connection.endheaders()
            try:
                for part in parts or ():
                    for at in range(0, len(part), CHUNK_BYTES):
                        connection.send(part[at : at + CHUNK_BYTES])
            except (BrokenPipeError, ConnectionResetError):
                pass  # a server may refuse a body before it has read it: the answer says why
            response = connection.getresponse()
        except ssl.SSLCertVerificationError:
            connection.close()
            raise
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise BrokenAnswer(f"no answer: {error!r}") from error
        except BaseException:
            connection.close()
            raise
        # http.client takes an end within the headers for their end.
        why = "it ended within its headers" if timed.ended else None
        if response.getheader("X-Request-Id", request_id) != request_id:
            why = "it belongs to another request"
        if why is not None:
            response.close()
            connection.close()
            raise BrokenAnswer(f"no answer: {why}")
        return connection, response

    def _connected(
        self, connection: http.client.HTTPConnection, limit_s: Optional[float]
    ) -> Timed:
        if connection.sock is None:
            connection.timeout = limit_s
            connection.connect()
            opened: Any = connection.sock
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            setattr(connection, "sock", Timed(opened))
        timed: Any = connection.sock
        return cast(Timed, timed)

    def _take(self) -> http.client.HTTPConnection:
        with self._lock:
            if self._process != os.getpid():
                while self._idle:  # the parent's: here they are only closed
                    self._idle.pop()[0].close()
                self._process = os.getpid()
            idle = self._idle
            while idle:
                connection, since = idle.pop()
                if time.monotonic() - since < _MAX_IDLE_S and not _has_input(connection):
                    return connection
                connection.close()
        host, port = self._address
        if self._tls is not None:
            return http.client.HTTPSConnection(host, port, context=self._tls)
        return http.client.HTTPConnection(host, port)

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            if len(self._idle) < _MAX_IDLE and self._process == os.getpid():
                self._idle.append((connection, time.monotonic()))
                return
        connection.close()


def _parts(body: Body) -> Optional[List[bytes]]:
    if body is None:
        return None
    return [body] if isinstance(body, bytes) else list(body)


def _has_input(connection: http.client.HTTPConnection) -> bool:
    """The end of the connection, or bytes that belong to no request."""
    timed: Any = connection.sock
    if timed is None:
        return True
    try:
        return bool(select.select([timed.sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True
