"""``deja.Prophet`` beside plain HTTP, on a real server."""

import inspect
import pickle
import unittest
import uuid
from datetime import date

import deja
from deja._frames import has_pandas
from deja._prophet_ask import MAX_ROWS

from live import URL, post, series

if has_pandas():
    import numpy as np
    import pandas as pd

QUICK_START = """ds trend yhat_lower yhat_upper trend_lower trend_upper
additive_terms additive_terms_lower additive_terms_upper weekly weekly_lower weekly_upper
yearly yearly_lower yearly_upper multiplicative_terms multiplicative_terms_lower
multiplicative_terms_upper yhat""".split()

# Each: arguments of Prophet, and what is added; the same as options of POST /forecast.
CASES = [
    ({}, {}),
    ({"growth": "flat"}, {"growth": "flat"}),
    ({"seasonality_mode": "multiplicative"}, {"seasonality_mode": "multiplicative"}),
    ({"n_changepoints": 5, "changepoint_range": 0.9}, {"n_changepoints": 5, "changepoint_range": 0.9}),
    ({"changepoints": ["2020-06-01", "2021-01-01"]}, {"changepoints": ["2020-06-01", "2021-01-01"]}),
    ({"yearly_seasonality": 4, "weekly_seasonality": False}, {"yearly_seasonality": 4, "weekly_seasonality": False}),
    ({"interval_width": 0.95, "scaling": "minmax"}, {"interval_width": 0.95, "scaling": "minmax"}),
    ({"changepoint_prior_scale": 0.5}, {"changepoint_prior_scale": 0.5}),
    ({"seasonality_prior_scale": 0.1}, {"seasonality_prior_scale": 0.1}),
    ({"uncertainty_samples": 0}, {"uncertainty_samples": 0}),
]


def beside(rows, periods, options):
    """The forecast over plain HTTP, of a series that nobody else has."""
    options = {"max_data_change": 0, **options}
    body = {"model_id": uuid.uuid4().hex, "data": rows, "periods": periods, "options": options}
    return post("/forecast", body)["forecast"]


