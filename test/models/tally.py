"""Writes a line per computation into TALLY_FILE, and does as its input says."""
import json
import os
import sys
import time

for line in sys.stdin:
    request = json.loads(line)
    how, n = request["input"]["how"], request["input"]["n"]
    with open(os.environ["TALLY_FILE"], "a") as tally:
        tally.write(f"python {how} {n}\n")
    time.sleep(0.05)
    if how == "crash":
        os.abort()
    if how == "hang":
        time.sleep(3600)
    if how == "garbage":
        print("Loading checkpoint shards: 100%", flush=True)
    print(json.dumps({"id": request["id"], "output": {"square": n * n}}), flush=True)
