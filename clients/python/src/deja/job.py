"""A job: one question that was handed in, and its result later."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Iterator, Optional

from ._events import events_of
from ._retry import Retries, Wait, attempt, connection_error, error_of
from ._transport import BrokenAnswer, Reply
from ._wire import Json, segment
from .errors import DejaConnectionError, DejaError

if TYPE_CHECKING:
    from ._wire import Wire

# The server writes a comment every 15 s.
_SILENCE_S = 45.0


class Job:
    """Of ``Deja.submit``, ``Deja.job`` and ``DejaTimeoutError.job``.

    ``id`` is empty where the cache answered without a job. ``status`` is what was last heard: queued,
    running, succeeded, failed, canceled or expired.
    """

    def __init__(
        self, wire: "Wire", job_id: Optional[str], *, status: str, answer: Optional[Json] = None
    ) -> None:
        self._wire = wire
        self._answer = answer
        self.id: str = job_id or ""
        self.status = status

    def __repr__(self) -> str:
        return f"<deja.Job {self.id or 'of the cache'}: {self.status}>"

    def result(self, wait: float = 60) -> Json:
        """The answer, as ``Deja.run`` gives it.

        :param wait: Seconds.
        :raises DejaTimeoutError: The wait is over, and the job goes on.
        :raises ProblemError: The job ended without a result: ``JobCanceledError``, ``JobExpiredError``, …
        """
        if self._answer is None:
            self._path()
            self._answer = self._wire.result_of(self.id, Wait(self._wire.clock, wait))
            self.status = "succeeded"
        return self._answer

    def refresh(self) -> Json:
        """The job as ``GET /jobs/{id}`` tells it: times, progress, result or error."""
        job: Json = self._wire.send("GET", self._path()).json
        self.status = job["status"]
        return job

    def cancel(self) -> Json:
        """Cancels this job. The run goes on if another job wants it.

        :raises ConflictError: The job has ended otherwise.
        """
        job: Json = self._wire.send("DELETE", self._path()).json
        self.status = job["status"]
        return job

    def events(self) -> Iterator[Json]:
        """``{"type": "status" | "progress" | "done", "job": …}`` as they come, up to ``done``.

        A stream that breaks off is resumed after its last event, so that none is missed or repeated.
        """
        last_id: Optional[str] = None
        clock = self._wire.clock
        retries = Retries(clock, Wait(clock, None))
        while True:
            stream = _EventStream(self._wire, self._path("/events"), last_id)
            failed = attempt(stream.open, clock)
            if isinstance(failed, Reply):
                if failed.status == 204:
                    return
                try:
                    for event in events_of(stream.chunks):
                        retries.reset()
                        last_id = event.id or last_id
                        job = _job_of(event.data)
                        self.status = job.get("status", self.status)
                        yield {"type": event.type, "job": job}
                        if event.type == "done":
                            return
                    failed = DejaConnectionError("the events of the job broke off")
                except BrokenAnswer as broken:
                    failed = connection_error(broken)
                finally:
                    stream.close()
            retries.pause(failed)

    def _path(self, more: str = "") -> str:
        if not self.id:
            raise DejaError("the cache answered, so there is no job: read result()")
        return f"/jobs/{segment(self.id)}{more}"


class _EventStream:
    def __init__(self, wire: "Wire", path: str, last_id: Optional[str]) -> None:
        self._wire = wire
        self._path = path
        self._headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            self._headers["Last-Event-ID"] = last_id
        self.chunks: Iterator[bytes] = iter(())

    def open(self) -> Reply:
        reply, chunks = self._wire.transport.stream(
            "GET", self._path, self._headers, None, _SILENCE_S
        )
        if reply.status >= 400:
            reply.body = b"".join(chunks)
        elif reply.status == 200 and "event-stream" not in reply.headers.get("content-type", ""):
            raise error_of(reply)
        else:
            self.chunks = chunks
        return reply

    def close(self) -> None:
        close = getattr(self.chunks, "close", None)
        if close is not None:
            close()


def _job_of(data: str) -> Json:
    try:
        job: Json = json.loads(data)
        return job
    except ValueError as error:
        raise BrokenAnswer(f"an event is no whole JSON: {error}") from error
