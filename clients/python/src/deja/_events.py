"""Server-sent events (WHATWG HTML, section 9.2.6), as far as Deja sends them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Iterable, Iterator, List


@dataclass
class Event:
    type: str = "message"
    id: str = ""
    lines: List[str] = field(default_factory=list)

    @property
    def data(self) -> str:
        return "\n".join(self.lines)


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Whole lines without their end; what follows the last line feed is no line."""
    rest: List[bytes] = []
    for chunk in chunks:
        first, *more = chunk.split(b"\n")
        rest.append(first)
        for part in more:
            yield b"".join(rest).rstrip(b"\r")
            rest = [part]


def events_of(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Whole events; one that breaks off is none."""
    event = Event()
    for line in lines_of(chunks):
        if not line:
            if event.lines:
                yield event
            event = Event()
            continue
        name, _, value = line.decode(errors="replace").partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "data":
            event.lines.append(value)
        elif name == "event":
            event.type = value
        elif name == "id":
            event.id = value
