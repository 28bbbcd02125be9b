#!/usr/bin/env bash
# Tries the trace reader on files that nobody wrote, with libFuzzer, AddressSanitizer and UBSan. Needs clang, and
# installs it where it can; nothing else does.
#
#   scripts/fuzz.sh [--seconds N]    30 seconds, unless N is given; status 0: nothing was found
# What it learns is kept in build/fuzz/corpus; an input that fails is named, and stays beside it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/phase.sh
source "$root/scripts/phase.sh"

seconds=30
case ${1:-} in
  '') ;;
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
  --seconds) seconds=${2:?"fuzz.sh: --seconds needs a number"} ;;
  --seconds=*) seconds=${1#--seconds=} ;;
  *) die 2 "fuzz.sh: '$1' is not an option; --help says which there are" ;;
esac
[[ $seconds =~ ^[1-9][0-9]*$ ]] || die 2 "fuzz.sh: --seconds '$seconds' is no number of seconds"

"$root/scripts/setup.sh" --with fuzz
cd "$root"
configure=(cmake -S tests/fuzz -B build/fuzz -DCMAKE_CXX_COMPILER=clang++)
[[ -f build/fuzz/CMakeCache.txt ]] || configure+=(-G Ninja)
phase "configure fuzz" "$root/build/log/configure-fuzz.txt" \
  "put right what the log says; if the folder is from another time or place: rm -r '$root/build/fuzz'" "${configure[@]}"
phase "build fuzz" "$root/build/log/build-fuzz.txt" "put right what the log says, then run this again" \
  cmake --build build/fuzz --parallel "$(nproc)"

mkdir -p build/fuzz/corpus build/fuzz/samples
build/fuzz/write_corpus build/fuzz/samples
# Numbers of millions of made-up threads take memory, but a small file cannot name so many.
phase "fuzz for $seconds s" "$root/build/log/fuzz.txt" \
  "build/fuzz/fuzz_trace_reader FILE, with the file that the log names" \
  build/fuzz/fuzz_trace_reader -print_funcs=0 -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
  -artifact_prefix="$root/build/fuzz/" build/fuzz/corpus build/fuzz/samples
sed -nE 's/^Done ([0-9]+) runs in ([0-9]+) second.*/  \1 inputs in \2 s, nothing found/p' build/log/fuzz.txt >&2
