#!/bin/sh
# The API with curl alone. DEJA_URL is http://127.0.0.1:8000 unless you set it.
set -eu
cd "$(dirname "$0")"
url=${DEJA_URL:-http://127.0.0.1:8000}
json='Content-Type: application/json'
say() { printf '\n== %s\n' "$*"; }

say 'Ask and wait: -i shows where the answer came from'
curl -sSi "$url/predict" -H "$json" -H 'Prefer: wait=30' -d '{"text":"I love this"}'

say 'The same again is a HIT'
curl -sSi "$url/predict" -H "$json" -d '{"text":"I love this"}' | grep -i '^x-cache'

say 'A job: submit, then wait for its result'
# With this header the same line may be sent twice and makes one job.
location=$(curl -sSi "$url/forecast" -H "$json" -H "Idempotency-Key: nightly-$$" -H 'Cache-Control: no-cache' -d @sales.json |
  tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
curl -sS "$url$location/result" -H 'Prefer: wait=60'

say 'Many series in one request, CSV in and out'
curl -sS "$url/forecast/many?periods=2" -H 'Content-Type: text/csv' -H 'Accept: text/csv' --data-binary @many.csv | tail -3

say 'Why would this be a miss?'
curl -sS "$url/explain" -H "$json" -d '{"model":"sentiment","input":{"text":"never asked"}}'

say 'An error is a problem document'
curl -sS "$url/predict" -H "$json" -d '{"text":1}'

say 'Forget what belongs to a series'
curl -sS -X POST "$url/invalidate-cache/sales"
echo
