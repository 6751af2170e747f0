"""The client: ``Deja``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List, Optional, Union

from ._batch import ask_batch
from ._cache import Cache
from ._cross_validation import cross_validated, cross_validation_question
from ._forecast import forecast_question, presented
from ._forecast_many import forecast_frame, forecast_series
from ._frames import is_frame
from ._many import SLICE_QUESTIONS, ask_many
from ._retry import Clock, Wait
from ._transport import Transport
from ._values import json_value
from ._wire import Json, Wire, answer_of, run_path
from .job import Job

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_URL = "http://127.0.0.1:8000"
DEFAULT_WAIT_S = 60.0


class Deja:
    """A client of one server. Safe between threads. Usable as a context manager.

    :param url: Default: ``DEJA_URL``, else ``http://127.0.0.1:8000``.
    :param api_key: Default: ``DEJA_API_KEY``, else none.

    Every method asks again after broken connections, 408, 429 and 503, up to 4 times, and waits for
    what ``Retry-After`` says. That is safe: equal questions share one run, and what would be a second job
    carries an ``Idempotency-Key``. ``wait`` is in seconds everywhere: when it ends, the method raises
    ``DejaTimeoutError``, whose ``job`` goes on; what is pending is never returned. Everything that these
    methods raise on purpose is a ``DejaError``.
    """

    def __init__(self, url: Optional[str] = None, api_key: Optional[str] = None) -> None:
        url = url or os.environ.get("DEJA_URL") or DEFAULT_URL
        key = os.environ.get("DEJA_API_KEY") if api_key is None else api_key
        self.url = url.rstrip("/")
        self._wire = Wire(Transport(self.url, key), Clock())
        self.cache = Cache(self._wire)

    def __repr__(self) -> str:
        return f"Deja({self.url!r})"

    def __enter__(self) -> "Deja":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes idle connections. The client can still be used."""
        self._wire.transport.close()

    def forecast(
        self,
        data: Any,
        periods: Optional[int] = None,
        *,
        model_id: str,
        freq: Optional[str] = None,
        future: Any = None,
        wait: float = DEFAULT_WAIT_S,
        cache_control: Optional[str] = None,
        idempotency_key: Optional[str] = None,
        webhook: Optional[Json] = None,
        **options: Any,
    ) -> Union["pd.DataFrame", Json]:
        """Forecasts a series.

        :param data: A DataFrame with ``ds`` and ``y``, a list of such dicts, or a dict of columns. NaN and None
            are gaps. Of a DataFrame, only the columns are sent that the options name, and cap and floor.
        :param periods: Steps after the last date. Default: 30, or the dates of ``future``.
        :param model_id: The name of the series: fitted models are kept and forgotten by it.
        :param freq: A code of pandas. Default: the server infers it.
        :param future: What is known of the dates ahead, as ``data`` without ``y``: cap, floor, regressors, conditions.
        :param cache_control: Such as ``"no-cache"`` or ``"max-stale=3600"``; docs/api.md lists them.
        :param options: Prophet's options under Prophet's names, such as ``growth="logistic", cap=100``; docs/api.md.
        :returns: A DataFrame ``ds, yhat, yhat_lower, yhat_upper`` whose ``attrs`` tell the model and why it answered
            (``model``), where from (``cache``), and what the server warns of (``warnings``). Without pandas the answer
            as JSON, with ``forecast`` as a list of dicts.
        :raises DejaError: See the class.
        """
        body = forecast_question(data, periods, model_id, freq, future, options)
        if webhook is not None:
            body["webhook"] = webhook
        answer = self._answer("/forecast", body, wait, cache_control, idempotency_key)
        return presented(answer, data)

    def predict(self, text: str, **how: Any) -> Json:
        """The sentiment of an English text: ``{"result": {"sentiment", "confidence"}, "model", "cache"}``.

        :param how: ``wait``, ``cache_control``, ``idempotency_key`` and ``webhook``, as of ``run``.
        """
        return self._run("/predict", {"text": text}, **how)

    def run(self, model: str, input: Any, **how: Any) -> Json:
        """Asks any model and returns its answer, with ``cache``: ``{"hit", "tier", "age_s", "key", "reason"}``.

        :param input: The model's input; numpy numbers, dates and DataFrames in it become JSON.
        :param how: ``wait`` (60), ``cache_control``, ``idempotency_key``, ``webhook``.
        """
        return self._run(run_path(model), json_value(input), **how)

    def submit(
        self,
        model: str,
        input: Any,
        *,
        cache_control: Optional[str] = None,
        idempotency_key: Optional[str] = None,
        webhook: Optional[Json] = None,
    ) -> Job:
        """Hands a question in and returns its job at once; of a HIT one that has ended.

        It carries an ``Idempotency-Key``, so that a retry makes no second job. Give your own to be safe
        over restarts of your program, too.
        """
        body = _with_webhook(json_value(input), webhook)
        reply = self._wire.ask(
            run_path(model),
            body,
            Wait(self._wire.clock, None),
            cache_control=cache_control,
            idempotency_key=idempotency_key or True,
        )
        return self._wire.job_of(reply)

    def job(self, job_id: str) -> Job:
        """A job by its id. Nothing is asked before its methods are called."""
        return Job(self._wire, job_id, status="queued")

    def forecast_many(
        self,
        data: Any,
        periods: Optional[int] = None,
        *,
        id_col: str = "unique_id",
        freq: Optional[str] = None,
        future: Any = None,
        cache_control: Optional[str] = None,
        **options: Any,
    ) -> Any:
        """Forecasts many series; each is an ordinary question with its id as ``model_id``.

        :param data: A DataFrame in long form: ``id_col``, ``ds``, ``y`` and further columns, in any order. Or an
            iterable of ``(id, series)``, each as ``forecast`` takes it. It is read as it is sent: memory stays bounded.
        :param future: With a DataFrame: the same in long form for the dates ahead.
        :returns: Of a DataFrame: ``id_col, ds, yhat, yhat_lower, yhat_upper``, series in the order of ``data``. Those
            that failed are in ``attrs["failed"]``, as ``{id: error}``, and a warning tells how many. Of an iterable: an
            iterator of ``(id, forecast or ProblemError)`` in the order in which they end.
        """

        def lines(questions: Iterable[Json]) -> Iterator[Json]:
            return self.many("forecast", questions, cache_control=cache_control)

        if is_frame(data):
            return forecast_frame(lines, data, periods, id_col, freq, future, options)
        if future is not None:
            raise TypeError("future goes with a DataFrame; in an iterable, give options or questions to many()")
        return forecast_series(lines, data, periods, freq, options)

    def many(
        self,
        model: str,
        questions: Iterable[Any],
        *,
        slice_size: int = SLICE_QUESTIONS,
        cache_control: Optional[str] = None,
    ) -> Iterator[Json]:
        """Asks any number of questions and yields a line for each in the order in which they end:
        ``{"index", "model_id"?, "status", "x_cache"?, "body"}``; a refused one is a line with its problem.

        ``questions`` is read as it is sent, at most ``slice_size`` questions or 4 MB ahead.
        """
        values = (json_value(question) for question in questions)
        return ask_many(
            self._wire, model, values, slice_size=slice_size, cache_control=cache_control
        )

    def batch(self, model: str, inputs: Iterable[Any], *, wait: float = DEFAULT_WAIT_S) -> List[Json]:
        """Asks up to 1,000 questions in one request: ``[{"status", "body"}]`` in their order, none pending."""
        values = [json_value(one) for one in inputs]
        return ask_batch(self._wire, model, values, Wait(self._wire.clock, wait))

    def cross_validate(
        self,
        data: Any,
        horizon: Union[str, float],
        *,
        model_id: str,
        wait: float = 600.0,
        **windows_and_options: Any,
    ) -> Json:
        """Prophet's cross-validation as JSON: ``cutoffs``, ``forecasts``, ``performance``.

        :param horizon: ``"30 days"``, or a number of days; so are ``initial`` and ``period``. ``cutoffs``,
            ``rolling_window`` and ``freq`` are those of docs/api.md, all else are options. ``deja.diagnostics`` has
            Prophet's own functions.
        """
        body = cross_validation_question(data, horizon, model_id, windows_and_options)
        return cross_validated(self._wire, body, Wait(self._wire.clock, wait))

    def explain(self, model: str, input: Any) -> Json:
        """What the question would get now, and why: ``outcome``, ``reason``, ``sentence``. Computes nothing."""
        body = {"model": model, "input": json_value(input)}
        answer: Json = self._wire.send("POST", "/explain", body=body).json
        return answer

    def models(self) -> List[Json]:
        """The models: ``name``, ``version``, ``engine``, JSON Schemas of ``input`` and ``output``, live figures."""
        models: List[Json] = self._wire.send("GET", "/models").json["models"]
        return models

    def health(self) -> Json:
        """``{"status": "ok", "version", "wire"}`` of the server."""
        answer: Json = self._wire.send("GET", "/healthz").json
        return answer

    def _run(self, path: str, body: Any, *, webhook: Optional[Json] = None, **how: Any) -> Json:
        return self._answer(path, _with_webhook(body, webhook), **how)

    def _answer(
        self,
        path: str,
        body: Any,
        wait: float = DEFAULT_WAIT_S,
        cache_control: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Json:
        bound = Wait(self._wire.clock, wait)
        reply = self._wire.ask(
            path, body, bound, cache_control=cache_control, idempotency_key=idempotency_key
        )
        return answer_of(self._wire.finished(reply, bound))


def _with_webhook(body: Any, webhook: Optional[Json]) -> Any:
    return body if webhook is None else {**body, "webhook": webhook}