@unittest.skipUnless(URL and has_pandas(), "needs a server in DEJA_TEST_URL, and pandas")
class ProphetTest(unittest.TestCase):
    def setUp(self):
        self.client = deja.Deja(URL, "")
        self.addCleanup(self.client.close)

    def prophet(self, **arguments):
        return deja.Prophet(client=self.client, **arguments)

    def assert_equal_to(self, forecast, rows):
        for name in rows[0]:
            told = [row[name] for row in rows]
            found = forecast[name]
            if name == "ds":
                self.assertEqual([str(one.date()) for one in found], told)
            else:
                self.assertEqual(found.tolist(), told, name)

    def test_ten_series_have_the_numbers_of_plain_http(self):
        for at, (arguments, options) in enumerate(CASES):
            with self.subTest(arguments):
                rows = series(760 + 10 * at, seed=at)
                model = self.prophet(**arguments).fit(pd.DataFrame(rows))
                future = model.make_future_dataframe(periods=20, include_history=False)

                self.assert_equal_to(model.predict(future), beside(rows, 20, options))

    def test_the_constructor_is_that_of_prophet(self):
        names = list(inspect.signature(deja.Prophet).parameters)

        told = """growth changepoints n_changepoints changepoint_range yearly_seasonality weekly_seasonality
        daily_seasonality holidays seasonality_mode seasonality_prior_scale holidays_prior_scale
        changepoint_prior_scale mcmc_samples interval_width uncertainty_samples stan_backend scaling
        holidays_mode"""
        self.assertEqual(names[:18], told.split())

    def test_a_forecast_has_the_columns_of_prophet_in_their_order(self):
        model = self.prophet().fit(pd.DataFrame(series(800)))
        forecast = model.predict(model.make_future_dataframe(periods=10))

        self.assertEqual(list(forecast), QUICK_START)
        self.assertEqual(len(forecast), 810)
        total = forecast["trend"] * (1 + forecast["multiplicative_terms"]) + forecast["additive_terms"]
        np.testing.assert_allclose(forecast["yhat"], total)
        self.assertTrue((forecast["trend_lower"][:800] == forecast["trend"][:800]).all())
        self.assertTrue(forecast["trend_upper"][800:].isna().all())
        self.assertEqual(model.fitted["points"], 800)
        self.assertEqual(list(model.seasonalities), ["yearly", "weekly"])
        self.assertEqual(forecast.attrs["model"]["source"], "cached")

    def test_without_samples_there_are_no_bounds(self):
        model = self.prophet(uncertainty_samples=False).fit(pd.DataFrame(series(100)))

        names = ["ds", "trend", "additive_terms", "weekly", "multiplicative_terms", "yhat"]
        self.assertEqual(list(model.predict()), names)

    def test_seasonalities_regressors_and_holidays_are_those_of_plain_http(self):
        rows = series(800, seed=3)
        for at, row in enumerate(rows):
            row.update(promo=at % 5 == 0, heat=float(at % 11), summer=row["ds"][5:7] in ("06", "07", "08"))
        rows[100]["y"] += 20
        special = [{"holiday": "sale", "ds": rows[at]["ds"]} for at in (100, 465)]
        special[0]["upper_window"] = 1
        model = self.prophet(holidays=pd.DataFrame(special), holidays_mode="multiplicative")
        model.add_seasonality("monthly", 30.5, 5, mode="multiplicative")
        model.add_seasonality("in_summer", 7, 2, prior_scale=1, condition_name="summer")
        model.add_regressor("promo", mode="multiplicative").add_regressor("heat", prior_scale=2, standardize=False)
        model.add_country_holidays("CH")
        frame = pd.DataFrame(rows)
        model.fit(frame.iloc[:780])
        forecast = model.predict(frame.iloc[780:].drop(columns="y"))

        ahead = [{name: value for name, value in row.items() if name != "y"} for row in rows[780:]]
        options = {
            "max_data_change": 0,
            "holidays": special,
            "holidays_mode": "multiplicative",
            "country_holidays": "CH",
            "seasonalities": [
                {"name": "monthly", "period": 30.5, "fourier_order": 5, "mode": "multiplicative"},
                {"name": "in_summer", "period": 7, "fourier_order": 2, "prior_scale": 1, "condition_name": "summer"},
            ],
            "regressors": [
                {"name": "promo", "mode": "multiplicative"},
                {"name": "heat", "prior_scale": 2, "standardize": False},
            ],
        }
        body = {"model_id": uuid.uuid4().hex, "data": rows[:780], "future": ahead, "options": options}
        self.assert_equal_to(forecast, post("/forecast", body)["forecast"])
        names = [name for name in forecast if not name.endswith(("_lower", "_upper"))]
        self.assertEqual(names[:2], ["ds", "trend"])
        self.assertEqual(names[2:-1], sorted(names[2:-1]))
        wanted = {"sale", "holidays", "monthly", "in_summer", "promo", "heat", "extra_regressors_additive"}
        self.assertLessEqual(wanted | {"extra_regressors_multiplicative"}, set(names))
        self.assertIn("sale", model.train_holiday_names)
        self.assertIn("promo", model.component_modes["multiplicative"])

    def test_logistic_growth_has_its_cap_and_floor(self):
        rows = [{**row, "cap": 120.0, "floor": 10.0} for row in series(400)]
        model = self.prophet(growth="logistic").fit(pd.DataFrame(rows))
        future = model.make_future_dataframe(periods=5).assign(cap=120.0, floor=10.0)
        forecast = model.predict(future)

        self.assertEqual(list(forecast)[:6], ["ds", "trend", "cap", "floor", "yhat_lower", "yhat_upper"])
        with self.assertRaisesRegex(ValueError, 'column "cap"'):
            model.predict(future.drop(columns="cap"))

    def test_messy_data_give_the_forecast_of_clean_data(self):
        rows = series(400, seed=5)
        clean = self.prophet(model_id="clean").fit(pd.DataFrame(rows))
        want = clean.predict(clean.make_future_dataframe(7))
        frame = pd.DataFrame(rows)
        gaps = pd.DataFrame({"ds": ["2019-12-31", "2019-12-30"], "y": [np.nan, None]})
        frame = pd.concat([frame, gaps]).sample(frac=1, random_state=1)
        frame["note"] = "a text that Prophet ignores"
        frame.index = ["x"] * len(frame)
        stamps = pd.to_datetime(frame["ds"])
        for name, ds in {
            "texts": frame["ds"],
            "stamps": stamps,
            "zone": stamps.dt.tz_localize("Europe/Zurich"),
            "dates": stamps.dt.date,
            "periods": stamps.dt.to_period("D"),
            "integers": frame["ds"].str.replace("-", "").astype(int),
        }.items():
            with self.subTest(name):
                model = self.prophet().fit(frame.assign(ds=ds))
                got = model.predict(model.make_future_dataframe(7))
                self.assertEqual(len(model.history), 400)
                self.assertTrue(model.history["ds"].is_monotonic_increasing)
                self.assertEqual(got["yhat"].tolist()[2:], want["yhat"].tolist())
                zone = getattr(got["ds"].dtype, "tz", None)
                self.assertEqual(str(zone), "Europe/Zurich" if name == "zone" else "None")

    def test_dates_may_come_twice_and_in_any_order(self):
        model = self.prophet().fit(pd.DataFrame(series(100)))
        asked = pd.DataFrame({"ds": ["2020-05-02", "2020-05-01", "2020-05-02"]})
        forecast = model.predict(asked)

        self.assertEqual(len(forecast), 3)
        self.assertEqual(forecast["yhat"][1], forecast["yhat"][2])
        self.assertTrue(forecast["ds"].is_monotonic_increasing)

    def test_more_dates_than_one_question_takes_are_asked_for_in_parts(self):
        rows = series(MAX_ROWS + 50, start=date(2010, 1, 1))
        model = self.prophet().fit(pd.DataFrame(rows))
        forecast = model.predict()

        self.assertEqual(len(forecast), MAX_ROWS + 50)
        tail = model.predict(pd.DataFrame({"ds": [rows[-1]["ds"]]}))
        self.assertEqual(forecast["yhat"].iloc[-1], tail["yhat"].iloc[0])

    def test_hours_over_summer_time_are_forecast_in_their_zone(self):
        hours = pd.date_range("2024-03-25", periods=24 * 14, freq="3600s", tz="Europe/Berlin")
        frame = pd.DataFrame({"ds": hours, "y": 10 + np.sin(np.arange(len(hours)) * 2 * np.pi / 24)})
        model = self.prophet().fit(frame)
        forecast = model.predict(model.make_future_dataframe(periods=24, freq="h"))

        self.assertEqual(len(forecast), len(frame) + 24)
        self.assertEqual(str(forecast["ds"].dtype.tz), "Europe/Berlin")

    def test_cross_validation_and_its_metrics_are_the_servers(self):
        rows = series(600, seed=9)
        model = self.prophet().fit(pd.DataFrame(rows))
        windows = {"horizon": "30 days", "period": "60 days", "initial": "300 days"}
        found = deja.diagnostics.cross_validation(model, **windows)

        body = {"model_id": uuid.uuid4().hex, "data": rows, **windows, "options": {"max_data_change": 0}}
        answer = post("/forecast/cross-validate", body)
        self.assertEqual(list(found), ["ds", "yhat", "yhat_lower", "yhat_upper", "y", "cutoff"])
        self.assertEqual(found["yhat"].tolist(), [row["yhat"] for row in answer["forecasts"]])
        metrics = deja.diagnostics.performance_metrics(found)
        self.assertEqual(list(metrics), ["horizon", *deja.diagnostics.METRICS])
        for name in deja.diagnostics.METRICS:
            told = [row[name] for row in answer["performance"]]
            np.testing.assert_allclose(metrics[name], told, rtol=1e-9, err_msg=name)
        told = [pd.Timedelta(row["horizon"]) for row in answer["performance"]]
        self.assertEqual(metrics["horizon"].tolist(), told)
        each = deja.diagnostics.performance_metrics(found, metrics=["mae"], rolling_window=-1)
        self.assertEqual(len(each), len(found))
        monthly = deja.diagnostics.performance_metrics(found, metrics=["rmse"], monthly=True)
        self.assertLessEqual(monthly["horizon"].max(), 2)

    def test_a_cross_validation_keeps_the_zone(self):
        frame = pd.DataFrame(series(120))
        plain = self.prophet().fit(frame)
        days = pd.to_datetime(frame["ds"]).dt.tz_localize("Europe/Berlin")
        zoned = self.prophet().fit(frame.assign(ds=days))
        found = [deja.diagnostics.cross_validation(one, "20 days") for one in (plain, zoned)]

        self.assertEqual(found[1]["ds"].dt.tz_localize(None).tolist(), found[0]["ds"].tolist())
        self.assertEqual(str(found[1]["cutoff"].dtype.tz), "Europe/Berlin")
        self.assertEqual(found[1]["yhat"].tolist(), found[0]["yhat"].tolist())

    def test_what_there_is_not_says_why(self):
        frame = pd.DataFrame(series(60))
        model = self.prophet().fit(frame)
        cases = {
            "mcmc_samples": lambda: deja.Prophet(mcmc_samples=300),
            "stan_backend": lambda: deja.Prophet(stan_backend="CMDSTANPY"),
            "seed": lambda: self.prophet().fit(frame, seed=1),
            "params": lambda: model.params,
            "predictive_samples": lambda: model.predictive_samples(frame),
            "extra_output_columns": lambda: deja.diagnostics.cross_validation(
                model, "5 days", extra_output_columns="trend"
            ),
        }
        for name, ask in cases.items():
            with self.subTest(name), self.assertRaisesRegex(deja.UnsupportedError, f"{name}.{{20}}"):
                ask()
        with self.assertRaises(AttributeError):
            model.parms

    def test_mistakes_are_told_as_prophet_tells_them(self):
        frame = pd.DataFrame(series(60))
        model = self.prophet().fit(frame)
        cases = {
            "can only be fit once": lambda: model.fit(frame),
            "has not been fit": lambda: self.prophet().predict(frame),
            "Dataframe has no rows": lambda: model.predict(frame.iloc[:0]),
            "less than 2 non-NaN rows": lambda: self.prophet().fit(frame.iloc[:1]),
            'columns "ds" and "y"': lambda: self.prophet().fit(frame.drop(columns="y")),
            "prior to model fitting": lambda: model.add_regressor("x"),
            '"x" missing from dataframe': lambda: self.prophet().add_regressor("x").fit(frame),
            '"growth" should be': lambda: self.prophet(growth="cubic"),
            "/options/country_holidays": lambda: self.prophet().add_country_holidays("Atlantis").fit(frame),
        }
        for message, ask in cases.items():
            with self.subTest(message), self.assertRaisesRegex(Exception, message):
                ask()

    def test_a_model_that_the_server_refuses_can_be_fitted_again(self):
        model = self.prophet().add_country_holidays("Atlantis")
        with self.assertRaises(deja.InputRefusedError):
            model.fit(pd.DataFrame(series(60)))
        model.country_holidays = "CH"

        self.assertEqual(len(model.fit(pd.DataFrame(series(60))).history), 60)

    def test_a_fitted_model_crosses_processes(self):
        model = self.prophet().fit(pd.DataFrame(series(60)))
        back = pickle.loads(pickle.dumps(model))
        self.addCleanup(back.client.close)

        self.assertEqual(back.predict()["yhat"].tolist(), model.predict()["yhat"].tolist())


if __name__ == "__main__":
    unittest.main()
