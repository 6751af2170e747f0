"""Which failures are tried again, and when: the rules of every client of Deja (clients/vectors/README.md).

 - tried again: broken connections and answers, 408, 429, 503, and a 502 or 504 of a gateway; up to 4 times;
 - ``Retry-After`` wins over our own pause;
 - a pause that is longer than what is left of the wait is not begun.
"""

from __future__ import annotations

import json
import random
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any, Callable, Dict, Optional, Union

from ._transport import BrokenAnswer, Reply
from .errors import DejaConnectionError, DejaError, ProblemError, problem_error

MAX_RETRIES = 4
# Without a wait, a longer pause is not begun. Unit: seconds.
MAX_PAUSE_S = 60.0
# Less than this is nothing left. Unit: seconds.
INSTANT_S = 0.05


class Clock:
    """The time; tests have another one. Unit: seconds."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class Wait:
    """How long an answer is waited for, from now on.

    :param seconds: None: no wait, so that only ``MAX_PAUSE_S`` bounds a pause.
    """

    def __init__(self, clock: Clock, seconds: Optional[float]) -> None:
        if seconds is not None and not 0 <= seconds < float("inf"):
            raise ValueError(f"wait is a number of seconds from 0, not {seconds!r}")
        self._clock = clock
        self._ends_at = None if seconds is None else clock.now() + seconds

    def left_s(self) -> float:
        """Seconds left, 0 if less than an instant."""
        if self._ends_at is None:
            return 0.0
        left = self._ends_at - self._clock.now()
        return left if left >= INSTANT_S else 0.0

    def longest_pause_s(self) -> float:
        return MAX_PAUSE_S if self._ends_at is None else self.left_s()


class Retries:
    """The tries of one request."""

    def __init__(self, clock: Clock, wait: Wait) -> None:
        self._clock = clock
        self._wait = wait
        self._made = 0

    def reset(self) -> None:
        self._made = 0

    def pause(self, error: DejaError) -> None:
        """Pauses before the next try, or raises ``error`` if there is none."""
        told = error.retry_after_s if isinstance(error, ProblemError) else None
        pause_s = drawn_pause_s(self._made) if told is None else told
        if self._made >= MAX_RETRIES or pause_s > self._wait.longest_pause_s():
            raise error
        self._made += 1
        self._clock.sleep(pause_s)


def exchange(send: Callable[[], Reply], clock: Clock, wait: Wait) -> Reply:
    """The first answer that is none of a failure that may be tried again.

    :param send: Sends the request, with what is left of the wait in it.
    """
    retries = Retries(clock, wait)
    while True:
        tried = attempt(send, clock)
        if isinstance(tried, Reply):
            return tried
        retries.pause(tried)


def attempt(send: Callable[[], Reply], clock: Clock) -> Union[Reply, DejaError]:
    """An answer below 400, or the error of a failure that may be tried again. Raises other errors."""
    started = clock.now()
    try:
        reply = send()
    except BrokenAnswer as broken:
        return connection_error(broken)
    except ssl.SSLCertVerificationError as refused:  # it stays so
        raise DejaConnectionError(str(refused)) from refused
    reply.took_s = clock.now() - started
    if reply.status < 400:
        return reply
    error = error_of(reply)
    if may_retry(reply.status, is_problem(reply)):
        return error
    raise error


def connection_error(broken: BrokenAnswer) -> DejaConnectionError:
    error = DejaConnectionError(str(broken))
    error.__cause__ = broken
    return error


def may_retry(status: int, with_problem: bool) -> bool:
    return status in (408, 429, 503) or (status in (502, 504) and not with_problem)


def drawn_pause_s(made: int) -> float:
    """Between a half and the whole of 0.25 s, 0.5 s, 1 s, 2 s."""
    longest: float = 0.25 * 2.0**made
    return random.uniform(longest / 2, longest)


def retry_after_s(value: Optional[str]) -> Optional[float]:
    """Seconds of a ``Retry-After``, which is a number or a date (RFC 9110); None if it is neither."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, IndexError):
        return None


def is_problem(reply: Reply) -> bool:
    return "problem+json" in reply.headers.get("content-type", "")


def error_of(reply: Reply) -> ProblemError:
    problem: Dict[str, Any] = {}
    if is_problem(reply):
        try:
            problem = json.loads(reply.body)
        except ValueError:
            problem = {}
    if not isinstance(problem, dict) or not problem:
        problem = {"title": "the answer is none of Deja"}
    return problem_error(
        problem,
        reply.status,
        retry_after_s(reply.headers.get("retry-after")),
        reply.headers.get("x-request-id"),
    )


def json_of(reply: Reply) -> Any:
    """The JSON of an answer.

    :raises BrokenAnswer: It says that it is JSON and is none: it was garbled on the way.
    :raises ProblemError: It is something else, such as the log-in page of a proxy.
    """
    if "json" not in reply.headers.get("content-type", ""):
        raise error_of(reply)
    try:
        return json.loads(reply.body)
    except ValueError as error:
        raise BrokenAnswer(f"the answer is no whole JSON: {error}") from error
