#!/usr/bin/env bash
# Run this checkout's suite on an existing bench: tests/bench/run.sh BENCH SITE
# Starts nothing. The site must be migrated to this checkout's fields and DocTypes (bench --site SITE migrate).
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
cd "$1"
PYTHONPATH="$checkout${PYTHONPATH:+:$PYTHONPATH}" ${BENCH_COMMAND:-bench} --site "$2" run-tests --app medusa_integration
