#!/usr/bin/env bash
# Sets the machine up, builds gilscope and runs all tests.
#
#   scripts/test.sh [--preset NAME] [ARGS...]    ARGS go to ctest, as in: scripts/test.sh -R probe
#   PYTHON=/path/to/python3 ...                  link to this Python, not to the distribution's
# Presets: release (the default), debug, asan, tsan.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

preset=release
case ${1:-} in
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
  --preset)
    preset=${2:?"test.sh: --preset needs a name: release, debug, asan or tsan"}
    shift 2
    ;;
  --preset=*)
    preset=${1#--preset=}
    shift
    ;;
esac

"$root/scripts/build.sh" "$preset"
cd "$root"

# CPython does not free all that it made; a leak of its cannot be told from one of ours that it called.
[[ $preset != asan ]] || export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}

arguments=(--preset "$preset" --no-tests=error --timeout 300)
[[ -t 1 ]] && arguments+=(--progress)
status=0
ctest "${arguments[@]}" "$@" || status=$?
if ((status != 0)); then
  again="scripts/test.sh --preset $preset"
  printf '\nNext: %s --rerun-failed --verbose\n' "$again" >&2
fi
exit "$status"
