"""Prophet's plots, of a real forecast, with matplotlib where it is there."""

import importlib.util
import unittest
from unittest import mock

import deja
from deja._frames import has_pandas

from live import URL, series

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None

if has_pandas():
    import pandas as pd


@unittest.skipUnless(URL and has_pandas(), "needs a server in DEJA_TEST_URL, and pandas")
class PlotsTest(unittest.TestCase):
    def setUp(self):
        self.client = deja.Deja(URL, "")
        self.addCleanup(self.client.close)

    def fitted(self):
        rows = series(800)
        for at, row in enumerate(rows):
            row.update(promo=float(at % 5 == 0), weekend=at % 7 < 2)
        frame = pd.DataFrame(rows)
        holidays = pd.DataFrame({"holiday": "sale", "ds": ["2020-06-01", "2021-06-01"]})
        model = deja.Prophet(client=self.client, holidays=holidays, seasonality_mode="multiplicative")
        model.add_seasonality("monthly", 30.5, 3, condition_name="weekend").add_regressor("promo")
        model.fit(frame)
        return model, model.predict(frame.drop(columns="y"))

    @unittest.skipUnless(HAS_MATPLOTLIB, "needs matplotlib")
    def test_the_forecast_and_its_components_are_drawn(self):
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as pyplot

        model, forecast = self.fitted()
        figure = model.plot(forecast, include_legend=True)
        panels = model.plot_components(forecast)
        for one in (figure, panels):
            one.canvas.draw()

        labels = [ax.get_ylabel() for ax in panels.axes]
        told = ["trend", "holidays", "monthly", "yearly", "weekly", "extra_regressors_multiplicative"]
        self.assertEqual(sorted(labels), sorted(told))
        self.assertEqual(len(figure.axes[0].lines), 2)
        weekly = panels.axes[labels.index("weekly")]
        self.assertEqual(len(weekly.lines[0].get_ydata()), 7)
        # One period is what the forecast has, too.
        by_weekday = dict(zip(forecast["ds"].dt.day_name(), forecast["weekly"]))
        names = [label.get_text() for label in weekly.get_xticklabels()]
        for name, value in zip(names, weekly.lines[0].get_ydata()):
            self.assertAlmostEqual(by_weekday[name], value, places=9)
        self.assertTrue(weekly.get_yticklabels()[0].get_text().endswith("%"))
        pyplot.close("all")

    def test_without_matplotlib_the_error_says_what_to_install(self):
        model, forecast = self.fitted()
        with mock.patch.dict("sys.modules", {"matplotlib": None, "matplotlib.pyplot": None}):
            for draw in (model.plot, model.plot_components):
                with self.assertRaisesRegex(deja.UnsupportedError, "pip install matplotlib"):
                    draw(forecast)


if __name__ == "__main__":
    unittest.main()
