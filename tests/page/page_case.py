"""Records runs with the real binary and opens their pages in a real browser.

GILSCOPE names the binary. Without a browser the tests are skipped.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from typing import Any

from browser import Browser, find_browser, open_report

GILSCOPE = os.environ.get("GILSCOPE", "")
HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()  # the environment says, for gilscope as for us
TIMEOUT_S = 300.0  # only a run that hangs takes as long

# Shorthands for what the tests ask the page.
PRELUDE = """
const page = window.gilscopePage, timeline = page.timeline, trace = page.trace, view = timeline.view;
const laneOf = (name) => timeline.rows.find((row) => row.lane && row.thread.name === name).lane;
const box = () => timeline.canvas.getBoundingClientRect();
const pointOf = (row, ticks) => ({ x: box().left + timeline.xOf(ticks), y: box().top + timeline.yOf(row) });
"""


def needs_browser(case: type[unittest.TestCase]) -> type[unittest.TestCase]:
    return unittest.skipUnless(HAS_GIL, "without a GIL there are no turns to draw")(
        unittest.skipUnless(find_browser(), "no Chromium is installed (scripts/setup.sh installs it)")(case))


class PageCase(unittest.TestCase):
    browser: Browser
    folder: Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def tearDown(self) -> None:
        self.assertEqual([], self.browser.errors)
        elsewhere = [url for url in self.browser.requests if not url.startswith(("file:", "data:"))]
        self.assertEqual([], elsewhere)

    @classmethod
    def gilscope(cls, *arguments: str | Path, status: int = 0) -> str:
        result = subprocess.run([GILSCOPE, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, cwd=cls.folder)
        if result.returncode != status:
            raise AssertionError(f"{arguments}: status {result.returncode}\n{result.stdout}\n{result.stderr}")
        return result.stdout

    @classmethod
    def record(cls, name: str, script: str, *options: str, status: int = 0) -> dict[str, Any]:
        """Runs a script, and writes NAME.gil, NAME.html and NAME.json. Returns what the last says."""
        (cls.folder / f"{name}.py").write_text(textwrap.dedent(script))
        cls.gilscope("run", "-q", *options, "-o", f"{name}.gil", f"{name}.py", status=status)
        return cls.report(name)

    @classmethod
    def report(cls, name: str) -> dict[str, Any]:
        cls.gilscope("report", "-q", f"{name}.gil", "--html", f"{name}.html", "--json", f"{name}.json")
        report: dict[str, Any] = json.loads((cls.folder / f"{name}.json").read_text())
        return report

    def open(self, name: str) -> None:
        open_report(self.browser, self.folder / f"{name}.html")

    def ask(self, code: str) -> Any:
        """The value of JavaScript code that ends with a return."""
        return self.browser.run(f"(async () => {{ {PRELUDE} {code} }})()")

    def text(self, selector: str) -> str:
        text: str = self.ask(f"return document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        return text


def main() -> None:
    if not GILSCOPE:
        sys.exit("GILSCOPE names no binary")
    unittest.main()
