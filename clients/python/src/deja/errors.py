"""The errors of this client. Every one is a ``DejaError``; switch on the class or on ``type``, not on the text.

The server tells what went wrong as a problem document (RFC 9457); docs/problems.md of the project
lists the types, and each has a class here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Type

if TYPE_CHECKING:
    from .job import Job

PREFIX = "urn:deja:problem:"


class DejaError(Exception):
    """Anything that this client raises on purpose."""


class DejaConnectionError(DejaError, ConnectionError):
    """The server cannot be reached, breaks off, or does not answer in time, also after retries.

    What was asked may have reached it. Asking again is safe: equal questions share one run.
    """


class DejaTimeoutError(DejaError, TimeoutError):
    """The wait is over and the job goes on. ``job.result(wait=…)`` waits on.

    ``job`` is None of a cross-validation, which has many: call it again to go on.
    """

    def __init__(self, message: str, job: "Optional[Job]" = None) -> None:
        super().__init__(message)
        self.job = job

    def __reduce__(self) -> Any:  # exceptions cross processes pickled
        return type(self), (str(self), self.job)


class UnsupportedError(DejaError, NotImplementedError):
    """Something of Prophet that Deja does not do. The message says why. Nothing was sent."""


class WebhookError(DejaError, ValueError):
    """A webhook that is not to be trusted: do not act on it, answer it with 400."""


class ProblemError(DejaError):
    """The server refused, or the job ended without a result.

    ``type`` is the last part of the problem's type (``"queue-full"``), or ``"about:blank"`` if the
    answer was no problem document; ``errors`` lists ``{"path": <JSON Pointer>, "message"}``;
    ``retry_after_s`` is in seconds; ``request_id`` finds the request in the server's log.
    """

    def __init__(
        self,
        problem: Mapping[str, Any],
        *,
        status: int,
        retry_after_s: Optional[float] = None,
        request_id: Optional[str] = None,
    ) -> None:
        self.problem: Dict[str, Any] = dict(problem)
        self.type: str = short_type(problem)
        self.status = status
        self.title: Optional[str] = problem.get("title")
        self.detail: Optional[str] = problem.get("detail")
        self.errors: List[Dict[str, str]] = list(problem.get("errors") or [])
        self.retry_after_s = retry_after_s
        self.request_id = request_id
        super().__init__(self._message())

    def __reduce__(self) -> Any:
        return problem_error, (self.problem, self.status, self.retry_after_s, self.request_id)

    def _message(self) -> str:
        text = f"{self.type} ({self.status}): {self.detail or self.title or 'no details'}"
        for error in self.errors:
            line = f"{error.get('path')}: {error.get('message')}"
            if line not in text:
                text += f"\n  {line}"
        return text


class BadRequestError(ProblemError):
    """The request is malformed, too large, or for another server. Nothing was computed."""


class InputRefusedError(BadRequestError, ValueError):
    """The model refuses this input; ``errors`` has the places. Nothing was computed."""


class WebhookRefusedError(BadRequestError):
    """The server sends no webhook to this URL, or none at all. Nothing was computed."""


class IdempotencyConflictError(BadRequestError):
    """This ``Idempotency-Key`` belongs to another question."""


class AuthenticationError(ProblemError):
    """The key is missing or not enough, or the server does not let this client in."""


class NotFoundError(ProblemError, LookupError):
    """There is no such route, model, job, entry, series, run or delivery."""


class GoneError(NotFoundError):
    """It is no longer kept: ask again."""


class ConflictError(ProblemError):
    """It has ended otherwise, or is not over yet."""


class JobCanceledError(ConflictError):
    """The job was canceled: ask again if you still want the answer."""


class JobExpiredError(ProblemError):
    """The job did not end before its deadline."""


class ModelFailedError(ProblemError):
    """The model failed on this input, or took more memory than it may."""


class ModelTimedOutError(ProblemError):
    """The model took longer than it may."""


class NotCachedError(ProblemError, LookupError):
    """``only-if-cached`` was asked for, and nothing acceptable is stored."""


class RateLimitedError(ProblemError):
    """Too many requests: try again after ``retry_after_s``."""


class UnavailableError(ProblemError):
    """The server is full or cannot reach Redis: try again after ``retry_after_s``."""


class ServerError(ProblemError):
    """A bug of the server, or something before it that is no Deja."""


_CLASSES: Dict[str, Type[ProblemError]] = {
    "malformed-json": BadRequestError,
    "malformed-request": BadRequestError,
    "unauthenticated": AuthenticationError,
    "auth-needed": AuthenticationError,
    "insufficient-scope": AuthenticationError,
    "model-not-allowed": AuthenticationError,
    "foreign-origin": AuthenticationError,
    "not-found": NotFoundError,
    "job-unknown": NotFoundError,
    "entry-unknown": NotFoundError,
    "series-unknown": NotFoundError,
    "run-unknown": NotFoundError,
    "delivery-unknown": NotFoundError,
    "key-unknown": NotFoundError,
    "method-not-allowed": BadRequestError,
    "request-timeout": UnavailableError,
    "job-canceled": JobCanceledError,
    "job-ended": ConflictError,
    "run-ended": ConflictError,
    "delivery-pending": ConflictError,
    "key-ended": ConflictError,
    "last-admin-key": ConflictError,
    "too-many-keys": ConflictError,
    "job-gone": GoneError,
    "delivery-gone": GoneError,
    "body-too-large": BadRequestError,
    "unsupported-media-type": BadRequestError,
    "host-refused": BadRequestError,
    "input-refused": InputRefusedError,
    "webhook-refused": WebhookRefusedError,
    "webhooks-off": WebhookRefusedError,
    "idempotency-conflict": IdempotencyConflictError,
    "rate-limited": RateLimitedError,
    "quota-exceeded": RateLimitedError,
    "too-many-failures": RateLimitedError,
    "headers-too-large": BadRequestError,
    "model-failed": ModelFailedError,
    "model-out-of-memory": ModelFailedError,
    "run-poisoned": ModelFailedError,
    "internal": ServerError,
    "overloaded": UnavailableError,
    "queue-full": UnavailableError,
    "streams-full": UnavailableError,
    "connections-full": UnavailableError,
    "queue-unavailable": UnavailableError,
    "list-unavailable": UnavailableError,
    "cache-untrusted": UnavailableError,
    "not-cached": NotCachedError,
    "model-timed-out": ModelTimedOutError,
    "job-expired": JobExpiredError,
}


def short_type(problem: Mapping[str, Any]) -> str:
    """``queue-full`` of ``urn:deja:problem:queue-full``; ``about:blank`` of what is no problem of Deja."""
    kind = problem.get("type")
    if isinstance(kind, str) and kind.startswith(PREFIX):
        return kind[len(PREFIX) :]
    return "about:blank"


def problem_error(
    problem: Mapping[str, Any],
    status: int,
    retry_after_s: Optional[float] = None,
    request_id: Optional[str] = None,
) -> ProblemError:
    """The error of a problem document. A type that is newer than this client goes by its status."""
    known = _CLASSES.get(short_type(problem)) or _of_status(status)
    return known(problem, status=status, retry_after_s=retry_after_s, request_id=request_id)


def _of_status(status: int) -> Type[ProblemError]:
    if status in (401, 403):
        return AuthenticationError
    if status in (404, 410):
        return NotFoundError
    if status == 409:
        return ConflictError
    if status == 429:
        return RateLimitedError
    if status == 503:
        return UnavailableError
    return BadRequestError if 400 <= status < 500 else ServerError
