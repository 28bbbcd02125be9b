#!/usr/bin/env bash
# Builds gilscope and measures what it costs and what its kernels give, each as a ratio within one run.
#
#   scripts/bench.sh             some minutes; close what else uses the cores
#   scripts/bench.sh --quick     under a minute, rough figures
#   PYTHON=/path/to/python3 ...  link to, and compare with, this Python, not the distribution's
# The figures decide nothing: the status is 0 unless something could not be run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

case ${1:-} in
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
esac

python=${PYTHON:-/usr/bin/python3}
"$root/scripts/build.sh" release
exec "$python" "$root/tests/bench/measure.py" --build "$root/build/release" --python "$python" "$@"
