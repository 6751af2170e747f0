"""``Prophet`` of the package prophet, fitted and predicted by Deja: a notebook changes one import.

The model is the same (docs/forecasting.md says how close); what Deja does not have raises
``UnsupportedError`` and says why. Source of the interface: https://facebook.github.io/prophet/docs/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Union

from ._prophet_ask import answers_at, fit_of
from ._prophet_data import checked, future_dates, history_of
from ._prophet_frame import Modes, component_modes, prediction_frame
from ._prophet_options import UNSUPPORTED, columns_of, options_of, with_built_in
from ._wire import Json
from .client import Deja
from .errors import UnsupportedError

if TYPE_CHECKING:
    import pandas as pd

_MODES = ("additive", "multiplicative")

class Prophet:
    """Prophet's constructor, with its names and defaults, and:

    :param client: A ``Deja``. Default: one of the environment (``DEJA_URL``, ``DEJA_API_KEY``).
    :param model_id: The name of the series on the server. Default: one made of the data and options.
    :param wait: How long ``fit`` and ``predict`` wait for the server, in seconds.
    """

    def __init__(
        self,
        growth: str = "linear",
        changepoints: Any = None,
        n_changepoints: int = 25,
        changepoint_range: float = 0.8,
        yearly_seasonality: Union[str, bool, int] = "auto",
        weekly_seasonality: Union[str, bool, int] = "auto",
        daily_seasonality: Union[str, bool, int] = "auto",
        holidays: "Optional[pd.DataFrame]" = None,
        seasonality_mode: str = "additive",
        seasonality_prior_scale: float = 10.0,
        holidays_prior_scale: float = 10.0,
        changepoint_prior_scale: float = 0.05,
        mcmc_samples: int = 0,
        interval_width: float = 0.80,
        uncertainty_samples: Union[int, bool] = 1000,
        stan_backend: Optional[str] = None,
        scaling: str = "absmax",
        holidays_mode: Optional[str] = None,
        *,
        client: Optional[Deja] = None,
        model_id: Optional[str] = None,
        wait: float = 600.0,
    ) -> None:
        if mcmc_samples:
            raise UnsupportedError(
                "mcmc_samples: Deja finds the maximum of the posterior and samples none (use 0)"
            )
        if stan_backend is not None:
            raise UnsupportedError(f"stan_backend: {UNSUPPORTED['stan_backend']} (leave it out)")
        if growth not in ("linear", "logistic", "flat"):
            raise ValueError('Parameter "growth" should be "linear", "logistic" or "flat".')
        if scaling not in ("absmax", "minmax"):
            raise ValueError("scaling must be one of 'absmax' or 'minmax'")
        for name, mode in (("seasonality_mode", seasonality_mode), ("holidays_mode", holidays_mode)):
            if mode not in _MODES and not (name == "holidays_mode" and mode is None):
                raise ValueError(f'{name} must be "additive" or "multiplicative"')
        self.growth = growth
        self.changepoints = changepoints
        self.n_changepoints = n_changepoints
        self.changepoint_range = changepoint_range
        self.yearly_seasonality = yearly_seasonality
        self.weekly_seasonality = weekly_seasonality
        self.daily_seasonality = daily_seasonality
        self.holidays = holidays
        self.seasonality_mode = seasonality_mode
        self.holidays_mode = holidays_mode or seasonality_mode
        self.seasonality_prior_scale = float(seasonality_prior_scale)
        self.holidays_prior_scale = float(holidays_prior_scale)
        self.changepoint_prior_scale = float(changepoint_prior_scale)
        self.mcmc_samples = 0
        self.interval_width = interval_width
        self.uncertainty_samples = uncertainty_samples
        self.scaling = scaling
        self.client = client
        self.model_id = model_id
        self.wait = wait
        self.seasonalities: Dict[str, Dict[str, Any]] = {}
        self.extra_regressors: Dict[str, Dict[str, Any]] = {}
        self.country_holidays: Optional[str] = None
        self.train_holiday_names: Optional[List[str]] = None
        self.component_modes: Optional[Modes] = None
        # After fit: the data, with a y, by date; all dates; what the server says of the fitted model.
        self.history: "Optional[pd.DataFrame]" = None
        self.history_dates: "Optional[pd.Series[Any]]" = None
        self.fitted: Optional[Json] = None

    def __getattr__(self, name: str) -> Any:
        if name in UNSUPPORTED:
            raise UnsupportedError(f"{name}: {UNSUPPORTED[name]}")
        raise AttributeError(f"'Prophet' object has no attribute '{name}'")

    def add_seasonality(
        self,
        name: str,
        period: float,
        fourier_order: int,
        prior_scale: Optional[float] = None,
        mode: Optional[str] = None,
        condition_name: Optional[str] = None,
    ) -> "Prophet":
        """Adds a seasonality of ``period`` days; with a condition, where the column of that name is true."""
        self._refuse_if_fitted("Seasonality must be added prior to model fitting.")
        if name in self.extra_regressors:
            raise ValueError(f'Name "{name}" already used for an added regressor.')
        if fourier_order <= 0:
            raise ValueError("Fourier Order must be > 0")
        self.seasonalities[name] = {
            "period": period,
            "fourier_order": fourier_order,
            "prior_scale": _prior(prior_scale, self.seasonality_prior_scale),
            "mode": _mode(mode, self.seasonality_mode),
            "condition_name": condition_name,
        }
        return self

    def add_regressor(
        self,
        name: str,
        prior_scale: Optional[float] = None,
        standardize: Union[str, bool] = "auto",
        mode: Optional[str] = None,
    ) -> "Prophet":
        """Adds a column of the data, which ``predict`` needs for its dates, too."""
        self._refuse_if_fitted("Regressors must be added prior to model fitting.")
        if name in self.seasonalities:
            raise ValueError(f'Name "{name}" already used for a seasonality.')
        self.extra_regressors[name] = {
            "prior_scale": _prior(prior_scale, self.holidays_prior_scale),
            "standardize": standardize,
            "mode": _mode(mode, self.seasonality_mode),
        }
        return self

    def add_country_holidays(self, country_name: str) -> "Prophet":
        """Adds the public holidays of a country or a part of it (``"US"``, ``"DE-BY"``), as the server knows them."""
        self._refuse_if_fitted("Country holidays must be added prior to model fitting.")
        self.country_holidays = country_name
        return self

    def fit(self, df: "pd.DataFrame", **kwargs: Any) -> "Prophet":
        """Fits the model to ``ds`` and ``y`` of ``df``, on the server, which keeps it.

        :raises InputRefusedError: The server refuses the data or an option; the error says which.
        """
        if kwargs:
            names = ", ".join(kwargs)
            raise UnsupportedError(f"fit({names}): {UNSUPPORTED['stan_fit']}, so Stan's arguments mean nothing")
        self._refuse_if_fitted("Prophet object can only be fit once. Instantiate a new object.")
        history, dates = history_of(df, columns_of(self), self.growth)
        answer = fit_of(self, history)
        self.history, self.history_dates = history, dates
        self.fitted = {**answer["model"], "warnings": answer["warnings"]}
        components = answer["components"]
        self.seasonalities = with_built_in(self, components["seasonalities"])
        self.train_holiday_names = sorted(components["holidays"]) or None
        self.component_modes = component_modes(self, components)
        return self

    def predict(
        self, df: "Optional[pd.DataFrame]" = None, vectorized: bool = True
    ) -> "pd.DataFrame":
        """The forecast at the dates of ``df`` (default: of the history), in Prophet's columns and order.

        ``trend_lower`` and ``trend_upper`` are NaN after the history: Deja tells the bounds of yhat alone.
        ``attrs`` have ``model`` and ``cache`` of the last answer. Arguments that mean nothing here: ``vectorized``.
        """
        if self.history is None:
            raise Exception("Model has not been fit.")
        if df is None:
            df = self.history
        elif len(df) == 0:
            raise ValueError("Dataframe has no rows.")
        asked = checked(df, columns_of(self), self.growth)
        answers, places = answers_at(self, self.history, asked)
        frame = prediction_frame(self, asked, answers, places)
        frame.attrs.update({name: answers[-1][name] for name in ("model", "cache", "warnings")})
        return frame

    def make_future_dataframe(
        self, periods: int, freq: Any = "D", include_history: bool = True
    ) -> "pd.DataFrame":
        """A DataFrame with the column ``ds``: the dates of the history and ``periods`` more.

        :param freq: A code of pandas, of its old (``M``) or new (``ME``) names; None: that of the last dates.
        """
        if self.history_dates is None:
            raise Exception("Model has not been fit.")
        return future_dates(self.history_dates, periods, freq, include_history)

    def plot(self, fcst: "pd.DataFrame", *args: Any, **kwargs: Any) -> Any:
        """The forecast and its band beside the data, with matplotlib: as Prophet's ``plot``."""
        from .plot import plot

        return plot(self, fcst, *args, **kwargs)

    def plot_components(self, fcst: "pd.DataFrame", *args: Any, **kwargs: Any) -> Any:
        """Trend, holidays, seasonalities and regressors, each in a panel: as Prophet's ``plot_components``."""
        from .plot import plot_components

        return plot_components(self, fcst, *args, **kwargs)

    def options(self) -> Json:
        """The options of ``POST /forecast`` that this model stands for (docs/api.md)."""
        return options_of(self)

    def _refuse_if_fitted(self, message: str) -> None:
        if self.history is not None:
            raise Exception(message)


def _prior(given: Optional[float], default: float) -> float:
    scale = default if given is None else float(given)
    if scale <= 0:
        raise ValueError("Prior scale must be > 0")
    return scale


def _mode(given: Optional[str], default: str) -> str:
    mode = default if given is None else given
    if mode not in _MODES:
        raise ValueError('mode must be "additive" or "multiplicative"')
    return mode
