"""Data as Prophet takes them: checked, by date, without a zone where the server is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Sequence, Tuple

from ._frames import is_frame
from ._values import Row, json_value

if TYPE_CHECKING:
    import pandas as pd

# pandas 2.2 renamed these; each version knows one spelling or warns of the other.
_NEW_CODES = {
    **{"M": "ME", "Q": "QE", "Y": "YE", "A": "YE", "BM": "BME", "BQ": "BQE", "BY": "BYE", "BA": "BYE"},
    **{"SM": "SME", "AS": "YS", "BAS": "BYS", "H": "h", "T": "min", "S": "s", "BH": "bh"},
}
_OLD_CODES = {
    **{"ME": "M", "QE": "Q", "YE": "A", "YS": "AS", "BME": "BM", "BQE": "BQ", "BYE": "BA"},
    **{"SME": "SM", "BYS": "BAS", "h": "H", "min": "T", "s": "S", "bh": "BH"},
}


def history_of(
    df: Any, columns: Sequence[str], growth: str
) -> "Tuple[pd.DataFrame, pd.Series[Any]]":
    """The rows with a y, by date; and all dates.

    :raises ValueError: As Prophet's ``fit``.
    """
    import pandas as pd

    if not is_frame(df) or "ds" not in df.columns or "y" not in df.columns:
        raise ValueError(
            'Dataframe must have columns "ds" and "y" with the dates and values respectively.'
        )
    with_y = df[df["y"].notnull()]
    if len(with_y) < 2:
        raise ValueError("Dataframe has less than 2 non-NaN rows.")
    history = checked(with_y, columns, growth)
    history["y"] = pd.to_numeric(history["y"])
    dates = pd.Series(timestamps(df["ds"]).unique(), name="ds").sort_values(ignore_index=True)
    return history, dates


def checked(df: "pd.DataFrame", columns: Sequence[str], growth: str) -> "pd.DataFrame":
    """A copy by date with ds as timestamps, which has every column that the model needs.

    :raises ValueError: A date or a column is missing.
    """
    if "ds" not in df.columns:
        raise ValueError('Dataframe must have a column "ds" with the dates.')
    if growth == "logistic" and "cap" not in df.columns:
        raise ValueError('Capacities must be supplied for logistic growth in column "cap"')
    for name in columns:
        if name in ("cap", "floor"):
            continue
        if name not in df.columns:
            raise ValueError(f'Regressor or condition "{name}" missing from dataframe')
        if df[name].isnull().any():
            raise ValueError(f'Found NaN in column "{name}"')
    if df["ds"].isnull().any():
        raise ValueError("Found NaN in column ds.")
    found = df.copy()
    found["ds"] = timestamps(df["ds"])
    return found.sort_values("ds", kind="stable").reset_index(drop=True)


def timestamps(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Dates as Prophet reads them: integers such as 20240131 are texts."""
    import pandas as pd

    if pd.api.types.is_integer_dtype(column.dtype):
        column = column.astype(str)
    if isinstance(column.dtype, pd.PeriodDtype):
        return column.dt.to_timestamp()
    return pd.to_datetime(column)


def wall_clock(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """The local time that days, weeks and holidays go by."""
    return column.dt.tz_localize(None) if getattr(column.dtype, "tz", None) is not None else column


def future_dates(
    history_dates: "pd.Series[Any]", periods: int, freq: Any, include_history: bool
) -> "pd.DataFrame":
    """The dates of the history, and ``periods`` more.

    :raises ValueError: pandas does not know ``freq``, or cannot infer it.
    """
    import pandas as pd

    if freq is None:
        freq = pd.infer_freq(history_dates.tail(5))
        if freq is None:
            raise ValueError("Unable to infer `freq`")
    last = history_dates.max()
    dates = pd.date_range(start=last, periods=periods + 1, freq=pandas_freq(freq))
    ahead = pd.Series(dates[dates > last][:periods])
    if include_history:
        ahead = pd.concat([history_dates, ahead], ignore_index=True)
    return pd.DataFrame({"ds": ahead})


def pandas_freq(freq: Any) -> Any:
    """The spelling of ``freq`` that this pandas knows: ``ME`` is ``M`` before 2.2."""
    import pandas as pd

    if not isinstance(freq, str):
        return freq
    is_new = tuple(int(part) for part in pd.__version__.split(".")[:2]) >= (2, 2)
    digits = len(freq) - len(freq.lstrip("0123456789"))
    unit, dash, anchor = freq[digits:].partition("-")
    return freq[:digits] + (_NEW_CODES if is_new else _OLD_CODES).get(unit, unit) + dash + anchor


def option_dates(dates: Any) -> Optional[List[Any]]:
    """Changepoints as the server reads them."""
    import pandas as pd

    if dates is None:
        return None
    stamps = wall_clock(pd.Series(pd.to_datetime(pd.Series(list(dates), dtype=object))))
    return [json_value(date) for date in stamps.tolist()]


def option_holidays(holidays: "Optional[pd.DataFrame]") -> Optional[List[Row]]:
    """Holidays as the server reads them: ``holiday``, ``ds`` and, if there, windows and ``prior_scale``.

    :raises ValueError: As Prophet's constructor.
    """
    import pandas as pd

    if holidays is None:
        return None
    if not is_frame(holidays) or not {"ds", "holiday"} <= set(holidays.columns):
        raise ValueError('holidays must be a DataFrame with "ds" and "holiday" columns.')
    if holidays["ds"].isnull().any() or holidays["holiday"].isnull().any():
        raise ValueError("Found a NaN in the holidays dataframe.")
    dates = [date.date().isoformat() for date in pd.to_datetime(holidays["ds"]).tolist()]
    rows: List[Row] = [
        {"holiday": str(name), "ds": date} for name, date in zip(holidays["holiday"].tolist(), dates)
    ]
    for column in ("lower_window", "upper_window", "prior_scale"):
        if column not in holidays.columns:
            continue
        for row, value in zip(rows, holidays[column].tolist()):
            value = json_value(value)
            if value is not None:
                row[column] = float(value) if column == "prior_scale" else int(value)
    return rows
