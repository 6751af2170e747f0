"""A forecast in Prophet's columns and order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

from ._prophet_data import wall_clock
from ._wire import Json

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from .prophet import Prophet

Modes = Dict[str, List[str]]


def component_modes(model: "Prophet", components: Json) -> Modes:
    """The names of the components by mode, as Prophet's attribute of that name."""
    modes: Modes = {"additive": [], "multiplicative": []}
    for name in components["seasonalities"]:
        modes[model.seasonalities[name]["mode"]].append(name)
    holidays = list(components["holidays"])
    modes[model.holidays_mode] += [*holidays, *(["holidays"] if holidays else [])]
    for name in components["regressors"]:
        modes[model.extra_regressors[name]["mode"]].append(name)
    for mode, names in modes.items():
        names += [f"{mode}_terms", f"extra_regressors_{mode}"]
    return modes


def prediction_frame(
    model: "Prophet",
    asked: "pd.DataFrame",
    answers: List[Json],
    places: "np.ndarray[Any, Any]",
) -> "pd.DataFrame":
    """``ds, trend, cap?, floor?, yhat_lower, yhat_upper, trend_lower, trend_upper``, components, ``yhat``.

    :param places: The place of each row of ``asked`` in the rows of all answers.
    """
    import numpy as np
    import pandas as pd

    forecast = {
        name: _joined([[row.get(name) for row in answer["forecast"]] for answer in answers])[places]
        for name in ("yhat", "yhat_lower", "yhat_upper")
    }
    components = _joined_components([answer["components"] for answer in answers])
    columns: Dict[str, Any] = {"ds": asked["ds"], "trend": components.pop("trend")[places]}
    if model.growth == "logistic":
        columns.update({name: asked[name] for name in ("cap", "floor") if name in asked.columns})
    has_bounds = bool(model.uncertainty_samples)
    if has_bounds:
        columns["yhat_lower"] = forecast["yhat_lower"]
        columns["yhat_upper"] = forecast["yhat_upper"]
        # Within the history the trend is what was fitted; beyond it nobody tells its bounds.
        assert model.history is not None
        last = wall_clock(model.history["ds"]).max()
        bound = np.where((wall_clock(asked["ds"]) <= last).to_numpy(), columns["trend"], np.nan)
        columns["trend_lower"] = columns["trend_upper"] = bound
    for name, values in _grouped(model, components).items():
        columns[name] = values[places]
        if has_bounds:
            columns[f"{name}_lower"] = columns[f"{name}_upper"] = values[places]
    columns["yhat"] = forecast["yhat"]
    return pd.DataFrame(columns)


def _grouped(model: "Prophet", components: Json) -> Dict[str, Any]:
    """The components and their sums by name, and last the sums of a mode that has none."""
    modes = {name: mode for mode, names in (model.component_modes or {}).items() for name in names}
    named: Dict[str, Any] = {**components["seasonalities"], **components["holidays"]}
    if components["holidays"]:
        named["holidays"] = sum(components["holidays"].values())
    for mode in ("additive", "multiplicative"):
        regressors = [
            values for name, values in components["regressors"].items() if modes[name] == mode
        ]
        if regressors:
            named[f"extra_regressors_{mode}"] = sum(regressors)
    named.update(components["regressors"])
    sums = {f"{mode}_terms": components[f"{mode}_terms"] for mode in ("additive", "multiplicative")}
    used = {f"{modes[name]}_terms" for name in named if name in modes}
    first = {**named, **{name: sums[name] for name in used}}
    last = {name: values for name, values in sums.items() if name not in used}
    return {**{name: first[name] for name in sorted(first)}, **last}


def _joined_components(parts: List[Json]) -> Json:
    joined: Json = {}
    for name, value in parts[0].items():
        if isinstance(value, dict):
            joined[name] = {one: _joined([part[name][one] for part in parts]) for one in value}
        else:
            joined[name] = _joined([part[name] for part in parts])
    return joined


def _joined(parts: List[List[Any]]) -> "np.ndarray[Any, Any]":
    import numpy as np

    return np.concatenate([np.asarray(part, dtype=float) for part in parts])
