"""500 calls through a proxy that cuts, delays, refuses and repeats, in front of a real server."""

import collections
import json
import os
import unittest
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import deja

from faulty_proxy import FaultyProxy

URL = os.environ.get("DEJA_TEST_URL")
SEED = int(os.environ.get("DEJA_TEST_SEED", "20261127"))
CALLS = int(os.environ.get("DEJA_TEST_CALLS", "500"))
# What the proxy does to a request, after four retries.
EXPECTED = (
    deja.DejaConnectionError,
    deja.DejaTimeoutError,
    deja.RateLimitedError,
    deja.ServerError,
    deja.UnavailableError,
)


def ask(path):
    with urllib.request.urlopen(f"{URL}{path}") as answer:
        return json.load(answer)


def runs_of(mark):
    """How many computations there were of each question, by the label that the model sleep has as a tag.

    A run that was canceled before it began is none: its ``many`` broke off.
    """
    found, cursor = collections.Counter(), ""
    while True:
        page = ask(f"/admin/runs?model=sleep&limit=100{cursor}")
        tags = [tag for run in page["runs"] if "started_at" in run for tag in run["tags"]]
        found.update(tag for tag in tags if tag.startswith(f"label:{mark}-"))
        if not page.get("next_cursor"):
            return found
        cursor = f"&cursor={page['next_cursor']}"


@unittest.skipUnless(URL and CALLS, "needs a server in DEJA_TEST_URL")
class FaultsTest(unittest.TestCase):
    def test_every_call_ends_right_or_in_a_typed_error_and_no_job_is_made_twice(self):
        mark = uuid.uuid4().hex[:8]
        with FaultyProxy(URL, SEED) as proxy, deja.Deja(proxy.url, "") as client:
            with ThreadPoolExecutor(16) as pool:
                ends = list(pool.map(lambda at: self.call(client, mark, at), range(CALLS)))
            counts = proxy.counts
        made = runs_of(mark)

        self.assertEqual([end for end in ends if end not in ("right", "error")], [])
        # Of 5 tries hardly any fails: a client that gave up early would be seen here.
        self.assertGreater(ends.count("right"), 0.95 * CALLS, f"seed {SEED}")
        self.assertEqual([fault for fault, count in counts.items() if count == 0], [])
        self.assertGreater(len(made), 0.5 * CALLS)
        self.assertEqual({key: count for key, count in made.items() if count > 1}, {})
        print(f"\n{ends.count('right')} right, {ends.count('error')} errors; faults: {counts}")

    def call(self, client, mark, at):
        """``right``, ``error``, or what is wrong. No question is asked twice, so each has one run."""
        question = {"ms": at % 40, "label": f"{mark}-{at}"}
        try:
            kind = at % 5
            if kind == 0:
                answer = client.run("sleep", question, wait=20)
            elif kind == 1:  # nothing is stored: a second job would be a second run
                answer = client.run("sleep", question, wait=20, cache_control="no-store")
            elif kind == 2:
                answer = client.submit("sleep", question).result(wait=20)
            elif kind == 3:
                job = client.submit("sleep", question, cache_control="no-store")
                types = [event["type"] for event in job.events()]
                if types[-1:] != ["done"] or types.count("done") != 1:
                    return f"{at}: events {types}"
                answer = job.result(wait=20)
            else:
                inputs = [question, {"ms": 41, "label": f"{mark}-{at}-b"}, {"ms": "no"}]
                lines = {line["index"]: line for line in client.many("sleep", inputs)}
                statuses = [lines[index]["status"] for index in range(3)]
                if statuses != [200, 200, 422]:
                    return f"{at}: {statuses}"
                answer = lines[0]["body"]
            slept = answer["output"]["slept_ms"]
            return "right" if slept == question["ms"] else f"{at}: slept {slept}"
        except EXPECTED:
            return "error"
        except Exception as error:
            return f"{at}: {error!r}"


if __name__ == "__main__":
    unittest.main()
