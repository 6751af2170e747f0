"""The vectors that every client is run through (clients/vectors/README.md)."""

import json
import pathlib
import unittest
from unittest import mock

import deja
from deja._retry import Clock
from deja._transport import Transport

from scripted_server import ScriptedServer

VECTORS = pathlib.Path(__file__).parents[2] / "vectors" / "vectors.json"
# The real limit of a request that the server never answers. Unit: seconds.
SHORT_S = 0.1


class FakeClock(Clock):
    def __init__(self):
        self.time = 1000.0
        self.sleeps = []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.sleeps.append(seconds)
        self.time += seconds


class RecordingTransport(Transport):
    """Notes the limit of each request; where the server hangs, a short one stands for it."""

    def __init__(self, url, api_key, replies, clock):
        super().__init__(url, api_key)
        self.limits = []
        self._faults = [reply.get("fault") for reply in replies]
        self._clock = clock

    def exchange(self, method, path, headers, body, limit_s):
        fault = self._faults.pop(0) if self._faults else None
        if fault != "refuse":
            self.limits.append(limit_s)
        if fault != "hang":
            return super().exchange(method, path, headers, body, 20)
        try:
            return super().exchange(method, path, headers, body, SHORT_S)
        finally:
            self._clock.time += limit_s

    def stream(self, method, path, headers, body, silence_s):
        fault = self._faults.pop(0) if self._faults else None
        if fault != "refuse":
            self.limits.append(None)
        return super().stream(method, path, headers, body, 20)


def perform(client, call):
    """What a user of the client would write."""
    args, options = call["args"], dict(call.get("options", {}))
    method = call["method"]
    if method == "predict":
        return client.predict(args["text"], webhook=args.get("webhook"), **options)
    if method == "forecast":
        with mock.patch("deja._forecast.has_pandas", lambda: False):
            return client.forecast(**args, **options)
    if method == "run":
        return client.run(args["model"], args["input"], **options)
    if method == "submit":
        job = client.submit(args["model"], args["input"], **options)
        return {"id": job.id, "status": job.status}
    if method == "submit.result":
        return client.submit(args["model"], args["input"]).result(**options)
    if method == "job.result":
        return client.job(args["job_id"]).result(**options)
    if method == "job.cancel":
        return client.job(args["job_id"]).cancel()
    if method == "job.events":
        return list(client.job(args["job_id"]).events())
    if method == "many":
        size = options.get("slice", 500)
        return list(client.many(args["model"], iter(args["questions"]), slice_size=size))
    if method == "batch":
        return client.batch(args["model"], args["inputs"], **options)
    if method == "explain":
        return client.explain(args["model"], args["input"])
    if method == "models":
        return client.models()
    if method == "cache.forget":
        return client.cache.forget(**args)
    if method == "cache.stats":
        return client.cache.stats()
    if method == "verifyWebhook":
        return deja.webhooks.verify(
            args["body"].encode(), args["headers"], args["secrets"], now=args["now"]
        )
    raise AssertionError(f"the client has no {method}")


def error_of(error):
    if isinstance(error, deja.DejaTimeoutError):
        return {"kind": "timeout", "job_id": error.job.id}
    if isinstance(error, deja.DejaConnectionError):
        return {"kind": "connection"}
    if isinstance(error, deja.WebhookError):
        return {"kind": "webhook"}
    told = {name: getattr(error, name) for name in ("type", "status", "detail", "errors")}
    return {"kind": "problem", **told, "retry_after_s": error.retry_after_s}


class VectorsTest(unittest.TestCase):
    maxDiff = None

    def run_case(self, case):
        clock = FakeClock()

        def takes(seconds):
            clock.time += seconds

        expected = case["expect"]
        with ScriptedServer(case["replies"], takes) as server:
            client = deja.Deja(server.url, case.get("api_key", ""))
            transport = RecordingTransport(
                server.url, case.get("api_key"), case["replies"], clock
            )
            client._wire.transport, client._wire.clock = transport, clock
            try:
                result = perform(client, case["call"])
            except deja.DejaError as error:
                self.assertIn("error", expected, f"{error!r}")
                self.assert_has(error_of(error), expected["error"], "error")
            else:
                self.assertNotIn("error", expected, f"got {result}")
                self.assert_has(result, expected["result"], "result")
        self.assert_requests(server.requests, transport.limits, expected["requests"])
        self.assert_sleeps(clock.sleeps, expected["sleeps_s"])

    def assert_has(self, actual, expected, place):
        if isinstance(expected, dict):
            self.assertIsInstance(actual, dict, place)
            if place.endswith("cache"):
                self.assertEqual(actual, expected, place)
            for name, value in expected.items():
                self.assert_has(actual.get(name), value, f"{place}.{name}")
        elif isinstance(expected, list):
            self.assertEqual(len(actual), len(expected), place)
            for at, value in enumerate(expected):
                self.assert_has(actual[at], value, f"{place}[{at}]")
        else:
            self.assertEqual(actual, expected, place)

    def assert_requests(self, requests, limits, expected):
        told = [(request["method"], request["path"]) for request in requests]
        self.assertEqual(told, [(one["method"], one["path"]) for one in expected])
        before = None
        for request, limit, wanted in zip(requests, limits, expected):
            for name, value in wanted.get("headers", {}).items():
                self.assertEqual(request["headers"].get(name), value, name)
            if "body" in wanted:
                self.assertEqual(json.loads(request["body"]), wanted["body"])
            if "body_lines" in wanted:
                lines = request["body"].decode().splitlines()
                self.assertEqual([json.loads(line) for line in lines], wanted["body_lines"])
            if wanted.get("limit_s") is not None:
                self.assertEqual(limit, wanted["limit_s"])
            key = request["headers"].get("idempotency-key")
            asked = wanted.get("idempotency_key")
            if asked == "none":
                self.assertIsNone(key)
            elif asked == "new":
                self.assertTrue(key)
                self.assertNotEqual(key, before)
            elif asked == "same":
                self.assertEqual(key, before)
            elif asked is not None:
                self.assertEqual(key, asked)
            before = key

    def assert_sleeps(self, sleeps, expected):
        self.assertEqual(len(sleeps), len(expected), f"{sleeps} against {expected}")
        for slept, wanted in zip(sleeps, expected):
            least, most = wanted if isinstance(wanted, list) else (wanted, wanted)
            self.assertGreaterEqual(slept, least - 1e-9)
            self.assertLessEqual(slept, most + 1e-9)


def add_cases():
    for at, case in enumerate(json.loads(VECTORS.read_text(encoding="utf-8"))):
        if case.get("only") == "typescript" and case["call"]["method"] != "job.events":
            continue

        def test(self, case=case):
            self.run_case(case)

        test.__doc__ = case["name"]
        name = "".join(one if one.isalnum() else "_" for one in case["name"])
        setattr(VectorsTest, f"test_{at:03}_{name}", test)


add_cases()

if __name__ == "__main__":
    unittest.main()
