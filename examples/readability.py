"""A model for Deja in plain Python: how easy an English text is to read (Flesch 1948).

A request is one line of JSON on stdin: {"id", "input"}. The answers are lines of JSON on stdout: any number
of {"id", "progress", "stage"}, then {"id", "output"} or {"id", "error": {"code", "message"}}. Print nothing
else there. Lines on stderr go to the worker's log. Deja uses the process again for the next request.
"""
import json
import re
import sys


def say(answer):
    print(json.dumps(answer), flush=True)


def readability(text):
    words = re.findall(r"[a-z']+", text.lower())
    if not words:
        raise ValueError("no English word in it")
    sentences = max(1, len(re.findall(r"[.!?]+(?:\s|$)", text)))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e\b", "", word)))) for word in words)
    ease = 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)
    return {"words": len(words), "sentences": sentences, "syllables": syllables, "ease": round(ease, 1)}


for line in sys.stdin:
    request = json.loads(line)
    answer = {"id": request["id"]}
    try:
        say({**answer, "progress": 0, "stage": "reading"})
        say({**answer, "output": readability(request["input"]["text"])})
    except ValueError as error:
        say({**answer, "error": {"code": "INPUT_REFUSED", "message": str(error), "path": "/text"}})
