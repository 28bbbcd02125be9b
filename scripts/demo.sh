#!/usr/bin/env bash
# Sets the machine up, builds gilscope, and runs a demo with it.
#
#   scripts/demo.sh                    two threads count down, no faster than one
#   scripts/demo.sh NAME [ARGS...]     run scripts/demo_NAME.py with ARGS
#   scripts/demo.sh --list             which demos there are
#   PYTHON=/path/to/python3 ...        link to this Python, not to the distribution's
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

list_demos() {
  local file name
  for file in "$root"/scripts/demo_*.py; do
    name=$(basename "$file" .py)
    printf '  %-12s %s\n' "${name#demo_}" "$(sed -n '1,3s/^"""//p' "$file" | sed 's/"""$//')"
  done
}

case ${1:-} in
  --list) list_demos && exit 0 ;;
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
esac

name=${1:-countdown}
shift || true
script=$root/scripts/demo_$name.py
if [[ ! -f $script ]]; then
  printf "demo.sh: there is no demo '%s'. There are:\n" "$name" >&2
  list_demos >&2
  exit 2
fi

"$root/scripts/build.sh" release
gilscope=$root/build/release/bin/gilscope
printf '\n$ gilscope run scripts/demo_%s.py%s\n\n' "$name" "${*:+ $*}" >&2
exec "$gilscope" run "$script" "$@"
