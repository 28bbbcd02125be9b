#!/usr/bin/env bash
# Builds gilscope against every Python there is and runs all tests with each; prints a table at the end.
#
#   scripts/test_matrix.sh                    the distribution's python3, those that PATH has besides (python3.14,
#                                             python3.13t), and those in ~/.cache/gilscope/*/bin
#   scripts/test_matrix.sh PYTHON...          these, each by its path
#   scripts/test_matrix.sh --tree DIR ...     also those of the Debian tree in DIR, with its own compiler; needs root
#   scripts/test_matrix.sh --list ...         only says which those are
#   scripts/test_matrix.sh --tests REGEX ...  only the tests whose names match (ctest -R)
# A free-threaded Python is tested with its GIL off, and again with its GIL on. A tree is what debootstrap leaves,
# with the packages that setup.sh names and libpython3.N-dev for each Python. Exit status: 0 if all passed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/phase.sh
source "$root/scripts/phase.sh"
cd "$root"

trees=()
pythons=()
only=.
list=no
while (($# > 0)); do
  case $1 in
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
    --tree) trees+=("$(cd "${2:?"--tree needs a folder"}" && pwd)") && shift 2 ;;
    --tests) only=${2:?"--tests needs a regular expression"} && shift 2 ;;
    --list) list=yes && shift ;;
    -*) die 2 "test_matrix.sh: unknown option $1 (see scripts/test_matrix.sh --help)" ;;
    *)
      command -v "$1" >/dev/null || die 2 "test_matrix.sh: $1 is not a program. Name a python3 by its path."
      pythons+=("$(command -v "$1")") && shift
      ;;
  esac
done

# in_tree TREE COMMAND...: TREE "" is this system.
in_tree() {
  local tree=$1
  shift
  if [[ -z $tree ]]; then "$@"; else chroot "$tree" /usr/bin/env -C /gilscope PATH=/usr/bin:/bin HOME=/root "$@"; fi
}

# "3.14.2", or "3.13.5t" for a free-threaded build; nothing when it cannot be embedded.
version_of() {  # version_of TREE PYTHON
  in_tree "$1" "$2" -I -c 'import os, sys, sysconfig as s
there = lambda *parts: os.path.isfile(os.path.join(*(str(part) for part in parts)))
has_library = any(there(s.get_config_var(folder), s.get_config_var("LDLIBRARY")) for folder in ("LIBDIR", "LIBPL"))
if sys.version_info >= (3, 11) and has_library and there(s.get_path("include"), "Python.h"):
    print("%d.%d.%d" % sys.version_info[:3] + ("t" if s.get_config_var("Py_GIL_DISABLED") == 1 else ""))' 2>/dev/null || true
}

# "tree|python|version" of each. Of those that were found, the first of a minor version is enough.
rows=()
add() {  # add TREE PYTHON
  local version row
  version=$(version_of "$1" "$2")
  [[ -n $version ]] || return 0
  if [[ $named == no ]]; then
    local gil=${version##*[0-9]} minor=${version%.*}
    for row in "${rows[@]}"; do
      [[ $row == "$1|"*"|$minor."* && ${row##*[0-9]} == "$gil" ]] && return 0
    done
  fi
  rows+=("$1|$2|$version")
}

named=yes
if ((${#pythons[@]} == 0 && ${#trees[@]} == 0)); then
  named=no
  pythons=(/usr/bin/python3)
  shopt -s nullglob
  IFS=: read -ra folders <<<"$PATH"
  for folder in "${folders[@]}" "${XDG_CACHE_HOME:-$HOME/.cache}"/gilscope/*/bin; do
    for python in "$folder"/python3.[0-9]* ; do
      [[ ${python##*/} =~ ^python3\.[0-9]+t?$ ]] && pythons+=("$python")
    done
  done
fi
for python in "${pythons[@]}"; do add '' "$python"; done
for tree in "${trees[@]}"; do
  [[ -x $tree/usr/bin/g++ ]] || die 2 "test_matrix.sh: there is no Debian tree with a compiler in $tree."
  for folder in proc dev/pts; do
    mountpoint -q "$tree/$folder" || mount --bind "/$folder" "$tree/$folder"
  done
  rm -rf "$tree/gilscope" && mkdir "$tree/gilscope"
  git ls-files -z | tar --null -T - -c | tar -x -C "$tree/gilscope"
  for python in "$tree"/usr/bin/python3.[0-9]*; do
    [[ ${python##*/} =~ ^python3\.[0-9]+t?$ ]] && add "$tree" "${python#"$tree"}"
  done
done
((${#rows[@]} > 0)) || die 2 "test_matrix.sh: no Python with headers was found. Debian: apt-get install libpython3-dev"
if [[ $list == yes ]]; then
  for row in "${rows[@]}"; do
    IFS='|' read -r tree python version <<<"$row"
    printf 'CPython %-9s %s%s\n' "$version" "$tree" "$python"
  done
  exit 0
fi

# test_with TREE BUILD GIL LABEL: one line of the table.
failed=0
table=()
test_with() {
  local tree=$1 build=$2 gil=$3 label=$4 started=$SECONDS log="$root/build/log/matrix-${4//[, ]/-}.txt" status=0
  phase "test $label" "$log" "read the log" in_tree "$tree" env ${gil:+PYTHON_GIL=$gil} ASAN_OPTIONS=detect_leaks=0 \
    ctest --test-dir "$build" -j "$(nproc)" --timeout 300 --output-on-failure --no-tests=error -R "$only" || status=$?
  local sum passed
  sum=$(sed -n 's/.* tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\1 \2/p' "$log" | tail -n 1)
  local bad=${sum% *} all=${sum#* } skipped
  skipped=$(grep -c '(Skipped)$' "$log" || true)
  if [[ -z $sum ]]; then passed='?' bad='?'; else passed=$((all - bad - skipped)); fi
  ((status == 0)) || failed=1
  table+=("$(printf '%-22s %-14s %6s %6s %7s %6d s' "$label" "$compiler" "$passed" "$bad" "$skipped" $((SECONDS - started)))")
}

for row in "${rows[@]}"; do
  IFS='|' read -r tree python version <<<"$row"
  compiler=$(in_tree "$tree" g++ -dumpfullversion)
  name=$version${tree:+-tree}
  build=build/matrix/$name
  configure=(cmake --preset release -B "$build" -G Ninja "-DPython_EXECUTABLE=$python" -DGILSCOPE_BENCH=OFF)
  [[ -z ${CMAKE_CXX_COMPILER_LAUNCHER:-} ]] || configure+=("-DCMAKE_CXX_COMPILER_LAUNCHER=$CMAKE_CXX_COMPILER_LAUNCHER")
  if ! phase "configure $name" "$root/build/log/matrix-configure-$name.txt" "read the log" in_tree "$tree" "${configure[@]}" ||
    ! phase "build $name" "$root/build/log/matrix-build-$name.txt" "read the log" \
      in_tree "$tree" cmake --build "$build" --parallel "$(nproc)"; then
    failed=1
    table+=("$(printf '%-22s %-14s %s' "$name" "g++ $compiler" 'does not build')")
    continue
  fi
  compiler="g++ $compiler"
  if [[ $version == *t ]]; then
    test_with "$tree" "$build" 0 "$name, GIL off"
    test_with "$tree" "$build" 1 "$name, GIL on"
  else
    test_with "$tree" "$build" '' "$name"
  fi
done

printf '\n%-22s %-14s %6s %6s %7s %8s\n' CPython compiler passed failed skipped time
printf '%s\n' "${table[@]}"
exit "$failed"
