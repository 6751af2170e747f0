"""The errors: one class for each type of problem, whole across processes."""

import pathlib
import pickle
import re
import unittest

import deja
from deja.errors import _CLASSES, problem_error

PROBLEMS = pathlib.Path(__file__).parents[3] / "docs" / "problems.md"


class ErrorsTest(unittest.TestCase):
    def test_every_type_of_problem_has_a_class(self):
        listed = re.findall(r"`urn:deja:problem:([a-z-]+)`", PROBLEMS.read_text(encoding="utf-8"))

        self.assertGreater(len(listed), 40)
        self.assertEqual(sorted(set(listed) - set(_CLASSES)), [])

    def test_a_type_that_is_newer_than_the_client_goes_by_its_status(self):
        problem = {"type": "urn:deja:problem:brand-new", "title": "New", "status": 429}

        error = problem_error(problem, 429, 3.0)

        self.assertIsInstance(error, deja.RateLimitedError)
        self.assertEqual((error.type, error.retry_after_s), ("brand-new", 3.0))

    def test_the_message_says_which_member_is_wrong(self):
        errors = [{"path": "/data/3/y", "message": "must be a finite number"}]
        problem = {"type": "urn:deja:problem:input-refused", "title": "Refused", "errors": errors}

        error = problem_error(problem, 422)

        self.assertIsInstance(error, deja.InputRefusedError)
        self.assertIn("/data/3/y: must be a finite number", str(error))

    def test_errors_cross_processes(self):
        job = deja.Deja("http://127.0.0.1:1", "").job("0-1")
        errors = [
            problem_error({"type": "urn:deja:problem:queue-full"}, 503, 2.0, "r1"),
            deja.DejaTimeoutError("over", job),
            deja.DejaConnectionError("cut"),
        ]

        back = pickle.loads(pickle.dumps(errors))

        self.assertEqual([type(one) for one in back], [type(one) for one in errors])
        self.assertEqual((back[0].retry_after_s, back[0].request_id), (2.0, "r1"))
        self.assertEqual(back[1].job.id, "0-1")


if __name__ == "__main__":
    unittest.main()
