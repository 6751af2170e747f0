"""``Deja`` on a real server."""

import http.server
import os
import queue
import threading
import unittest
import uuid
import warnings
from unittest import mock

import deja
from deja._frames import has_pandas

from live import URL, post, series

if has_pandas():
    import pandas as pd

SECRET = os.environ.get("DEJA_TEST_WEBHOOK_SECRET")


@unittest.skipUnless(URL, "needs a server in DEJA_TEST_URL")
class ClientTest(unittest.TestCase):
    def setUp(self):
        self.client = deja.Deja(URL, "")
        self.addCleanup(self.client.close)
        self.name = uuid.uuid4().hex[:12]

    def test_the_address_and_the_key_come_from_the_environment(self):
        environment = {"DEJA_URL": f"{URL}/", "DEJA_API_KEY": "k"}
        with mock.patch.dict(os.environ, environment), deja.Deja() as client:
            self.assertEqual(client.url, URL)
            self.assertEqual(client.health()["status"], "ok")
            self.assertEqual(client._wire.transport._headers["Authorization"], "Bearer k")

    def test_a_question_is_a_hit_the_second_time(self):
        text = f"I love this {self.name}"
        first, second = self.client.predict(text), self.client.predict(text)

        self.assertEqual(first["result"], second["result"])
        self.assertFalse(first["cache"]["hit"])
        self.assertTrue(second["cache"]["hit"])
        self.assertIn(second["cache"]["tier"], ("memory", "redis"))
        self.assertEqual(first["cache"]["key"], second["cache"]["key"])
        entry = self.client.cache.entry(second["cache"]["key"])
        self.assertEqual(entry["model"], "sentiment")

    def test_what_is_forgotten_is_a_miss_and_says_why(self):
        rows = series(60)
        body = {"model_id": self.name, "data": rows, "periods": 2}
        self.client.run("forecast", body)
        self.assertEqual(self.client.explain("forecast", body)["outcome"], "hit")
        self.client.cache.forget(model_id=self.name)

        told = self.client.explain("forecast", body)
        self.assertEqual((told["outcome"], told["reason"]), ("miss", "invalidated"))
        self.assertIn("hits", self.client.cache.stats())
        self.assertIn("trusted", self.client.cache.advice())
        for arguments in ({}, {"key": "a", "all": True}, {"key": ""}):
            with self.subTest(arguments), self.assertRaises(ValueError):
                self.client.cache.forget(**arguments)

    def test_without_pandas_a_forecast_is_json(self):
        rows = series(60)
        with mock.patch("deja._forecast.has_pandas", lambda: False):
            found = self.client.forecast(rows, 3, model_id=self.name, interval_widths=[0.5])

        body = {"model_id": f"{self.name}-b", "data": rows, "periods": 3}
        told = post("/forecast", {**body, "options": {"interval_widths": [0.5]}})
        self.assertEqual(found["forecast"], told["forecast"])
        self.assertIn("yhat_lower_50", found["forecast"][0])

    def test_a_job_is_one_however_often_it_is_handed_in_under_one_key(self):
        question = {"ms": 20, "label": self.name}
        jobs = [
            self.client.submit("sleep", question, idempotency_key=f"order-{self.name}", cache_control="no-store")
            for _ in range(3)
        ]

        self.assertEqual(len({job.id for job in jobs}), 1)
        self.assertEqual(jobs[0].result()["output"], {"slept_ms": 20})
        with self.assertRaises(deja.IdempotencyConflictError):
            self.client.submit("sleep", {"ms": 21}, idempotency_key=f"order-{self.name}")

    def test_a_wait_that_ends_leaves_a_job_that_can_be_waited_for(self):
        with self.assertRaises(deja.DejaTimeoutError) as caught:
            self.client.run("sleep", {"ms": 300, "label": self.name}, wait=0)
        job = caught.exception.job

        self.assertEqual(job.result()["output"], {"slept_ms": 300})
        self.assertEqual(job.refresh()["status"], "succeeded")
        with self.assertRaises(deja.ConflictError):
            job.cancel()

    def test_a_job_tells_its_events_up_to_done_and_none_after_it(self):
        job = self.client.submit("sleep", {"ms": 200, "label": self.name})
        types = [event["type"] for event in job.events()]

        self.assertEqual((types[-1], types.count("done")), ("done", 1))
        self.assertEqual(job.status, "succeeded")

    def test_a_job_can_be_canceled(self):
        job = self.client.submit("sleep", {"ms": 20_000, "label": self.name})
        job.cancel()

        with self.assertRaises(deja.JobCanceledError):
            job.result()

    def test_a_batch_has_the_problem_of_each_bad_item(self):
        items = self.client.batch("sleep", [{"ms": 5, "label": self.name}, {"ms": -1}])

        self.assertEqual([item["status"] for item in items], [200, 422])

    def test_questions_of_many_are_read_as_they_are_sent(self):
        read = []

        def questions():
            for at in range(1100):
                read.append(at)
                yield {"text": f"fine {self.name} {at}"}

        indices = []
        for line in self.client.many("sentiment", questions()):
            if not indices:
                self.assertLessEqual(len(read), 501)
            indices.append(line["index"])

        self.assertEqual(sorted(indices), list(range(1100)))

    def test_leaving_the_lines_of_many_early_closes_the_connection(self):
        lines = self.client.many("sleep", ({"ms": 5, "label": f"{self.name}{at}"} for at in range(50)))
        next(lines)
        lines.close()

        self.assertEqual(self.client.health()["status"], "ok")

    @unittest.skipUnless(SECRET, "needs the server's secret in DEJA_TEST_WEBHOOK_SECRET")
    def test_a_webhook_of_the_server_can_be_verified(self):
        calls = queue.Queue()

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                calls.put((body, dict(self.headers)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Receiver) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            hook = {"url": f"http://127.0.0.1:{server.server_port}/"}
            job = self.client.submit("sleep", {"ms": 5, "label": self.name}, webhook=hook)
            body, headers = calls.get(timeout=30)
            server.shutdown()

        event = deja.webhooks.verify(body, headers, ["whsec_YW5vdGhlciBzZWNyZXQ=", SECRET])
        self.assertEqual((event["type"], event["data"]["job_id"]), ("job.completed", job.id))
        with self.assertRaises(deja.WebhookError):
            deja.webhooks.verify(body + b" ", headers, SECRET)


@unittest.skipUnless(URL and has_pandas(), "needs a server in DEJA_TEST_URL, and pandas")
class FrameTest(unittest.TestCase):
    def setUp(self):
        self.client = deja.Deja(URL, "")
        self.addCleanup(self.client.close)
        self.name = uuid.uuid4().hex[:12]

    def test_a_forecast_is_a_dataframe_with_its_provenance(self):
        rows = series(100)
        found = self.client.forecast(pd.DataFrame(rows), 3, model_id=self.name)
        again = self.client.forecast(rows, 3, model_id=self.name)

        told = post("/forecast", {"model_id": f"{self.name}-b", "data": rows, "periods": 3})["forecast"]
        self.assertEqual(list(found), ["ds", "yhat", "yhat_lower", "yhat_upper"])
        self.assertEqual(found["yhat"].tolist(), [row["yhat"] for row in told])
        self.assertEqual([str(one.date()) for one in found["ds"]], [row["ds"] for row in told])
        self.assertEqual(found.attrs["model"]["source"], "trained")
        self.assertTrue(again.attrs["cache"]["hit"])
        pd.testing.assert_frame_equal(found, again)

    def test_regressors_come_with_the_dates_ahead(self):
        frame = pd.DataFrame(series(120)).assign(ds=lambda one: pd.to_datetime(one["ds"]))
        frame["heat"] = range(120)
        options = {"regressors": [{"name": "heat"}]}
        ahead = frame.iloc[100:].drop(columns="y")
        found = self.client.forecast(frame.iloc[:100], future=ahead, model_id=self.name, **options)

        self.assertEqual(found["ds"].tolist(), ahead["ds"].tolist())

    def test_many_series_come_back_in_their_order_and_failures_are_told(self):
        frames = [
            pd.DataFrame(series(60, seed=at)).assign(shop=f"{self.name}-{at}") for at in range(4)
        ]
        frames.append(pd.DataFrame({"ds": ["2024-01-01"], "y": [1.0], "shop": ["short"]}))
        # Rows of the series are mixed, and each series begins where it was.
        data = pd.concat(frames).sort_values("ds", kind="stable", ignore_index=True)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = self.client.forecast_many(data, 2, id_col="shop")

        self.assertEqual(list(found), ["shop", "ds", "yhat", "yhat_lower", "yhat_upper"])
        names = [name for name in data["shop"].unique() if name != "short"]
        self.assertEqual(found["shop"].tolist(), [name for name in names for _ in range(2)])
        self.assertIsInstance(found.attrs["failed"]["short"], deja.InputRefusedError)
        self.assertIn("1 of 5 series failed", str(caught[0].message))
        alone = self.client.forecast(frames[2], 2, model_id=f"{self.name}-2")
        self.assertEqual(found["yhat"].tolist()[4:6], alone["yhat"].tolist())

    def test_an_iterable_of_series_is_answered_as_they_end(self):
        pairs = ((f"{self.name}-{at}", series(60, seed=at)) for at in range(3))
        found = dict(self.client.forecast_many(pairs, 2))

        self.assertEqual(len(found), 3)
        self.assertTrue(all(list(one) == ["ds", "yhat", "yhat_lower", "yhat_upper"] for one in found.values()))

    def test_a_series_in_a_zone_is_forecast_in_it(self):
        days = pd.date_range("2024-02-01", periods=58, tz="Europe/Berlin")
        frame = pd.DataFrame({"ds": days, "y": [row["y"] for row in series(58)]})
        found = self.client.forecast(frame, 4, model_id=self.name)

        self.assertEqual(found["ds"].tolist(), list(pd.date_range("2024-03-30", periods=4, tz="Europe/Berlin")))

    def test_many_series_in_a_zone_are_forecast_in_it(self):
        days = pd.date_range("2024-02-01", periods=58, tz="Europe/Berlin")
        values = [row["y"] for row in series(58)]
        frames = [pd.DataFrame({"unique_id": name, "ds": days, "y": values}) for name in "ab"]
        found = self.client.forecast_many(pd.concat(frames), 4)

        ahead = list(pd.date_range("2024-03-30", periods=4, tz="Europe/Berlin"))
        self.assertEqual(found["ds"].tolist(), ahead + ahead)

    def test_many_series_take_what_is_known_of_their_dates_ahead(self):
        frames = [pd.DataFrame(series(110, seed=at)).assign(unique_id=f"{self.name}{at}") for at in range(2)]
        data = pd.concat(frames, ignore_index=True)
        data["heat"] = (data.index % 9).astype(float)
        is_ahead = data.groupby("unique_id").cumcount() >= 100
        found = self.client.forecast_many(
            data[~is_ahead], future=data[is_ahead].drop(columns="y"), regressors=[{"name": "heat"}]
        )

        self.assertEqual(found.attrs["failed"], {})
        self.assertEqual(found["unique_id"].value_counts().tolist(), [10, 10])


if __name__ == "__main__":
    unittest.main()
