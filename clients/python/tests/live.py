"""What tests against a real server share: its address, series, and questions without the client."""

import json
import math
import os
import random
import urllib.request
from datetime import date, timedelta

URL = os.environ.get("DEJA_TEST_URL")


def series(days, seed=0, weekly=3.0, yearly=8.0, slope=0.02, start=date(2020, 1, 1)):
    """A daily series as plain rows, the same every time."""
    noise = random.Random(seed)
    return [
        {
            "ds": (start + timedelta(days=at)).isoformat(),
            "y": 50
            + slope * at
            + weekly * math.sin(2 * math.pi * at / 7)
            + yearly * math.cos(2 * math.pi * at / 365.25)
            + noise.gauss(0, 1),
        }
        for at in range(days)
    ]


def post(path, body):
    """An answer over plain HTTP."""
    headers = {"Content-Type": "application/json", "Prefer": "wait=60"}
    request = urllib.request.Request(f"{URL}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status}")
        return json.load(answer)
