"""Single values and rows as JSON, without numpy or pandas."""

import datetime
import decimal
import unittest

from deja._values import json_rows, json_value


class ValuesTest(unittest.TestCase):
    def test_nan_is_a_gap_and_infinity_is_refused(self):
        self.assertEqual(json_value([1.5, float("nan"), None]), [1.5, None, None])
        with self.assertRaisesRegex(ValueError, "infinity"):
            json_value({"y": float("-inf")})

    def test_dates_have_a_time_only_if_one_is_there(self):
        utc = datetime.timezone.utc
        dates = [
            datetime.date(2024, 1, 31),
            datetime.datetime(2024, 1, 31),
            datetime.datetime(2024, 1, 31, 12, 30),
            datetime.datetime(2024, 1, 31, tzinfo=utc),
        ]

        told = ["2024-01-31", "2024-01-31", "2024-01-31T12:30:00", "2024-01-31T00:00:00+00:00"]
        self.assertEqual(json_value(dates), told)

    def test_other_numbers_and_collections(self):
        value = {1: (decimal.Decimal("1.5"), True), "b": {2}}

        self.assertEqual(json_value(value), {"1": [1.5, True], "b": [2]})

    def test_rows_come_as_dicts_or_as_columns(self):
        rows = [{"ds": "2024-01-01", "y": 1}, {"ds": "2024-01-02", "y": None}]
        columns = {"ds": ["2024-01-01", "2024-01-02"], "y": [1, float("nan")]}

        self.assertEqual(json_rows(columns), rows)
        self.assertEqual(json_rows(iter(rows)), rows)
        with self.assertRaisesRegex(TypeError, "a dict with ds and y, not list"):
            json_rows([["2024-01-01", 1]])
        with self.assertRaisesRegex(ValueError, "differ in length"):
            json_rows({"ds": ["2024-01-01"], "y": []})


if __name__ == "__main__":
    unittest.main()
