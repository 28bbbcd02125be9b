"""The page of a run that is not as most are, in a real browser: cut off, unverified, empty, with names of all kinds."""

from __future__ import annotations

import json
import re
import unittest
from typing import Any, Callable

from browser import BrowserError, find_browser
from page_case import HAS_GIL, PageCase, main, needs_browser
from report_page_case import ReportPageCase

# Names of all kinds. The page's own text must stay what it is.
EVIL = "</script><img src=x onerror=alert(1)>\u2028\u202e\"'&"


@needs_browser
class ReportUnusual(ReportPageCase):
    def test_a_page_that_is_cut_off_says_so(self) -> None:
        whole = (self.folder / "two.html").read_text()
        (self.folder / "half.html").write_text(whole[:len(whole) // 2])
        self.browser.open(self.folder / "half.html")
        self.browser.wait_for("document.body && document.body.innerText.includes('the file is not complete')")
        (self.folder / "bad.html").write_text(re.sub(r'(class="records"[^>]*>)[^<]*', r"\1vwAA", whole))
        self.browser.open(self.folder / "bad.html")
        self.assertRaises(BrowserError, self.browser.wait_for, "false")
        self.assertIn("This page cannot show the run: a record of kind 15", self.text(".warning"))
        self.browser.errors.clear()

    def test_names_are_text(self) -> None:
        script = f"""
            import threading, time, gilscope
            evil = {EVIL!r}
            namespace = {{}}
            exec(compile("import time\\ndef f():\\n    time.sleep(0.001)", evil, "exec"), namespace)
            def work():
                with gilscope.region(evil):
                    gilscope.mark(evil)
                    namespace["f"]()
            thread = threading.Thread(target=work, name=evil)
            thread.start()
            thread.join()
        """
        self.record("evil", script)
        self.open("evil")
        self.assertFalse(self.ask("return Boolean(document.querySelector('img'))"))
        self.assertIn("onerror=alert(1)", self.text("#threads"))
        self.assertNotIn("\u202e", self.ask("return document.body.innerText"))
        self.assertIn("onerror=alert(1)", self.text("#regions"))

    def test_runs_without_much(self) -> None:
        self.record("nothing", "pass")
        self.open("nothing")
        self.same_numbers(*self.selected("nothing"))
        self.record("failed", "raise SystemExit(3)", status=3)
        self.open("failed")
        self.assertIn("exit status 3", self.text("header"))

    def test_nothing_foreign_runs(self) -> None:
        self.open("two")
        self.ask("""
            const script = document.createElement('script');
            script.textContent = 'window.foreign = 1';
            document.body.append(script);
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:9/x.png';
            document.body.append(image);
            await fetch('http://127.0.0.1:9/').catch(() => {});""")
        self.assertIsNone(self.ask("return window.foreign"))
        for refused in ("Executing inline script violates", "Loading the image", "Connecting to"):
            self.assertTrue(any(refused in error for error in self.browser.errors), (refused, self.browser.errors))
        self.browser.errors.clear()
        self.browser.requests.clear()

    def changed_page(self, name: str, change: Callable[[dict[str, Any], dict[str, Any]], None]) -> None:
        """Opens the page of `two` after its report and facts have been changed."""
        text = (self.folder / "two.html").read_text()
        parts = {}
        for key in ("report", "facts"):
            begin = text.index(f'id="{key}">') + len(f'id="{key}">')
            parts[key] = text[begin:text.index("</script>", begin)]
        report, facts = json.loads(parts["report"]), json.loads(parts["facts"])
        change(report, facts)
        for key, value in (("report", report), ("facts", facts)):
            text = text.replace(parts[key], json.dumps(value).replace("<", "\\u003c"))
        (self.folder / f"{name}.html").write_text(text)
        self.open(name)

    def test_a_run_that_is_not_verified_says_so_and_draws_nothing(self) -> None:
        def change(report: dict[str, Any], facts: dict[str, Any]) -> None:
            report["probe"].update(verified=False, reason="the probe saw no take")
            facts["warnings"] = ["no numbers: the probe saw no take"]
            for key, value in report.items():
                report[key] = [] if isinstance(value, list) else value
        # The writer leaves the records out, too.
        whole = (self.folder / "two.html").read_text()
        self.addCleanup((self.folder / "two.html").write_text, whole)
        (self.folder / "two.html").write_text(re.sub(r'<script type="text/plain".*?</script>', "", whole, flags=re.S))
        self.changed_page("unverified", change)
        self.assertIn("the probe saw no take", self.text(".warning"))
        self.assertTrue(self.ask("return page.lanesSection.hidden"))
        self.assertEqual("", self.text(".cards"))

    def test_a_python_without_the_gil_says_so(self) -> None:
        def change(report: dict[str, Any], facts: dict[str, Any]) -> None:
            report["python"].update(free_threaded=True, gil_enabled=False)
            for row in report["threads"]:
                row.update(blocked_ns=2_000_000, blocked_count=3, longest_blocked_ns=1_000_000, paused_ns=0, paused_count=0, longest_paused_ns=0)
            place = {"file": "app.py", "line": 7, "function": "work", "callers": []}
            report["blocked_at"] = [{"place": place, "count": 3, "blocked_ns": 2_000_000, "longest_ns": 1_000_000}]
            facts["conclusion"] = "No GIL: threads run at once."
        self.changed_page("free", change)
        self.assertEqual("No GIL: threads run at once.", self.text(".conclusion"))
        threads = self.ask("return page.report.threads.length")
        self.assertIn(f"{3 * threads}\nwaits on those locks", self.ask("return document.querySelector('.cards').innerText"))
        self.assertIn("blocked", self.text("#threads"))
        self.assertNotIn("undefined", self.text("#threads"))
        self.assertIn("app.py:7", self.text("#blocked-at"))

    def test_lost_turns_are_said(self) -> None:
        def change(report: dict[str, Any], facts: dict[str, Any]) -> None:
            report["gils"][0]["lost"] = 1234
            facts["warnings"] = ["1,234 turns lost"]
        self.changed_page("lost", change)
        self.assertIn("1,234 turns lost", self.text(".warning"))
        self.assertIn("1,234", self.text(".cards"))

    def test_a_run_that_ends_early_says_so(self) -> None:
        whole = (self.folder / "two.gil").read_bytes()
        (self.folder / "cut.gil").write_bytes(whole[:len(whole) * 2 // 3])
        self.report("cut")
        self.open("cut")
        self.assertIn("the trace ends early", self.text(".warning"))
        self.same_numbers(*self.selected("cut"))

    def test_open_turns_are_drawn_to_the_end(self) -> None:
        """Threads that wait and hold when the recording ends."""
        self.record("open", """
            import threading
            def spin():
                while True: pass
            for i in range(3): threading.Thread(target=spin, name=f"spin {i}", daemon=True).start()
        """)
        self.open("open")
        self.same_numbers(*self.selected("open"))


@unittest.skipIf(HAS_GIL or not find_browser(), "needs a Python without a GIL, and Chromium")
class WithoutGil(PageCase):
    def test_what_blocked_the_threads(self) -> None:
        report = self.record("blocked", """
            import threading
            lock, go = threading.Lock(), threading.Event()
            def work():
                with lock: pass
            thread = threading.Thread(target=work, name="blocked")
            with lock:
                thread.start()
                threading.Event().wait(0.05)
            thread.join()
        """)
        self.open("blocked")
        text = self.browser.run("document.body.innerText")
        self.assertIn("No GIL: threads run at once", text)
        self.assertNotIn("undefined", text)
        waits = sum(thread["blocked_count"] for thread in report["threads"])
        self.assertIn(f"{waits}\nwaits on those locks", text)
        self.assertIn("blocked.py:5", self.browser.run("document.querySelector('#blocked-at').innerText"))


if __name__ == "__main__":
    main()
