#!/usr/bin/env bash
# Sets the machine up and builds one preset of CMakePresets.json; what demo.sh, test.sh and bench.sh begin with.
#
#   scripts/build.sh [PRESET]        release, unless another is named; it lands in build/PRESET
#   PYTHON=/path/to/python3 ...      link to this Python, not to the distribution's
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/phase.sh
source "$root/scripts/phase.sh"

preset=${1:-release}
case $preset in
  -h | --help) sed -n '2,5s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
esac

python=$(command -v "${PYTHON:-/usr/bin/python3}" || true)
if [[ -n ${PYTHON:-} && -z $python ]]; then
  die 2 "PYTHON=$PYTHON is not a program. Name a python3 by its path, or unset it for the distribution's."
fi
[[ -z $python ]] || export PYTHON=$python

"$root/scripts/setup.sh"

cd "$root"
binary_dir=build/$preset
configure=(cmake --preset "$preset" "-DPython_EXECUTABLE=${python:-/usr/bin/python3}")
# A folder that was configured by hand keeps its generator: CMake refuses to change it.
[[ -f $binary_dir/CMakeCache.txt ]] || configure+=(-G Ninja)

phase "configure $preset" "$root/build/log/configure-$preset.txt" \
  "put right what the log says; if the folder is from another time or place: rm -r '$root/$binary_dir'" "${configure[@]}"
sed -n "s/^-- gilscope is linked to \(.*\), .*/  \1/p" "$root/build/log/configure-$preset.txt" >&2
phase "build $preset" "$root/build/log/build-$preset.txt" \
  "put right what the log says, then: cmake --build '$root/$binary_dir'" \
  cmake --build "$binary_dir" --parallel "$(nproc)"
