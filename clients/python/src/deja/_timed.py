"""A socket for ``http.client`` whose every step is bounded."""

from __future__ import annotations

import io
import socket
import time
from typing import Any, Optional

CHUNK_BYTES = 64 * 1024


class Timed:
    """Bounded by the end of the request, or by a silence."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        # Whether the server has ended the connection, as far as it was read.
        self.ended = False
        self._ends_at: Optional[float] = None
        self._silence_s: Optional[float] = None

    def limit(self, limit_s: Optional[float], silence_s: Optional[float] = None) -> None:
        self._ends_at = None if limit_s is None else time.monotonic() + limit_s
        self._silence_s = silence_s

    def arm(self) -> None:
        left = self._silence_s
        if self._ends_at is not None:
            left = self._ends_at - time.monotonic()
            if left <= 0:
                raise socket.timeout("the request took longer than its limit")
        self.sock.settimeout(left)

    def sendall(self, data: Any) -> None:
        self.arm()
        self.sock.sendall(data)

    def makefile(self, mode: str, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self), CHUNK_BYTES)

    def close(self) -> None:
        self.sock.close()


class _TimedReader(io.RawIOBase):
    def __init__(self, timed: Timed) -> None:
        self._timed = timed
        self._raw: Any = timed.sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        self._timed.arm()
        count: Optional[int] = self._raw.readinto(buffer)
        self._timed.ended = self._timed.ended or count == 0
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
