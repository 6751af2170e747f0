"""Any number of questions to one model: ``POST …/many``, in slices.

 - a slice has at most 500 questions or 4 MB, and the next one is read when the last line of it is taken;
 - lines come as the server sends them;
 - after a cut only what has no line is sent again.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from ._events import lines_of
from ._retry import Retries, Wait, attempt, connection_error, error_of, may_retry
from ._transport import BrokenAnswer, Reply
from ._wire import Json, Wire, encoded, many_path
from .errors import DejaConnectionError, DejaError, problem_error

SLICE_QUESTIONS = 500
SLICE_BYTES = 4_000_000
# A question may be computed for long while nothing else is answered. Unit: seconds.
_SILENCE_S = 3600.0

Numbered = Tuple[int, bytes]


def ask_many(
    wire: Wire,
    model: str,
    questions: Iterable[Any],
    *,
    slice_size: int = SLICE_QUESTIONS,
    cache_control: Optional[str] = None,
) -> Iterator[Json]:
    """Lines ``{"index", "model_id"?, "status", "x_cache"?, "body"}`` in the order in which they end.

    :raises DejaError: A slice cannot be asked, also after retries. Lines that came are good.
    """
    headers = {"Content-Type": "application/x-ndjson"}
    if cache_control is not None:
        headers["Cache-Control"] = cache_control
    for part in slices_of(questions, max(1, min(slice_size, SLICE_QUESTIONS))):
        yield from _ask_slice(wire, many_path(model), headers, part)


def slices_of(questions: Iterable[Any], size: int) -> Iterator[List[Numbered]]:
    part: List[Numbered] = []
    part_bytes = 0
    for index, question in enumerate(questions):
        line = encoded(question) + b"\n"
        if part and (len(part) >= size or part_bytes + len(line) > SLICE_BYTES):
            yield part
            part, part_bytes = [], 0
        part.append((index, line))
        part_bytes += len(line)
    if part:
        yield part


def _ask_slice(
    wire: Wire, path: str, headers: Dict[str, str], part: List[Numbered]
) -> Iterator[Json]:
    retries = Retries(wire.clock, Wait(wire.clock, None))
    while part:
        request = _Request(wire, path, headers, part)
        failed = attempt(request.open, wire.clock)
        if isinstance(failed, Reply):
            answered = set()
            try:
                for line in request.lines():
                    retries.reset()
                    at = line["index"]
                    answered.add(at)
                    yield {**line, "index": part[at][0]}
            except BrokenAnswer as broken:
                failed = connection_error(broken)
            finally:
                request.close()
            part = [one for at, one in enumerate(part) if at not in answered]
            if request.problem is not None:
                failed = request.problem
            elif isinstance(failed, Reply):
                failed = DejaConnectionError("the answer has not a line for each question")
        if part:
            retries.pause(failed)


class _Request:
    def __init__(
        self, wire: Wire, path: str, headers: Dict[str, str], part: List[Numbered]
    ) -> None:
        self._wire = wire
        self._path = path
        self._headers = headers
        self._part = part
        self._chunks: Iterator[bytes] = iter(())
        # Why the answer ended early, if that may be tried again.
        self.problem: Optional[DejaError] = None

    def open(self) -> Reply:
        body = [line for _, line in self._part]
        reply, chunks = self._wire.transport.stream(
            "POST", self._path, self._headers, body, _SILENCE_S
        )
        if reply.status >= 400:
            reply.body = b"".join(chunks)
        elif "ndjson" not in reply.headers.get("content-type", ""):
            raise error_of(reply)
        else:
            self._chunks = chunks
        return reply

    def lines(self) -> Iterator[Json]:
        """One line a question.

        :raises BrokenAnswer: The answer ended without its last line.
        :raises ProblemError: The server ended it for a reason that stays.
        """
        seen = set()
        for text in lines_of(self._chunks):
            line = _parsed(text)
            if "done" in line:
                if not line["done"]:
                    self._note(line.get("problem") or {})
                return
            at = line.get("index")
            if not isinstance(at, int) or not 0 <= at < len(self._part) or at in seen:
                raise BrokenAnswer(f"a line with the index {at!r} was not asked for")
            seen.add(at)
            yield line
        raise BrokenAnswer("the answer ended without its last line")

    def _note(self, problem: Json) -> None:
        status = problem.get("status") or 500
        error = problem_error(problem, status)
        if not may_retry(status, True):
            raise error
        self.problem = error

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


def _parsed(text: bytes) -> Json:
    try:
        line = json.loads(text)
    except ValueError as error:
        raise BrokenAnswer(f"a line is no whole JSON: {error}") from error
    if not isinstance(line, dict):
        raise BrokenAnswer("a line is no JSON object")
    return line
