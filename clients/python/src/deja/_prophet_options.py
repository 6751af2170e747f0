"""What a ``Prophet`` stands for in the question to the server, and what of Prophet there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, List

from ._prophet_data import option_dates, option_holidays
from ._values import json_value
from ._wire import Json

if TYPE_CHECKING:
    from .prophet import Prophet

_NO_PARAMETERS = "the fitted parameters stay on the server, and its answers are the forecast and its components"
_NO_SAMPLES = "Deja computes the bounds of a forecast instead of drawing samples (docs/forecasting.md)"
UNSUPPORTED: Dict[str, str] = {
    "params": _NO_PARAMETERS,
    "stan_fit": "there is no Stan: Deja finds the maximum of the posterior itself",
    "stan_backend": "there is no Stan: Deja finds the maximum of the posterior itself",
    "train_component_cols": _NO_PARAMETERS,
    "y_scale": _NO_PARAMETERS,
    "t_scale": _NO_PARAMETERS,
    "changepoints_t": _NO_PARAMETERS,
    "predictive_samples": _NO_SAMPLES,
    "sample_posterior_predictive": _NO_SAMPLES,
    "sample_model": _NO_SAMPLES,
    "sample_predictive_trend": _NO_SAMPLES,
    "predict_uncertainty": _NO_SAMPLES,
    "percentile": _NO_SAMPLES,
}


# Period in days and the order that auto means.
_BUILT_IN = {"yearly": (365.25, 10), "weekly": (7.0, 3), "daily": (1.0, 4)}


def options_of(model: "Prophet") -> Json:
    """The options of ``POST /forecast``."""
    options: Json = {
        "growth": model.growth,
        "changepoints": option_dates(model.changepoints),
        "n_changepoints": model.n_changepoints,
        "changepoint_range": model.changepoint_range,
        "yearly_seasonality": model.yearly_seasonality,
        "weekly_seasonality": model.weekly_seasonality,
        "daily_seasonality": model.daily_seasonality,
        "holidays": option_holidays(model.holidays),
        "seasonality_mode": model.seasonality_mode,
        "seasonality_prior_scale": model.seasonality_prior_scale,
        "holidays_prior_scale": model.holidays_prior_scale,
        "changepoint_prior_scale": model.changepoint_prior_scale,
        "interval_width": model.interval_width,
        "uncertainty_samples": int(model.uncertainty_samples),
        "scaling": model.scaling,
        "holidays_mode": model.holidays_mode,
        "country_holidays": model.country_holidays,
        "seasonalities": _custom(model),
        "regressors": [{"name": name, **one} for name, one in model.extra_regressors.items()],
        # A model of these very data, as Prophet's is.
        "max_data_change": 0,
    }
    return {
        name: value for name, value in json_value(options).items() if value is not None and value != []
    }


def columns_of(model: "Prophet") -> List[str]:
    """The columns beside ds and y that the model needs."""
    names = ["cap", "floor"] if model.growth == "logistic" else []
    names += list(model.extra_regressors)
    conditions = [one["condition_name"] for one in model.seasonalities.values()]
    return list(dict.fromkeys([*names, *[name for name in conditions if name is not None]]))


def with_built_in(model: "Prophet", fitted: Iterable[str]) -> Dict[str, Dict[str, Any]]:
    """The seasonalities of a fitted model: built-in ones that the server has added, too."""
    found = dict(model.seasonalities)
    for name in fitted:
        if name in found:
            continue
        period, order = _BUILT_IN[name]
        given = getattr(model, f"{name}_seasonality")
        if isinstance(given, int) and not isinstance(given, bool):
            order = given
        found[name] = {
            "period": period,
            "fourier_order": order,
            "prior_scale": model.seasonality_prior_scale,
            "mode": model.seasonality_mode,
            "condition_name": None,
            "built_in": True,
        }
    return found


def _custom(model: "Prophet") -> List[Json]:
    return [
        {"name": name, **one} for name, one in model.seasonalities.items() if "built_in" not in one
    ]
