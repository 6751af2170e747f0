"""DataFrames to rows and back: dates of every kind, gaps, numbers, zones."""

import datetime
import decimal
import unittest

from deja._frames import ds_column, has_pandas, rows_of
from deja._prophet_data import future_dates, pandas_freq
from deja._values import json_value

if has_pandas():
    import numpy as np
    import pandas as pd


@unittest.skipUnless(has_pandas(), "needs pandas")
class FramesTest(unittest.TestCase):
    def texts(self, dates):
        return [row["ds"] for row in rows_of(pd.DataFrame({"ds": dates}), [])]

    def test_timestamps_are_dates_or_times_and_keep_the_offset_of_their_zone(self):
        days = pd.date_range("2024-03-30", periods=2)
        hours = pd.date_range("2024-03-31", periods=3, freq="7200s", tz="Europe/Berlin")

        self.assertEqual(self.texts(days), ["2024-03-30", "2024-03-31"])
        self.assertEqual(
            self.texts(days + pd.Timedelta(hours=6)), ["2024-03-30T06:00:00", "2024-03-31T06:00:00"]
        )
        told = ["2024-03-31T00:00:00+01:00", "2024-03-31T03:00:00+02:00", "2024-03-31T05:00:00+02:00"]
        self.assertEqual(self.texts(hours), told)
        self.assertEqual(
            self.texts(days.tz_localize("America/St_Johns")),
            ["2024-03-30T00:00:00-02:30", "2024-03-31T00:00:00-02:30"],
        )

    def test_dates_may_be_texts_dates_integers_periods_and_of_mixed_kinds(self):
        self.assertEqual(self.texts(["2024/1/5", " 2024-01-06 "]), ["2024/1/5", " 2024-01-06 "])
        self.assertEqual(self.texts([datetime.date(2024, 1, 5)]), ["2024-01-05"])
        self.assertEqual(self.texts([20240105, 20240106]), ["20240105", "20240106"])
        self.assertEqual(self.texts(pd.period_range("2024-01", periods=2, freq="M")), ["2024-01", "2024-02"])
        mixed = pd.Series([pd.Timestamp("2024-01-05"), "2024-01-06"], dtype=object)
        self.assertEqual(self.texts(mixed), ["2024-01-05", "2024-01-06"])

    def test_a_fraction_of_a_second_is_sent_so_that_the_server_can_refuse_it(self):
        self.assertEqual(
            self.texts(pd.to_datetime(["2024-01-05 00:00:00.5"])), ["2024-01-05T00:00:00.500000000"]
        )

    def test_a_row_without_a_date_is_refused_with_its_number(self):
        with self.assertRaisesRegex(ValueError, "row 1 has no date"):
            self.texts([pd.Timestamp("2024-01-05"), pd.NaT])

    def test_gaps_are_null_and_every_kind_of_number_is_one(self):
        columns = [
            np.array([1.5, np.nan], dtype="float32"),
            pd.array([1, pd.NA], dtype="Int64"),
            pd.array([True, pd.NA], dtype="boolean"),
            pd.Series([decimal.Decimal("2.5"), None], dtype=object),
            pd.Series([True, None], dtype=object),
            pd.Series([3, np.nan], dtype=object),
            np.array([7, 8], dtype="int16"),
            np.array([True, False]),
        ]
        found = []
        for column in columns:
            frame = pd.DataFrame({"ds": ["2024-01-01", "2024-01-02"], "y": column})
            found.append([row["y"] for row in rows_of(frame, ["y"])])

        told = [[1.5, None], [1, None], [True, None], [2.5, None], [True, None], [3, None], [7, 8]]
        self.assertEqual(found, [*told, [True, False]])
        self.assertNotIsInstance(found[6][0], np.integer)

    def test_infinity_and_two_columns_of_one_name_are_refused(self):
        frame = pd.DataFrame({"ds": ["2024-01-01"], "y": [np.inf]})
        with self.assertRaisesRegex(ValueError, '"y" has infinite values'):
            rows_of(frame, ["y"])
        with self.assertRaisesRegex(ValueError, "two columns of one name"):
            rows_of(pd.concat([frame, frame], axis=1), ["y"])

    def test_columns_that_no_option_names_stay_here(self):
        frame = pd.DataFrame({"ds": ["2024-01-01"], "y": [1], "store": ["Bern"], "cap": [5.0]})

        self.assertEqual(rows_of(frame, ["y", "cap"]), [{"ds": "2024-01-01", "y": 1, "cap": 5.0}])

    def test_values_of_numpy_and_pandas_in_options_and_inputs(self):
        value = {"a": np.float64(1.5), "b": np.int64(2), "c": np.array([1, 2]), "d": pd.Timestamp("2024-01-05")}
        frame = pd.DataFrame({"holiday": ["x"], "ds": [pd.Timestamp("2024-01-05")], "prior_scale": [np.nan]})

        told = {"a": 1.5, "b": 2, "c": [1, 2], "d": "2024-01-05"}
        self.assertEqual(json_value(value), told)
        self.assertEqual(json_value({"holidays": frame}), {"holidays": [{"holiday": "x", "ds": "2024-01-05"}]})
        self.assertEqual(json_value([pd.NaT, pd.NA, np.datetime64("NaT"), np.bool_(True)]), [None, None, None, True])

    def test_days_stay_days_in_their_zone_over_summer_time(self):
        texts = ["2024-03-30T00:00:00+01:00", "2024-03-31T00:00:00+01:00", "2024-04-01T00:00:00+01:00"]

        found = ds_column(texts, "Europe/Berlin")

        self.assertEqual(list(found), list(pd.date_range("2024-03-30", periods=3, tz="Europe/Berlin")))

    def test_hours_are_the_same_instants_in_their_zone(self):
        texts = ["2024-03-31T01:00:00+01:00", "2024-03-31T02:00:00+01:00"]

        found = ds_column(texts, "Europe/Berlin")

        hours = pd.date_range("2024-03-31 01:00", periods=2, freq="3600s", tz="Europe/Berlin")
        self.assertEqual(list(found), list(hours))
        self.assertEqual(str(ds_column(["2024-01-01T00:00:00Z"], None).iloc[0].tz), "UTC")

    def test_frequencies_may_have_their_old_or_new_names(self):
        dates = pd.Series(pd.to_datetime(["2024-01-31", "2024-02-29"]))
        for freq in ("M", "ME"):
            found = future_dates(dates, 2, freq, False)
            self.assertEqual([str(one.date()) for one in found["ds"]], ["2024-03-31", "2024-04-30"])
        for freq in ("H", "h", "15min", "15T", "W-MON", "QS", "Q-NOV", "QE-NOV", "2YE", "BM", "BME", "D"):
            pd.tseries.frequencies.to_offset(pandas_freq(freq))

    def test_the_dates_ahead_keep_the_zone(self):
        dates = pd.Series(pd.date_range("2024-03-29", periods=2, tz="Europe/Berlin"))

        found = future_dates(dates, 2, "D", True)

        self.assertEqual(list(found["ds"]), list(pd.date_range("2024-03-29", periods=4, tz="Europe/Berlin")))


if __name__ == "__main__":
    unittest.main()
