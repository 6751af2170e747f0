"""``POST /batch``: many questions in one request, none of which comes back pending."""

from __future__ import annotations

from typing import Any, List

from ._retry import Wait
from ._wire import Json, Wire
from .errors import DejaTimeoutError, ProblemError
from .job import Job


def ask_batch(wire: Wire, model: str, inputs: List[Any], wait: Wait) -> List[Json]:
    """Items ``{"status", "body"}`` in the order of ``inputs``.

    :raises DejaTimeoutError: One of them is pending when the wait ends.
    """
    body = {"model": model, "inputs": inputs}
    items: List[Json] = wire.send("POST", "/batch", body=body, wait=wait).json["items"]
    return [_finished(wire, item, wait) for item in items]


def _finished(wire: Wire, item: Json, wait: Wait) -> Json:
    if item["status"] != 202:
        return item
    job = Job(wire, item["body"]["job_id"], status="queued")
    if wait.left_s() == 0:
        raise DejaTimeoutError(f"the wait is over, and job {job.id} goes on", job)
    try:
        return {"status": 200, "body": wire.result_of(job.id, wait)}
    except ProblemError as error:
        return {"status": error.status, "body": error.problem}
