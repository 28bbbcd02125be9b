# Sourced by the other scripts: how a step of theirs looks on the screen. One line a step on stderr, the step's
# own output in a log; the log's tail, and what to do next, when it fails. Not for running by itself.
# shellcheck shell=bash

die() {  # die STATUS LINE...
  local status=$1
  shift
  printf '%s\n' "$@" >&2
  exit "$status"
}

# The last "[12/345]" that a build printed, or nothing.
phase_progress() {
  tail -c 4096 "$1" 2>/dev/null | grep -oE '^\[[0-9]+/[0-9]+\]' | tail -n 1 || true
}

# Until it is killed: rewrites the step's line on a terminal, adds one every half minute elsewhere.
phase_ticker() {
  local label=$1 log=$2 started=$3 every=30
  [[ -t 2 ]] && every=1
  trap 'exit 0' TERM
  while true; do
    sleep "$every" &
    wait $! || true
    if [[ -t 2 ]]; then
      printf '\r%-28s %s %d s\033[K' "$label" "$(phase_progress "$log")" $((SECONDS - started)) >&2
    else
      printf '%-28s %s %d s so far\n' "$label" "$(phase_progress "$log")" $((SECONDS - started)) >&2
    fi
  done
}

phase_stop_ticker() {
  [[ -n ${phase_ticker_pid:-} ]] || return 0
  kill "$phase_ticker_pid" 2>/dev/null || true
  wait "$phase_ticker_pid" 2>/dev/null || true
  phase_ticker_pid=
}
trap phase_stop_ticker EXIT

# phase LABEL LOG NEXT COMMAND... : runs COMMAND with its output in LOG. NEXT tells the reader of a failure what to do.
phase() {
  local label=$1 log=$2 next=$3 started=$SECONDS status=0 start_of_line=''
  shift 3
  mkdir -p "$(dirname "$log")"
  if [[ -t 2 ]]; then
    start_of_line=$'\r'
    printf '%s ...' "$label" >&2
  fi
  : >"$log"
  phase_ticker "$label" "$log" "$started" &
  phase_ticker_pid=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  phase_stop_ticker
  [[ -t 2 ]] && start_of_line+=$'\033[K'
  if ((status == 0)); then
    printf '%s%-28s ok  %d s\n' "$start_of_line" "$label" $((SECONDS - started)) >&2
    return 0
  fi
  printf '%s%-28s failed with status %d. The end of its log:\n\n' "$start_of_line" "$label" "$status" >&2
  tail -n 40 "$log" | sed 's/^/    /' >&2
  printf '\nThe whole log: %s\nNext: %s\n' "$log" "$next" >&2
  return "$status"
}
