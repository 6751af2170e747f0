"""Slices of ``many``, and lines that cannot be meant."""

import json
import unittest

import deja
from deja._many import SLICE_BYTES, slices_of

from scripted_server import ScriptedServer


def lines(*values):
    return "".join(f"{json.dumps(value)}\n" for value in values)


def line(index, body):
    return {"index": index, "status": 200, "body": body}


DONE = {"done": True, "total": 2, "hits": 2, "computed": 0, "failed": 0, "seconds": 0.1}


class ManyTest(unittest.TestCase):
    def test_a_slice_has_at_most_500_questions_and_4_mb(self):
        small = list(slices_of(({"at": at} for at in range(1200)), 500))
        large = list(slices_of(({"text": "x" * 100_000} for _ in range(100)), 500))
        huge = list(slices_of(({"text": "x" * 5_000_000} for _ in range(2)), 500))

        self.assertEqual([len(part) for part in small], [500, 500, 200])
        self.assertEqual(sum(len(part) for part in large), 100)
        self.assertTrue(all(sum(len(one) for _, one in part) <= SLICE_BYTES for part in large))
        self.assertEqual([len(part) for part in huge], [1, 1])
        self.assertEqual([index for part in small for index, _ in part], list(range(1200)))

    def test_a_line_that_comes_twice_or_was_not_asked_for_breaks_the_answer_off(self):
        for stray in (line(0, "a"), line(7, "x"), {"index": "0"}, {"status": 200}):
            with self.subTest(stray):
                headers = {"content-type": "application/x-ndjson"}
                replies = [
                    {"status": 200, "headers": headers, "body": lines(line(0, "a"), stray)},
                    {"status": 200, "headers": headers, "body": lines(line(0, "b"), DONE)},
                ]
                with ScriptedServer(replies, lambda _: None) as server:
                    with deja.Deja(server.url, "") as client:
                        client._wire.clock.sleep = lambda seconds: None
                        found = list(client.many("sentiment", [{"text": "a"}, {"text": "b"}]))

                told = [(one["index"], one["body"]) for one in found]
                self.assertEqual(told, [(0, "a"), (1, "b")])
                self.assertEqual(server.requests[1]["body"], b'{"text":"b"}\n')


if __name__ == "__main__":
    unittest.main()
