#!/usr/bin/env bash
# Takes pictures of the live view and of a replay, as text, from a real terminal (tmux): for the README.
#
#   scripts/live_pictures.sh [FOLDER]    live.txt and replay.txt into FOLDER (build/gallery unless named)
#   PYTHON=/path/to/python3 ...          link to this Python, not to the distribution's
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/phase.sh
source "$root/scripts/phase.sh"

case ${1:-} in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
  -*) die 2 "live_pictures.sh: '$1' is not an option; --help says what there is" ;;
esac
command -v tmux >/dev/null || die 2 "live_pictures.sh needs tmux: run scripts/setup.sh"
folder=${1:-$root/build/gallery}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

"$root/scripts/build.sh" release
gilscope=$root/build/release/bin/gilscope
work=$(mktemp -d)
tmux=(tmux -S "$work/socket" -f /dev/null)
trap '"${tmux[@]}" kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
cat >"$work/countdown.py" <<'PYTHON'
import threading


def count_down(n: int) -> None:
    while n > 0:
        n -= 1


print("Two threads count down from 100,000,000 each.", flush=True)
threads = [threading.Thread(target=count_down, args=(100_000_000,), name=f"worker-{i}") for i in (1, 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
PYTHON

screen_with() {  # screen_with PATTERN FILE
  for _ in $(seq 600); do
    "${tmux[@]}" capture-pane -p >"$2"
    grep -Eq -- "$1" "$2" && return
    sleep 0.1
  done
  die 1 "live_pictures.sh: '$1' did not come on the screen" "$(cat "$2")"
}

"${tmux[@]}" new-session -d -x 80 -y 18 -c "$work" "env PS1='\$ ' LC_ALL=C.UTF-8 NO_COLOR=1 sh"
"${tmux[@]}" send-keys "clear; $gilscope run -q -o run.gil --live countdown.py" Enter
screen_with 'the last 2\.[0-9]+ s' "$folder/live.txt"
"${tmux[@]}" send-keys q
"${tmux[@]}" send-keys C-c
sleep 2
"${tmux[@]}" send-keys C-c
sleep 2
"${tmux[@]}" send-keys "clear; $gilscope replay run.gil --step --speed 1/100 --from 1s" Enter
screen_with 'obeyed|gave the GIL' "$folder/replay.txt"
"${tmux[@]}" send-keys q
sed -i "s#$gilscope#gilscope#" "$folder/live.txt" "$folder/replay.txt"
printf 'In %s: live.txt and replay.txt\n' "$folder" >&2
