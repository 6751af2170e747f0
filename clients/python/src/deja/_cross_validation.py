"""``POST /forecast/cross-validate``: its question, and the wait for all of its forecasts."""

from __future__ import annotations

from typing import Any, Dict

from ._frames import columns_named, is_frame, rows_of
from ._retry import Wait
from ._values import json_value
from ._wire import Json, Wire
from .errors import DejaTimeoutError

_WINDOWS = ("initial", "period", "cutoffs", "rolling_window", "freq")


def cross_validation_question(
    data: Any, horizon: Any, model_id: str, windows_and_options: Dict[str, Any]
) -> Json:
    sent = json_value(windows_and_options)
    windows = {name: sent.pop(name) for name in _WINDOWS if name in sent}
    rows = rows_of(data, columns_named(sent))
    if is_frame(data):  # nothing is learnt from a gap
        rows = [row for row in rows if row.get("y") is not None]
    body: Json = {"model_id": model_id, "data": rows, "horizon": json_value(horizon), **windows}
    if sent:
        body["options"] = sent
    return body


def cross_validated(wire: Wire, body: Json, wait: Wait) -> Json:
    """Asks until all forecasts are there. What is there already is in the server's cache.

    :raises DejaTimeoutError: They are not within the wait.
    """
    while True:
        reply = wire.send("POST", "/forecast/cross-validate", body=body, wait=wait)
        if reply.status != 202:
            answer: Json = reply.json
            return answer
        left_s = wait.left_s()
        if left_s == 0:
            done, total = reply.json.get("done"), reply.json.get("total")
            raise DejaTimeoutError(
                f"the wait is over after {done} of {total} cutoffs: call it again to go on"
            )
        if reply.took_s < 1:  # the server did not hold the request
            wire.clock.sleep(min(1.0, left_s))
