#!/usr/bin/env bash
# Prints machine and settings, then runs every benchmark with repetitions (median and spread).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
echo "machine: $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores, $(free -g | awk '/Mem/{print $2}') GiB"
echo "date: $(date -u +%F)  commit: $(git rev-parse --short HEAD)"
"$build/unidg" doctor 2>/dev/null | grep -i libtorch || true
"$build/unidg_bench" --benchmark_repetitions="${UNIDG_BENCH_REPETITIONS:-5}" --benchmark_report_aggregates_only=true
