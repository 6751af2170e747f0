"""The metrics of ``performance_metrics``, with Prophet's rolling windows over the distance from the cutoff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

METRICS = ("mse", "rmse", "mae", "mape", "mdape", "smape", "coverage")

# Below this |y| there is no share of it.
_NEAR_ZERO = 1e-8


def metric_frame(
    df: "pd.DataFrame", names: List[str], rolling_window: float, monthly: bool
) -> "Optional[pd.DataFrame]":
    import pandas as pd

    rows = df.copy()
    if monthly:
        months = [rows[name].dt.year * 12 + rows[name].dt.month for name in ("ds", "cutoff")]
        rows["horizon"] = months[0] - months[1]
    else:
        rows["horizon"] = rows["ds"] - rows["cutoff"]
    rows = rows.sort_values("horizon", kind="stable")
    if "mape" in names or "mdape" in names:
        if rows["y"].abs().min() < _NEAR_ZERO:  # Prophet leaves out mape alone, and mdape is as wrong
            names = [name for name in names if name not in ("mape", "mdape")]
    if not names:
        return None
    y, yhat = rows["y"].to_numpy(dtype=float), rows["yhat"].to_numpy(dtype=float)
    horizon = rows["horizon"].reset_index(drop=True)
    size = int(rolling_window * len(rows))
    if rolling_window >= 0:
        size = min(max(size, 1), len(rows))
    found: Dict[str, Any] = {}
    for name in names:
        values = _error(name, rows, y, yhat)
        if rolling_window < 0:
            found[name] = pd.Series(values)
            continue
        rolling = _rolling_median if name == "mdape" else _rolling_mean
        found[name] = rolling(values, horizon, size)
    if "rmse" in found:
        found["rmse"] = found["rmse"] ** 0.5
    frame = pd.DataFrame(found)
    if rolling_window < 0:
        frame.insert(0, "horizon", horizon)
        return frame
    return frame.rename_axis("horizon").reset_index()


def _error(name: str, rows: "pd.DataFrame", y: Any, yhat: Any) -> Any:
    import numpy as np

    if name in ("mse", "rmse"):
        return (y - yhat) ** 2
    if name == "mae":
        return np.abs(y - yhat)
    if name in ("mape", "mdape"):
        return np.abs((y - yhat) / y)
    if name == "smape":
        size = (np.abs(y) + np.abs(yhat)) / 2
        return np.divide(np.abs(y - yhat), size, out=np.zeros_like(size), where=size != 0)
    return ((y >= rows["yhat_lower"]) & (y <= rows["yhat_upper"])).to_numpy(dtype=float)


def _rolling_mean(values: Any, horizon: "pd.Series[Any]", size: int) -> "pd.Series[Any]":
    """For each distance with ``size`` values at or before it, their mean. Of the farthest distance in the
    window, which belongs to it in part, the mean counts by that part (``rolling_mean_by_h``)."""
    groups = _groups(values, horizon)

    def window(end: int) -> Optional[float]:
        total, count = float(groups[end][1].sum()), len(groups[end][1])
        at = end - 1
        while count < size and at >= 0:
            group = groups[at][1]
            taken = min(len(group), size - count)
            total += float(group.sum()) * taken / len(group)
            count += taken
            at -= 1
        return total / count if count >= size else None

    return _by_distance(groups, window)


def _rolling_median(values: Any, horizon: "pd.Series[Any]", size: int) -> "pd.Series[Any]":
    """The same with the median; a distance in part counts with its last values (``rolling_median_by_h``)."""
    import numpy as np

    groups = _groups(values, horizon)
    ends = np.cumsum([len(group) for _, group in groups])
    ordered = np.concatenate([group for _, group in groups])

    def window(end: int) -> Optional[float]:
        stop = int(ends[end])
        start = min(stop - len(groups[end][1]), stop - size)
        return float(np.median(ordered[start:stop])) if start >= 0 else None

    return _by_distance(groups, window)


def _groups(values: Any, horizon: "pd.Series[Any]") -> List[Any]:
    import pandas as pd

    return [
        (distance, group.to_numpy())
        for distance, group in pd.Series(values).groupby(horizon, sort=True)
    ]


def _by_distance(
    groups: List[Any], window: Callable[[int], Optional[float]]
) -> "pd.Series[Any]":
    import pandas as pd

    found = [(groups[at][0], window(at)) for at in range(len(groups))]
    kept = [(distance, value) for distance, value in found if value is not None]
    return pd.Series([value for _, value in kept], index=[distance for distance, _ in kept], dtype=float)
