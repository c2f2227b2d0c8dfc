#!/bin/bash
# Runs one of the load scripts against a marketplace of its own, on the stack's services:
# `make load SCRIPT=purchase`. It fails when a threshold of the script is not kept, or when
# the books disagree afterwards.
set -euo pipefail
script=$1 k6=$2
dir=$(mktemp -d)
market=
trap '[ -z "$market" ] || { kill "$market" && wait "$market" || true; }; rm -rf "$dir"' EXIT

export MARKET_PROFILE=local LOG_LEVEL=ERROR JWT_SECRET="a secret for load tests and nothing else" BCRYPT_COST=4
export API_ADDR=127.0.0.1:18080 ADMIN_ADDR=127.0.0.1:18081 METRICS_ADDR=127.0.0.1:19090 SIMULATOR_ADDR=127.0.0.1:18090
export MAX_CONNECTIONS_PER_ADDRESS=4096 # all virtual users have one
export ADMIN_EMAIL=admin@example.com ADMIN_PASSWORD=admin1234!
go build -o "$dir/market" .
"$dir/market" migrate > /dev/null
"$dir/market" seed --profile load --products 20000 --buyers 1000 --sellers 100 --orders 5000 2> /dev/null
"$dir/market" all &
market=$!
until curl -sf "http://$METRICS_ADDR/readyz" > /dev/null; do
  kill -0 "$market" 2> /dev/null || { market= && exit 1; }
  sleep 0.1
done

if [ "$script" = month-end ]; then # the night begins while the script runs
  (sleep 10; curl -sSf -o /dev/null -X POST -H 'Content-Type: application/json' -d '{"patch":{"triggerImmediately":{}}}' \
    "http://$TEMPORAL_HTTP_ADDRESS/api/v1/namespaces/default/schedules/day-close/patch" && echo "the day is being closed") &
fi
K6_NO_USAGE_REPORT=true API="http://$API_ADDR" ADMIN="http://$ADMIN_ADDR" "$k6" run --quiet "deploy/load/k6/$script.js"
"$dir/market" verify
