#!/usr/bin/env bash
# Records every demonstration, and makes of each recording all that can be made of one: the summary, the numbers
# as JSON, a page to move about in, a picture for a slide, and files for ui.perfetto.dev and profiler.firefox.com.
#
#   scripts/gallery.sh [FOLDER]    into FOLDER (build/gallery unless named), about a minute
#   PYTHON=/path/to/python3 ...    link to this Python, not to the distribution's
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/phase.sh
source "$root/scripts/phase.sh"

case ${1:-} in
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" && exit 0 ;;
  -*) die 2 "gallery.sh: '$1' is not an option; --help says what there is" ;;
esac
folder=${1:-$root/build/gallery}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

"$root/scripts/build.sh" release
gilscope=$root/build/release/bin/gilscope
cd "$root"
export NO_COLOR=1 COLUMNS=80

for script in scripts/demo_*.py; do
  name=$(basename "$script" .py)
  options=()
  [[ $name != demo_processes ]] || options=(--children)
  phase "${name#demo_}: run" "$folder/$name.out.txt" "look at $folder/$name.out.txt" \
    "$gilscope" run --quiet "${options[@]}" -o "$folder/$name.gil" "$script"
  phase "${name#demo_}: views" "$folder/$name.txt" "look at $folder/$name.txt" \
    "$gilscope" report --full "$folder/$name.gil" --json "$folder/$name.json" --picture "$folder/$name.png" \
    --html "$folder/$name.html" --perfetto "$folder/$name.pftrace" --gecko "$folder/$name.gecko.json"
done
printf '\nIn %s: for each demonstration its output (.out.txt), its recording (.gil), and of that the\nsummary (.txt), the numbers (.json), a page (.html), a picture (.png), a trace for https://ui.perfetto.dev (.pftrace) and\na profile for https://profiler.firefox.com (.gecko.json).\n' "$folder" >&2
