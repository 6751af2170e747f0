"""The questions that a ``Prophet`` asks: one for its fit, and as many as its dates need."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Tuple

from ._frames import rows_of
from ._prophet_data import option_dates, wall_clock
from ._prophet_options import columns_of, options_of
from ._wire import Json, encoded
from .client import Deja

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from .prophet import Prophet

# The most rows of one question: MAX_PERIODS of a server that did not change it.
MAX_ROWS = 3650


def fit_of(model: "Prophet", history: "pd.DataFrame") -> Json:
    """Fits the model: the answer at the last date, for which it is fitted as for any other."""
    return _ask(model, _sent(model, history, True), _sent(model, history.tail(1), False))


def answers_at(
    model: "Prophet", history: "pd.DataFrame", asked: "pd.DataFrame"
) -> Tuple[List[Json], "np.ndarray[Any, Any]"]:
    """The answers for the dates of ``asked``, and the place of each of its rows in their rows.

    :raises ValueError: Rows of one date differ.
    """
    columns = [name for name in columns_of(model) if name in asked.columns]
    table = asked[["ds", *columns]].assign(ds=wall_clock(asked["ds"]))
    distinct = table.drop_duplicates().sort_values("ds", kind="stable")
    if distinct["ds"].duplicated().any():
        raise ValueError("rows of one date differ in a regressor, a condition, cap or floor: ask for them one by one")
    data = _sent(model, history, True)
    answers = [
        _ask(model, data, _sent(model, distinct.iloc[at : at + MAX_ROWS], False))
        for at in range(0, len(distinct), MAX_ROWS)
    ]
    places = distinct["ds"].searchsorted(table["ds"])
    return answers, places


def components_at(model: "Prophet", dates: "pd.DataFrame") -> Json:
    """The components at dates far from the data, for plots. Bounds are not asked for."""
    if model.history is None:
        raise Exception("Model has not been fit.")
    rows = _sent(model, dates, False)
    answer = _ask(model, _sent(model, model.history, True), rows, uncertainty_samples=0)
    components: Json = answer["components"]
    return components


def client_of(model: "Prophet") -> Deja:
    if model.client is None:
        model.client = Deja()
    return model.client


def model_id_of(model: "Prophet", data: List[Json]) -> str:
    """The name of the series: the caller's, or one that equal data and options share."""
    if model.model_id is None:
        digest = hashlib.sha256(encoded([data, options_of(model)])).hexdigest()
        model.model_id = f"prophet-{digest[:24]}"
    return model.model_id


def _sent(model: "Prophet", frame: "pd.DataFrame", with_y: bool) -> List[Json]:
    names = (["y"] if with_y else []) + columns_of(model)
    return rows_of(frame.assign(ds=wall_clock(frame["ds"])), names)


def _ask(model: "Prophet", data: List[Json], future: List[Json], **more: Any) -> Json:
    options = {**options_of(model), "components": True, **more}
    name = model_id_of(model, data)
    question = {"model_id": name, "data": data, "future": future, "options": options}
    return client_of(model).run("forecast", question, wait=model.wait)


def cross_validation_of(
    model: "Prophet", horizon: Any, period: Any, initial: Any, cutoffs: Optional[Iterable[Any]]
) -> Json:
    """The server's cross-validation of the history."""
    assert model.history is not None
    data = _sent(model, model.history, True)
    given = {"period": period, "initial": initial}
    windows: Dict[str, Any] = {name: _seconds(value) for name, value in given.items() if value is not None}
    if cutoffs is not None:
        windows["cutoffs"] = option_dates(cutoffs)
    return client_of(model).cross_validate(
        data,
        _seconds(horizon),
        model_id=model_id_of(model, data),
        wait=model.wait,
        **windows,
        **options_of(model),
    )


def _seconds(length: Any) -> str:
    import pandas as pd

    return f"{pd.Timedelta(length).total_seconds():.0f} seconds"
