#!/usr/bin/env python3
"""Runs the commands that README.md shows, and puts what they print into it.

A block of README.md that looks like this is rewritten; everything else is left as it is:

    <!-- output of: gilscope doctor -->
    ```text
    $ gilscope doctor
    (stdout and stderr, as in a terminal without colour)
    ```
    <!-- end of output -->

Commands run with bash in the repository's root. `gilscope` is the one of the variable GILSCOPE, else that of
build/release (scripts/build.sh makes it). When a command fails, README.md is not touched. --check runs none: it says
whether the blocks are whole and their commands exist.
"""
import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GILSCOPE = Path(os.environ.get("GILSCOPE", ROOT / "build/release/bin/gilscope")).resolve()
PATH = f"{GILSCOPE.parent}:{os.environ['PATH']}"
BEGIN, END = "<!-- output of: ", "<!-- end of output -->"
BLOCK = re.compile(r"^<!-- output of: (?P<command>.+?) -->\n```text\n.*?^```\n<!-- end of output -->$", re.M | re.S)


def problems(readme: str) -> list[str]:
    """What is wrong with the markers, and with the commands as far as can be seen without running them."""
    found = []
    blocks = [match["command"] for match in BLOCK.finditer(readme)]
    begins, ends = readme.count(BEGIN), readme.count(END)
    if not begins == ends == len(blocks):
        found.append(f"{begins} '{BEGIN}...' and {ends} '{END}', but {len(blocks)} whole blocks with ```text between")
    if not blocks:
        found.append("no block at all")
    for command in blocks:
        words = [word for word in shlex.split(command) if "=" not in word.split("/")[0]]
        if not words or not (shutil.which(words[0], path=PATH) or (ROOT / words[0]).is_file()):
            found.append(f"{command}: the program is not there (scripts/build.sh builds gilscope)")
        for word in words[1:]:
            if word.startswith(("scripts/", "tests/")) and not (ROOT / word).exists():
                found.append(f"{command}: {word} is not there")
    return found


def output_of(command: str) -> str:
    environment = {**os.environ, "PATH": PATH, "NO_COLOR": "1", "COLUMNS": "80"}
    print(f"$ {command}", file=sys.stderr)
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=ROOT, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nregen_readme.py: status {done.returncode} from: {command}\nREADME.md is as it was.")
    # Where the repository lies here says nothing to others.
    text = done.stdout.strip("\n").replace(f"{ROOT}/", "")
    return "\n".join(line.rstrip() for line in text.split("\n"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Renews the output of the commands in README.md.")
    parser.add_argument("--check", action="store_true", help="run nothing; say whether blocks and commands are whole")
    parser.add_argument("--only", default="", metavar="TEXT", help="only the commands that contain TEXT")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md", help="another file than README.md")
    options = parser.parse_args()
    if not options.readme.is_file():
        sys.exit(f"regen_readme.py: {options.readme} is not there")
    readme = options.readme.read_text(encoding="utf-8")
    if wrong := problems(readme):
        sys.exit("\n".join(f"{options.readme.name}: {line}" for line in wrong))
    if options.check:
        return

    def renewed(match: re.Match[str]) -> str:
        command = match["command"]
        if options.only not in command:
            return match[0]
        return f"{BEGIN}{command} -->\n```text\n$ {command}\n{output_of(command)}\n```\n{END}"

    options.readme.write_text(BLOCK.sub(renewed, readme), encoding="utf-8")


if __name__ == "__main__":
    main()
