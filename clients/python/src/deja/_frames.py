"""DataFrames to rows of JSON and back, column by column. Imports pandas where it is used.

 - dates: timestamps, dates, periods, texts and integers such as 20240131; with a zone they keep its offsets;
 - a forecast comes back in the zone of the data;
 - NaN, NA and None are gaps; integers, booleans and pandas' nullable types are numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Sequence

from ._values import Row, json_rows, json_value

if TYPE_CHECKING:
    import pandas as pd


def is_frame(value: Any) -> bool:
    return hasattr(value, "columns") and hasattr(value, "iloc")


def has_pandas() -> bool:
    try:
        import pandas  # noqa: F401
    except ImportError:
        return False
    return True


def rows_of(data: Any, columns: Sequence[str]) -> List[Row]:
    """The rows of a DataFrame with ds and those of ``columns`` that it has; of anything else, all members.

    Of a DataFrame, other columns are left out, as by Prophet.

    :raises ValueError: A date is missing, or a value is infinite.
    """
    if not is_frame(data):
        return json_rows(data)
    if "ds" not in data.columns:
        raise ValueError('the DataFrame has no column "ds"')
    names = ["ds", *[name for name in columns if name in data.columns]]
    if data.columns.duplicated().any():
        raise ValueError("the DataFrame has two columns of one name")
    values = [ds_texts(data["ds"])] + [column_values(data[name]) for name in names[1:]]
    return [dict(zip(names, row)) for row in zip(*values)]


def ds_texts(column: "pd.Series[Any]") -> List[str]:
    """The texts that the server reads as these dates.

    :raises ValueError: A date is missing.
    """
    import pandas as pd

    missing = column.isna()
    if missing.any():
        row = int(missing.to_numpy().argmax())
        raise ValueError(f"row {row} has no date in the column ds: drop it")
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        local = column.dt.tz_localize(None)
        ahead = local - column.dt.tz_convert("UTC").dt.tz_localize(None)
        offsets = _offset_texts(ahead)
        return [text + offset for text, offset in zip(_local_texts(local, True), offsets)]
    if pd.api.types.is_datetime64_dtype(column.dtype):
        return _local_texts(column, False)
    # Texts, dates, periods, timestamps of several zones, or integers such as 20240131
    return [str(json_value(value)) for value in column.tolist()]


def _local_texts(column: "pd.Series[Any]", with_time: bool) -> List[str]:
    import numpy as np

    values = column.to_numpy(dtype="datetime64[ns]")
    for unit in ("s",) if with_time else ("D", "s"):
        coarse = values.astype(f"datetime64[{unit}]")
        if (coarse == values).all():
            break
    else:
        coarse = values
    texts: List[str] = np.datetime_as_string(coarse).tolist()
    return texts


def _offset_texts(ahead: "pd.Series[Any]") -> List[str]:
    seconds = ahead.dt.total_seconds().astype(int).tolist()
    texts: Dict[int, str] = {}
    for offset in set(seconds):
        sign = "-" if offset < 0 else "+"
        texts[offset] = f"{sign}{abs(offset) // 3600:02}:{abs(offset) // 60 % 60:02}"
    return [texts[offset] for offset in seconds]


def column_values(column: "pd.Series[Any]") -> List[Any]:
    """Numbers, booleans and None of a column.

    :raises ValueError: A value is infinite, or a text is no number.
    """
    import numpy as np
    import pandas as pd

    name, kind = column.name, column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return [None if value is pd.NA else bool(value) for value in column.tolist()]
    if pd.api.types.is_integer_dtype(kind) and not column.isna().any():
        return [int(value) for value in column.tolist()]
    try:
        values = column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        if kind == object:  # decimals, or booleans with gaps; the server refuses what is no number
            return [json_value(value) for value in column.tolist()]
        raise ValueError(f'the column "{name}" has values that are no numbers') from None
    if np.isinf(values).any():
        raise ValueError(f'the column "{name}" has infinite values')
    return [None if value != value else value for value in values.tolist()]


def zone_of(data: Any) -> Any:
    """The time zone of the column ds of a DataFrame; None if it has none."""
    if not is_frame(data) or "ds" not in data.columns:
        return None
    return getattr(data["ds"].dtype, "tz", None)


def ds_column(texts: Sequence[str], zone: Any) -> "pd.Series[Any]":
    """The dates of an answer as timestamps, in ``zone`` or with the offset that they are written with.

    Dates of one time of day keep it in the zone, so that days stay days over summer time.
    """
    import pandas as pd

    times = pd.Series(list(texts), dtype=object)
    with_zone = len(times) > 0 and _has_offset(texts[0])
    if not with_zone:
        return pd.to_datetime(times)
    instants = pd.to_datetime(times, utc=True)
    if zone is None:
        last = pd.Timestamp(texts[-1]).tz
        return instants.dt.tz_convert(last)
    if len({text[10:19] for text in texts}) == 1:
        return in_zone(pd.to_datetime(times.str.slice(0, 19)), zone)
    return instants.dt.tz_convert(zone)


def in_zone(local: "pd.Series[Any]", zone: Any) -> "pd.Series[Any]":
    """Local times in their zone. Of an hour that comes twice it is the first; one that there is not is the next."""
    import numpy as np

    first = np.ones(len(local), dtype=bool)
    return local.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward")


def _has_offset(text: str) -> bool:
    return text.endswith("Z") or "+" in text[10:] or "-" in text[10:]


def frame_of(rows: Iterable[Row], zone: Any = None) -> "pd.DataFrame":
    """The rows of a forecast as columns."""
    import pandas as pd

    rows = list(rows)
    names = list(rows[0]) if rows else ["ds", "yhat", "yhat_lower", "yhat_upper"]
    columns: Dict[str, Any] = {name: [row.get(name) for row in rows] for name in names}
    columns["ds"] = ds_column(columns["ds"], zone)
    return pd.DataFrame(columns, columns=names)


def with_provenance(frame: "pd.DataFrame", answer: Row) -> "pd.DataFrame":
    """``attrs``: which model answered and why, where from, and what the server warns of."""
    told = ("model_id", "model", "cache", "warnings", "generated_at")
    frame.attrs.update({name: answer[name] for name in told if name in answer})
    return frame


def columns_named(options: Dict[str, Any], first: Optional[Sequence[str]] = None) -> List[str]:
    """The columns that a question needs: y, cap and floor, regressors and conditions."""
    names = list(("y", "cap", "floor") if first is None else first)
    for regressor in options.get("regressors") or []:
        names.append(regressor["name"])
    for seasonality in options.get("seasonalities") or []:
        condition = seasonality.get("condition_name")
        if condition is not None:
            names.append(condition)
    return list(dict.fromkeys(names))
