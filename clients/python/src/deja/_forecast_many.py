"""Many series: a DataFrame in long form, or an iterable of series."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from ._forecast import forecast_question, presented
from ._frames import columns_named, ds_column, rows_of, zone_of
from ._values import Row, json_value
from ._wire import Json
from .errors import ProblemError, problem_error

if TYPE_CHECKING:
    import pandas as pd

Lines = Callable[[Iterable[Json]], Iterator[Json]]


def forecast_series(
    lines: Lines,
    series: Iterable[Tuple[Any, Any]],
    periods: Optional[int],
    freq: Optional[str],
    options: Dict[str, Any],
) -> Iterator[Tuple[Any, Any]]:
    """``(id, forecast or ProblemError)`` as they end. Keeps only what was sent and is not answered."""
    asked: Dict[int, Tuple[Any, Any]] = {}

    def questions() -> Iterator[Json]:
        for index, (name, data) in enumerate(series):
            question = forecast_question(data, periods, str(name), freq, None, options)
            # Of the data only the zone counts later.
            asked[index] = (name, data.iloc[:0] if zone_of(data) is not None else None)
            yield question

    for line in lines(questions()):
        name, data = asked.pop(line["index"])
        yield name, _outcome(line, data)


def _outcome(line: Json, data: Any) -> Any:
    if line["status"] != 200:
        return problem_error(line["body"], line["status"])
    hit = line.get("x_cache") in ("HIT", "STALE")
    body = line["body"]
    key = body.get("cache_key")
    return presented({**body, "cache": {"hit": hit, "tier": body.get("cache_hit"), "key": key}}, data)


def forecast_frame(
    lines: Lines,
    data: "pd.DataFrame",
    periods: Optional[int],
    id_col: str,
    freq: Optional[str],
    future: Optional["pd.DataFrame"],
    options: Dict[str, Any],
) -> "pd.DataFrame":
    """The forecasts of all series as one DataFrame in the order of their ids in ``data``."""
    import pandas as pd

    sent = json_value(options)
    names, groups = _grouped(data, id_col, columns_named(sent))
    ahead: Dict[Any, List[Row]] = {}
    if future is not None:
        future_names, future_groups = _grouped(future, id_col, columns_named(sent, ("cap", "floor")))
        ahead = dict(zip(future_names, future_groups))

    def questions() -> Iterator[Json]:
        for name, rows in zip(names, groups):
            yield forecast_question(rows, periods, str(name), freq, ahead.get(name), options)

    found: List[List[Row]] = [[] for _ in names]
    failed: Dict[Any, ProblemError] = {}
    for line in lines(questions()):
        if line["status"] == 200:
            found[line["index"]] = line["body"]["forecast"]
        else:
            failed[names[line["index"]]] = problem_error(line["body"], line["status"])
    rows = [row for forecast in found for row in forecast]
    columns = list(rows[0]) if rows else ["ds", "yhat", "yhat_lower", "yhat_upper"]
    values: Dict[str, Any] = {name: [row.get(name) for row in rows] for name in columns}
    ids = [name for name, forecast in zip(names, found) for _ in forecast]
    zone = zone_of(data)
    values["ds"] = _dates(found, zone) if zone is not None else ds_column(values["ds"], None)
    frame = pd.DataFrame({id_col: ids, **values})
    frame.attrs["failed"] = failed
    if failed:
        message = f'{len(failed)} of {len(names)} series failed: see .attrs["failed"]'
        warnings.warn(message, stacklevel=3)
    return frame


def _dates(found: List[List[Row]], zone: Any) -> "pd.Series[Any]":
    """Series by series, because each has its own last offset."""
    import pandas as pd

    parts = [ds_column([row["ds"] for row in rows], zone) for rows in found if rows]
    return pd.concat(parts, ignore_index=True) if parts else pd.Series([], dtype=object)


def _grouped(
    data: "pd.DataFrame", id_col: str, columns: List[str]
) -> Tuple[List[Any], List[List[Row]]]:
    """The ids in the order in which they come, and the rows of each."""
    import pandas as pd

    if id_col not in data.columns:
        raise ValueError(f'the DataFrame has no column "{id_col}"')
    if data[id_col].isna().any():
        raise ValueError(f'a row has no id in the column "{id_col}"')
    codes, names = pd.factorize(data[id_col])
    groups: List[List[Row]] = [[] for _ in names]
    for code, row in zip(codes.tolist(), rows_of(data, columns)):
        groups[code].append(row)
    return list(names), groups
