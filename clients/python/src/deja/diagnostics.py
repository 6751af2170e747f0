"""Prophet's ``cross_validation`` and ``performance_metrics``.

The server makes the forecasts of all cutoffs, each a question with an answer in its cache; the metrics
are computed here. Source: ``prophet/diagnostics.py`` of Prophet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Optional

from ._frames import in_zone
from ._metrics import METRICS, metric_frame
from ._prophet_ask import cross_validation_of
from .errors import UnsupportedError

if TYPE_CHECKING:
    import pandas as pd

    from .prophet import Prophet


def cross_validation(
    model: "Prophet",
    horizon: Any,
    period: Any = None,
    initial: Any = None,
    parallel: Any = None,
    cutoffs: Optional[Iterable[Any]] = None,
    disable_tqdm: bool = False,
    extra_output_columns: Any = None,
) -> "pd.DataFrame":
    """Forecasts from several cutoffs beside what then came: ``ds, yhat, yhat_lower, yhat_upper, y, cutoff``.

    :param horizon: A length of time that ``pandas.Timedelta`` reads, such as ``"365 days"``. So are ``period``
        (half a horizon) and ``initial`` (3 horizons, or the longest season).
    :param parallel: Means nothing: the server decides. Nor does ``disable_tqdm``.
    """
    if model.history is None:
        raise Exception("Model has not been fit: fit it, so that there is something to validate.")
    if extra_output_columns is not None:
        raise UnsupportedError(
            "extra_output_columns: the server's cross-validation tells yhat and its bounds; predict() has components"
        )
    import pandas as pd

    answer = cross_validation_of(model, horizon, period, initial, cutoffs)
    rows = answer["forecasts"]
    names = ["ds", "yhat", "yhat_lower", "yhat_upper", "y", "cutoff"]
    names = [name for name in names if not rows or name in rows[0]]
    frame = pd.DataFrame({name: [row[name] for row in rows] for name in names})
    zone = getattr(model.history["ds"].dtype, "tz", None)
    for name in ("ds", "cutoff"):
        frame[name] = pd.to_datetime(frame[name])
        if zone is not None:
            frame[name] = in_zone(frame[name], zone)
    frame.attrs["warnings"] = answer["warnings"]
    return frame


def performance_metrics(
    df: "pd.DataFrame",
    metrics: Optional[List[str]] = None,
    rolling_window: float = 0.1,
    monthly: bool = False,
) -> "Optional[pd.DataFrame]":
    """The errors of a cross-validation by distance from the cutoff: ``horizon``, and a column for each of
    ``mse, rmse, mae, mape, mdape, smape, coverage``.

    :param rolling_window: The share of the predictions in each window; 0: each distance alone; negative: each row.
    :param monthly: Count distances in months. Then ``horizon`` is a number.
    """
    wanted = list(METRICS if metrics is None else metrics)
    if "coverage" in wanted and not {"yhat_lower", "yhat_upper"} <= set(df.columns):
        wanted.remove("coverage")
    if len(set(wanted)) != len(wanted):
        raise ValueError("Input metrics must be a list of unique values")
    unknown = [name for name in wanted if name not in METRICS]
    if unknown:
        raise ValueError(f"Unknown metrics {unknown}: there are {', '.join(METRICS)}")
    return metric_frame(df, wanted, rolling_window, monthly)
