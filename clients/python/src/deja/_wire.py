"""Requests and answers of questions: how they are sent, waited for and presented."""

from __future__ import annotations

import json
import math
import uuid
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Union
from urllib.parse import quote

from ._retry import Clock, Wait, exchange, json_of, retry_after_s
from ._transport import Reply, Transport
from .errors import DejaTimeoutError

if TYPE_CHECKING:
    from .job import Job

# A request that does not wait may take this, one that waits as much more than its wait. Unit: seconds.
LIMIT_S = 30.0
GRACE_S = 5.0
# The server holds a request for at most this. Unit: seconds.
SLICE_S = 60

_ROUTES = {"forecast": "/forecast", "sentiment": "/predict"}

Json = Dict[str, Any]


class Wire:
    """A transport with the rules of retries and waits."""

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self.transport = transport
        self.clock = clock

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        wait: Optional[Wait] = None,
    ) -> Reply:
        """An answer below 400, with its JSON as ``reply.json``.

        :param wait: The server holds the request for what is left of it, up to ``SLICE_S``.
        :raises DejaError: None, also after retries.
        """
        every = dict(headers or {})
        data: Optional[bytes] = None
        if body is not None:
            data = encoded(body)
            every["Content-Type"] = "application/json"
        elif method == "POST":
            data = b""
        bound = wait or Wait(self.clock, None)

        def once() -> Reply:
            held_s = min(SLICE_S, math.ceil(bound.left_s()))
            asked = {**every, "Prefer": f"wait={held_s}"} if held_s else every
            limit_s = held_s + GRACE_S if held_s else LIMIT_S
            reply = self.transport.exchange(method, path, asked, data, limit_s)
            if reply.status < 400:
                reply.json = json_of(reply)
            return reply

        return exchange(once, self.clock, bound)

    def ask(
        self,
        path: str,
        body: Any,
        wait: Wait,
        *,
        cache_control: Optional[str] = None,
        idempotency_key: Union[None, str, bool] = None,
    ) -> Reply:
        """Asks a question: its answer, or the 202 of its job.

        :param idempotency_key: True: one of our own, which is kept over retries. Default: only where a
            repetition would be a second job.
        """
        headers: Dict[str, str] = {}
        if cache_control is not None:
            headers["Cache-Control"] = cache_control
        no_store = cache_control is not None and "no-store" in cache_control.lower()
        has_webhook = isinstance(body, dict) and body.get("webhook") is not None
        if idempotency_key is None and (no_store or has_webhook):
            idempotency_key = True
        if idempotency_key:
            own = idempotency_key is True
            headers["Idempotency-Key"] = str(uuid.uuid4()) if own else str(idempotency_key)
        return self.send("POST", path, body=body, headers=headers, wait=wait)

    def finished(self, reply: Reply, wait: Wait) -> Reply:
        """The answer that a 202 becomes within the wait.

        :raises DejaTimeoutError: The wait is over, and the job goes on.
        """
        while reply.status == 202:
            job = self.job_of(reply)
            left_s = wait.left_s()
            if left_s == 0:
                raise DejaTimeoutError(f"the wait is over, and job {job.id} goes on", job)
            if reply.took_s < 1:  # the server did not hold the request
                told = retry_after_s(reply.headers.get("retry-after"))
                self.clock.sleep(min(1.0 if told is None else told, left_s))
            reply = self.send("GET", f"/jobs/{segment(job.id)}/result", wait=wait)
        return reply

    def result_of(self, job_id: str, wait: Wait) -> Json:
        """The answer of a job within the wait."""
        reply = self.send("GET", f"/jobs/{segment(job_id)}/result", wait=wait)
        return answer_of(self.finished(reply, wait))

    def job_of(self, reply: Reply) -> "Job":
        from .job import Job

        body = reply.json if isinstance(reply.json, dict) else {}
        finished = None if reply.status == 202 else answer_of(reply)
        status = body.get("status") or ("succeeded" if finished else "queued")
        return Job(self, body.get("job_id"), status=status, answer=finished)


def answer_of(reply: Reply) -> Json:
    """The members of an answer, and ``cache``: where it came from."""
    headers = reply.headers
    age = headers.get("age", "0")
    return {
        **reply.json,
        "cache": {
            "hit": headers.get("x-cache") in ("HIT", "STALE"),
            "tier": headers.get("x-cache-tier"),
            "age_s": int(age) if age.isdigit() else 0,
            "key": headers.get("x-cache-key"),
            "reason": headers.get("x-cache-reason"),
        },
    }


def encoded(value: Any) -> bytes:
    """JSON. NaN and infinity are none: what comes from data is null by now (``_rows``)."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def segment(text: str) -> str:
    return quote(text, safe="")


def run_path(model: str) -> str:
    return f"/models/{segment(model)}/run"


def many_path(model: str) -> str:
    return f"{_ROUTES.get(model, f'/models/{segment(model)}')}/many"
