#!/usr/bin/env bash
# Installs what gilscope needs to be built and tested, on Debian and Ubuntu; elsewhere it names what is missing.
# With everything there it does nothing and needs no network. The one home of the list of packages.
#
#   scripts/setup.sh              install what is missing
#   scripts/setup.sh --missing    only say what is missing (status 0: nothing)
#   scripts/setup.sh --with fuzz  install what fuzz.sh needs besides, too
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/phase.sh
source "$root/scripts/phase.sh"

readonly cmake_at_least=3.25

# Debian's package; how to see on any system that it is there; the package on Fedora; on Arch.
readonly needs='
g++                   command:g++                   gcc-c++               gcc
cmake                 command:cmake                 cmake                 cmake
ninja-build           command:ninja                 ninja-build           ninja
pkg-config            command:pkg-config            pkgconf               pkgconf
python3-dev           python-header                 python3-devel         python
libpython3-dev        python-library                python3-devel         python
python3-venv          module:ensurepip              python3               python
python3-numpy         module:numpy                  python3-numpy         python-numpy
cython3               module:Cython                 python3-cython        cython
python3-numba         module:numba                  python3-numba         python-numba
python3-pil           module:PIL                    python3-pillow        python-pillow
libpng-dev            header:png.h                  libpng-devel          libpng
libgtest-dev          header:gtest/gtest.h          gtest-devel           gtest
libgmock-dev          header:gmock/gmock.h          gmock-devel           gtest
libbenchmark-dev      header:benchmark/benchmark.h  google-benchmark-devel  benchmark
libhwy-dev            header:hwy/highway.h          highway-devel         highway
libprotozero-dev      header:protozero/version.hpp  protozero-devel       protozero
libfmt-dev            header:fmt/format.h           fmt-devel             fmt
libcli11-dev          header:CLI/CLI.hpp            cli11-devel           cli11
nlohmann-json3-dev    header:nlohmann/json.hpp      json-devel            nlohmann-json
libcairo2-dev         header:cairo/cairo-pdf.h      cairo-devel           cairo
chromium              command:chromium              chromium              chromium
tmux                  command:tmux                  tmux                  tmux
'

# Only for fuzz.sh.
readonly fuzz_needs='
clang                 fuzzer-compiler               clang                 clang
'

python=${PYTHON:-/usr/bin/python3}

is_there() {  # is_there HOW, on a system whose packages we do not know
  case $1 in
    command:*) command -v "${1#command:}" >/dev/null ;;
    module:*) "$python" -c "import ${1#module:}" >/dev/null 2>&1 ;;
    fuzzer-compiler)
      echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
        clang++ -fsanitize=fuzzer,address -x c++ - -o /dev/null >/dev/null 2>&1 ;;
    header:*) echo "#include <${1#header:}>" | g++ -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1 ;;
    python-header)
      "$python" -c 'import os, sysconfig as s
assert os.path.isfile(os.path.join(s.get_path("include"), "Python.h"))' >/dev/null 2>&1 ;;
    python-library)
      "$python" -c 'import os, sysconfig as s
paths = [os.path.join(s.get_config_var(d) or "", s.get_config_var(n) or "")
         for d in ("LIBDIR", "LIBPL") for n in ("LDLIBRARY", "LIBRARY")]
assert any(map(os.path.isfile, paths))' >/dev/null 2>&1 ;;
  esac
}

is_installed() {  # is_installed DEBIAN_PACKAGE HOW
  # A compiler or CMake from somewhere else will do as well as the package.
  [[ $2 == command:* || $2 == *-compiler ]] && is_there "$2" && return 0
  [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

on_debian() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

# Sets `missing`, `missing_fedora` and `missing_arch`.
find_missing() {
  local debian how fedora arch
  missing=() missing_fedora=() missing_arch=()
  while read -r debian how fedora arch; do
    [[ -n $debian ]] || continue
    if on_debian; then
      is_installed "$debian" "$how" && continue
    else
      is_there "$how" && continue
    fi
    missing+=("$debian")
    [[ " ${missing_fedora[*]} " == *" $fedora "* ]] || missing_fedora+=("$fedora")
    [[ " ${missing_arch[*]} " == *" $arch "* ]] || missing_arch+=("$arch")
  done <<<"$wanted"
}

say_for_another_system() {
  die 2 "gilscope installs packages by itself on Debian and Ubuntu only. Missing here, by Debian's names:" \
    "    ${missing[*]}" \
    "On Fedora:  sudo dnf install ${missing_fedora[*]}" \
    "On Arch:    sudo pacman -S ${missing_arch[*]}" \
    "Install them and run this again. (Python modules and headers were looked for in $python; PYTHON=PATH names another.)"
}

install_missing() {
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die 2 "Missing: ${missing[*]}" \
      "There is no sudo here. As root run: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  printf 'gilscope needs what is not here yet. To be installed with %sapt-get:\n    %s\n' \
    "${as_root[*]:+${as_root[*]} }" "${missing[*]}" >&2
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300)
  # A password, where sudo wants one, is asked for before the output goes to a log.
  ((EUID == 0)) || sudo -v || die 2 "sudo refused. As root run: apt-get install ${missing[*]}"
  phase "package lists" "$root/build/log/apt-update.txt" "look at /etc/apt/sources.list* and the network" \
    "${as_root[@]}" update
  phase "packages" "$root/build/log/apt-install.txt" \
    "on Ubuntu, is the component 'universe' on (add-apt-repository universe)? Then run this again" \
    "${as_root[@]}" install -y --no-install-recommends "${missing[@]}"
}

check_cmake() {
  local version
  version=$(cmake --version | sed -nE '1s/.* ([0-9]+(\.[0-9]+)+).*/\1/p')
  if [[ $(printf '%s\n' "$cmake_at_least" "$version" | sort -V | head -n 1) != "$cmake_at_least" ]]; then
    die 2 "gilscope needs CMake $cmake_at_least or newer; $(command -v cmake) is $version." \
      "Debian 12 and Ubuntu 24.04 have one; elsewhere: python3 -m pip install cmake, and put it first on PATH."
  fi
}

case ${1:-} in
  '') ;;
  --missing) ;;
  --with)
    [[ ${2:-} == fuzz ]] || die 2 "setup.sh: --with knows 'fuzz', not '${2:-}'"
    ;;
  -h | --help) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
  *) die 2 "setup.sh: '$1' is not an option; --help says which there are" ;;
esac

wanted=$needs
[[ ${1:-} != --with ]] || wanted+=$fuzz_needs
find_missing
if [[ ${1:-} == --missing ]]; then
  ((${#missing[@]} == 0)) || die 1 "Missing: ${missing[*]}"
  exit 0
fi
if ((${#missing[@]} > 0)); then
  on_debian || say_for_another_system
  install_missing
fi
check_cmake
