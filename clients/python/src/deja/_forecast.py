"""Questions and answers of ``POST /forecast``."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ._frames import columns_named, frame_of, has_pandas, rows_of, with_provenance, zone_of
from ._values import json_value
from ._wire import Json

DEFAULT_PERIODS = 30


def forecast_question(
    data: Any,
    periods: Optional[int],
    model_id: str,
    freq: Optional[str],
    future: Any,
    options: Dict[str, Any],
) -> Json:
    """The body of a question. Members that were not given are absent, so that the server's defaults hold."""
    sent = json_value(options)
    body: Json = {"model_id": model_id, "data": rows_of(data, columns_named(sent))}
    if periods is None and future is None:
        periods = DEFAULT_PERIODS
    if periods is not None:
        body["periods"] = json_value(periods)
    if freq is not None:
        body["freq"] = freq if isinstance(freq, str) else getattr(freq, "freqstr", str(freq))
    if future is not None:
        body["future"] = rows_of(future, columns_named(sent, ("cap", "floor")))
    if sent:
        body["options"] = sent
    return body


def presented(answer: Json, data: Any) -> Any:
    """The answer as a DataFrame, in the zone of the data; without pandas as it is."""
    if not has_pandas():
        return answer
    return with_provenance(frame_of(answer["forecast"], zone_of(data)), answer)
