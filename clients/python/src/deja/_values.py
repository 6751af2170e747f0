"""Single values as JSON has them: numpy numbers, dates, NaN. Needs neither numpy nor pandas."""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any, Dict, List

Row = Dict[str, Any]


def json_value(value: Any) -> Any:
    """A value that ``json.dumps`` takes. NaN, NaT and NA become None; a date its ISO 8601 text.

    :raises ValueError: Infinity is no JSON.
    """
    if value is None or isinstance(value, (str, bool, int)):
        return _plain(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return date_text(value)
    if isinstance(value, dict):
        return {str(name): json_value(member) for name, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_value(member) for member in value]
    if isinstance(value, decimal.Decimal):
        return _number(float(value))
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a DataFrame, such as of holidays
        return records(value)
    if type(value).__name__ == "datetime64":
        return None if str(value) == "NaT" else str(value)
    if hasattr(value, "tolist"):  # numpy's scalars and arrays, and a Series
        return json_value(value.tolist())
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return str(value)


def date_text(value: Any) -> Any:
    """``2024-01-31`` of a date or a midnight without a zone, else with its time."""
    if value != value:  # NaT
        return None
    if not isinstance(value, datetime.datetime):
        return value.isoformat()
    is_midnight = value.hour == value.minute == value.second == value.microsecond == 0
    if is_midnight and value.tzinfo is None:
        return value.date().isoformat()
    return value.isoformat()


def records(frame: Any) -> List[Row]:
    """The rows of a DataFrame; a member without a value is absent."""
    names = [str(name) for name in frame.columns]
    columns = [[json_value(value) for value in frame[name].tolist()] for name in frame.columns]
    return [
        {name: value for name, value in zip(names, row) if value is not None}
        for row in zip(*columns)
    ]


def json_rows(rows: Any) -> List[Row]:
    """Rows that were given as dicts, or as a dict of columns.

    :raises TypeError: They are something else.
    """
    if isinstance(rows, dict):
        names = list(rows)
        columns = [list(rows[name]) for name in names]
        if len({len(column) for column in columns}) > 1:
            raise ValueError("the columns differ in length")
        rows = [dict(zip(names, row)) for row in zip(*columns)]
    found: List[Row] = []
    for row in rows:
        if not isinstance(row, dict):
            raise TypeError(f"a row is a dict with ds and y, not {type(row).__name__}")
        found.append({str(name): json_value(value) for name, value in row.items()})
    return found


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (str, bool, int):
        return value
    # Such as an IntEnum or a str of numpy: what json would write of them differs.
    return str(value) if isinstance(value, str) else int(value)


def _number(value: float) -> Any:
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise ValueError("infinity is no value that can be sent")
    return float(value)
