"""Prophet's plots, with matplotlib, which is imported where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from ._prophet_ask import components_at
from ._prophet_options import columns_of
from .errors import UnsupportedError

if TYPE_CHECKING:
    import pandas as pd

    from .prophet import Prophet

_BLUE = "#0072B2"
# A year and a week that begin on the first day of both.
_START = "2017-01-01"


def plot(
    m: "Prophet",
    fcst: "pd.DataFrame",
    ax: Any = None,
    uncertainty: bool = True,
    plot_cap: bool = True,
    xlabel: str = "ds",
    ylabel: str = "y",
    figsize: Tuple[float, float] = (10, 6),
    include_legend: bool = False,
) -> Any:
    """The data as points, the forecast as a line, its bounds as a band. Returns matplotlib's figure."""
    if m.history is None:
        raise Exception("Model has not been fit.")
    figure, ax = _figure(ax, figsize)
    dates = fcst["ds"].to_numpy()
    ax.plot(m.history["ds"].to_numpy(), m.history["y"], "k.", label="Observed data points")
    ax.plot(dates, fcst["yhat"], ls="-", c=_BLUE, label="Forecast")
    _saturation(ax, m, fcst, plot_cap)
    if uncertainty and "yhat_lower" in fcst:
        band = (fcst["yhat_lower"], fcst["yhat_upper"])
        ax.fill_between(dates, *band, color=_BLUE, alpha=0.2, label="Uncertainty interval")
    ax.grid(True, which="major", c="gray", ls="-", lw=1, alpha=0.2)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    if include_legend:
        ax.legend()
    figure.tight_layout()
    return figure


def plot_components(
    m: "Prophet",
    fcst: "pd.DataFrame",
    uncertainty: bool = True,
    plot_cap: bool = True,
    weekly_start: int = 0,
    yearly_start: int = 0,
    figsize: Optional[Tuple[float, float]] = None,
) -> Any:
    """A panel for the trend, and one for each of holidays, seasonalities and regressors."""
    if m.component_modes is None:
        raise Exception("Model has not been fit.")
    names = ["trend"] + [name for name in ("holidays",) if name in fcst]
    order = {"weekly": 0, "yearly": 1}
    seasonal = sorted(m.seasonalities, key=lambda name: order.get(name, 2))
    names += [name for name in seasonal if name in fcst]
    names += [
        name
        for name in ("extra_regressors_additive", "extra_regressors_multiplicative")
        if name in fcst
    ]
    size = figsize or (9, 3 * len(names))
    figure, axes = _pyplot().subplots(len(names), 1, facecolor="w", figsize=size, squeeze=False)
    for name, ax in zip(names, axes[:, 0]):
        if name in m.seasonalities:
            starts = {"weekly": weekly_start, "yearly": yearly_start}
            _seasonality(ax, m, name, starts.get(name, 0))
        else:
            _component(ax, m, fcst, name, uncertainty, plot_cap)
        if name in m.component_modes["multiplicative"]:
            ticks = ax.get_yticks()
            ax.set_yticks(ticks)
            ax.set_yticklabels([f"{100 * tick:.4g}%" for tick in ticks])
        ax.grid(True, which="major", c="gray", ls="-", lw=1, alpha=0.2)
        ax.set_ylabel(name)
    figure.tight_layout()
    return figure


def _component(
    ax: Any, m: "Prophet", fcst: "pd.DataFrame", name: str, uncertainty: bool, plot_cap: bool
) -> None:
    dates = fcst["ds"].to_numpy()
    ax.plot(dates, fcst[name], ls="-", c=_BLUE)
    if name == "trend":
        _saturation(ax, m, fcst, plot_cap)
    if uncertainty and f"{name}_lower" in fcst:
        ax.fill_between(dates, fcst[f"{name}_lower"], fcst[f"{name}_upper"], color=_BLUE, alpha=0.2)
    ax.set_xlabel("ds")


def _seasonality(ax: Any, m: "Prophet", name: str, start: int) -> None:
    """One period: the weekdays, the days of a year, or 200 points."""
    import pandas as pd

    period = float(m.seasonalities[name]["period"])
    first = pd.Timestamp(_START)
    if name == "weekly" and period == 7:
        dates: List[Any] = [first + pd.Timedelta(days=day + start) for day in range(7)]
        values = components_at(m, _known(m, dates))["seasonalities"][name]
        ax.plot(range(7), values, ls="-", c=_BLUE)
        ax.set_xticks(range(7))
        ax.set_xticklabels([date.day_name() for date in dates])
        ax.set_xlabel("Day of week")
        return
    if name == "yearly" and abs(period - 365.25) < 0.5:
        dates = [first + pd.Timedelta(days=day + start) for day in range(365)]
        ax.set_xlabel("Day of year")
    else:
        step = pd.Timedelta(days=period) / 200
        dates = [(first + at * step).floor("s") for at in range(200)]
        ax.set_xlabel("Hour of day" if period == 1 else "Days")
    dates = sorted(set(dates))
    values = components_at(m, _known(m, dates))["seasonalities"][name]
    if name == "yearly":
        ax.plot(dates, values, ls="-", c=_BLUE)
        from matplotlib.dates import DateFormatter, MonthLocator

        ax.xaxis.set_major_locator(MonthLocator(range(1, 13), bymonthday=1, interval=2))
        ax.xaxis.set_major_formatter(DateFormatter("%B %d"))
    else:
        unit = pd.Timedelta(hours=1) if period == 1 else pd.Timedelta(days=1)
        ax.plot([(date - first) / unit for date in dates], values, ls="-", c=_BLUE)


def _known(m: "Prophet", dates: List[Any]) -> "pd.DataFrame":
    """Dates with something in every column that the model needs: a seasonality does not depend on it."""
    import pandas as pd

    conditions = {one["condition_name"] for one in m.seasonalities.values()}
    frame = pd.DataFrame({"ds": dates})
    for name in columns_of(m):
        frame[name] = True if name in conditions else _level(m, name)
    return frame


def _level(m: "Prophet", name: str) -> float:
    if m.history is None or name not in m.history:
        return 0.0
    return float(m.history[name].iloc[0])


def _saturation(ax: Any, m: "Prophet", fcst: "pd.DataFrame", plot_cap: bool) -> None:
    dates = fcst["ds"].to_numpy()
    if plot_cap and "cap" in fcst:
        ax.plot(dates, fcst["cap"], ls="--", c="k", label="Maximum capacity")
    if plot_cap and "floor" in fcst and m.growth == "logistic":
        ax.plot(dates, fcst["floor"], ls="--", c="k", label="Minimum capacity")


def _figure(ax: Any, figsize: Tuple[float, float]) -> Any:
    if ax is not None:
        return ax.get_figure(), ax
    figure = _pyplot().figure(facecolor="w", figsize=figsize)
    return figure, figure.add_subplot(111)


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as pyplot
    except ImportError as missing:
        raise UnsupportedError("plots need matplotlib: pip install matplotlib") from missing
    return pyplot
