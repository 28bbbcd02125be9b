"""Runs the real binary as a user does, beside python3, and checks the laws on what it recorded.

The environment variable GILSCOPE names the binary, GILSCOPE_SANITIZE the sanitizers it was built with. The python3
to compare with is the one that runs the tests: gilscope is linked to it.
"""
import json
import os
import re
import select
import signal
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import time
import unittest
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Sequence

from laws import check_laws, check_summary

GILSCOPE = os.environ.get("GILSCOPE", "")
SANITIZE = os.environ.get("GILSCOPE_SANITIZE", "")
PYTHON = sys.executable
TIMEOUT_S = float(os.environ.get("GILSCOPE_TEST_TIMEOUT_S", 300))  # only a run that hangs takes as long, on the slowest machine
BUSY = "while True: pass"
FREE_THREADED = hasattr(sys, "_is_gil_enabled") and bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
HAS_GIL = not FREE_THREADED or sys._is_gil_enabled()  # the environment says, for gilscope as for us
needs_gil = unittest.skipUnless(HAS_GIL, "without a GIL there are no turns")

Command = Sequence[str | bytes]


@dataclass
class Result:
    """How a process ended. A run that was ended by signal N has status -N."""
    command: Command
    status: int
    out: str
    err: str  # without gilscope's summary
    summary: str = ""
    report: dict[str, Any] | None = None  # what --json said; None where nothing was written

    def __str__(self) -> str:
        return (f"{self.command}\nstatus {self.status}\n--- out\n{self.out}\n--- err\n{self.err}\n"
                f"--- summary\n{self.summary}")

    @property
    def thread_names(self) -> list[str]:
        assert self.report is not None, self
        return [thread["name"] for thread in self.report["threads"]]


def environment(**changes: str) -> dict[str, str]:
    """This one, without what changes how Python or gilscope behave; `changes` added."""
    unwanted = {"VIRTUAL_ENV", "NO_COLOR", "COLUMNS", "LANG", "LC_CTYPE", "LC_ALL"}
    kept = {key: value for key, value in os.environ.items()
            if (key == "PYTHON_GIL" or not key.startswith("PYTHON")) and key not in unwanted}
    if SANITIZE:  # what Python itself leaves behind at its end is not ours to report
        kept["ASAN_OPTIONS"] = "detect_leaks=0:handle_segv=0:allow_user_segv_handler=1"
    return {**kept, "LC_ALL": "C.UTF-8", **changes}


def split_summary(err: str) -> tuple[str, str]:
    """What the script wrote to stderr, and gilscope's summary, which comes last."""
    start = re.search(r"^(?:!! |No numbers: |No GIL: |GIL (?:\d+ (?:of .* )?)?held )", err, re.M)
    return (err, "") if start is None else (err[:start.start()], err[start.start():])


class Running:
    """A gilscope that has been started: wait for what it prints, send it signals, then finish()."""

    def __init__(self, command: Command, json_file: Path | None, keys: dict[str, Any]) -> None:
        self.command = command
        self._json_file = json_file
        self._seen = self._seen_error = b""
        # A session of its own: signals for all of it, and nothing is left behind.
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, start_new_session=True, **{**pipes, **keys})

    def wait_for(self, text: str, times: int = 1) -> None:
        """Until the script has printed `text` so many times."""
        self._seen = self._read_until(self.process.stdout, self._seen, text, times)

    def wait_for_error(self, text: str) -> None:
        """Until `text` has come on stderr."""
        self._seen_error = self._read_until(self.process.stderr, self._seen_error, text, 1)

    def _read_until(self, stream: IO[bytes], seen: bytes, text: str, times: int) -> bytes:
        deadline = time.monotonic() + TIMEOUT_S
        while seen.count(text.encode()) < times:
            ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
            piece = os.read(stream.fileno(), 65536) if ready else b""
            if not piece:
                raise AssertionError(f"'{text}' did not come {times} times, but {seen!r}\n{self.finish(kill=True)}")
            seen += piece
        return seen

    def send_until_it_ends(self, number: int) -> None:
        """Signals that come while one is pending are one: sends more, as an impatient person does."""
        deadline = time.monotonic() + TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            self.send(number)
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                pass

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def send_to_all(self, number: int) -> None:
        """As the terminal does with Ctrl-C: to every process of the run."""
        os.killpg(self.process.pid, number)

    def finish(self, stdin: bytes = b"", kill: bool = False) -> Result:
        timed_out = kill
        try:
            if kill:
                os.killpg(self.process.pid, signal.SIGKILL)
            out, err = self.process.communicate(stdin, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            timed_out = True
            os.killpg(self.process.pid, signal.SIGKILL)
            out, err = self.process.communicate()
        script_err, summary = split_summary((self._seen_error + (err or b"")).decode(errors="replace"))
        result = Result(self.command, self.process.returncode, (self._seen + (out or b"")).decode(errors="replace"),
                        script_err, summary)
        if timed_out and not kill:
            raise AssertionError(f"no end after {TIMEOUT_S} s:\n{result}")
        if self._json_file is not None and self._json_file.exists():
            result.report = json.loads(self._json_file.read_text())
        return result


class CliCase(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="gilscope-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def start(self, *arguments: str | Path, json_file: str | None = "run.json", **keys: Any) -> Running:
        """Starts `gilscope run ARGUMENTS`, with --json added."""
        path = None if json_file is None else self.folder / json_file
        if path is not None:
            path.unlink(missing_ok=True)
        command = [GILSCOPE, "run", *([] if path is None else ["--json", str(path)]), *map(os.fspath, arguments)]
        return self._start(command, keys, path)

    def finish(self, running: Running, stdin: bytes = b"", laws: bool = True) -> Result:
        """Waits for the end; whatever was recorded must hold the laws."""
        result = running.finish(stdin)
        self.assertNotIn("gilscope: internal error", result.err, result)
        self.assertNotIn("Sanitizer", result.err, result)
        self.assertLessEqual(result.summary.count("verified on CPython"), 1, f"two summaries\n{result}")
        if laws and result.report is not None:
            self.assert_laws(result)
        return result

    def run_gilscope(self, *arguments: str | Path, stdin: bytes = b"", laws: bool = True, **keys: Any) -> Result:
        """Runs `gilscope run ARGUMENTS` to its end, with --json added."""
        return self.finish(self.start(*arguments, **keys), stdin, laws)

    def run_python(self, *arguments: str | Path, stdin: bytes = b"", **keys: Any) -> Result:
        return self.start_python(*arguments, **keys).finish(stdin)

    def start_python(self, *arguments: str | Path, **keys: Any) -> Running:
        return self._start([PYTHON, *map(os.fspath, arguments)], keys)

    def start_shell(self, line: str, *arguments: str, **keys: Any) -> Running:
        """Starts a line of sh; `arguments` are its $0, $1 and so on."""
        return self._start(["/bin/sh", "-c", line, *arguments], keys)

    def _start(self, command: Command, keys: dict[str, Any], json_file: Path | None = None) -> Running:
        return Running(command, json_file, {"env": environment(), "cwd": self.folder, **keys})

    def gilscope(self, *arguments: str, **keys: Any) -> Result:
        """Runs `gilscope ARGUMENTS` with nothing added: other verbs, wrong command lines."""
        return self._start([GILSCOPE, *arguments], keys).finish()

    def assert_like_python(self, *arguments: str | Path, options: Sequence[str] = (), **keys: Any) -> Result:
        """gilscope run does what python3 does: output, errors and exit status are equal."""
        ours = self.run_gilscope(*options, *arguments, **keys)
        keys.pop("laws", None)
        theirs = self.run_python(*arguments, **keys)
        said, expected = (f"status {one.status}\n--- out\n{one.out}--- err\n{one.err}" for one in (ours, theirs))
        expected = re.sub('  File "<frozen runpy>".*\n', "", expected)  # gilscope needs no frames for that
        said, expected = (re.sub(r"\b0x[0-9a-f]{6,}\b", "ADDRESS", text) for text in (said, expected))
        self.assertEqual(said, expected, f"gilscope is '-', python3 '+': {ours.command}")
        self.assertNotEqual(ours.summary, "", ours)
        return ours

    def assert_ended(self, result: Result, status: int, out: str | None = None) -> None:
        """Came to its end with this status, said its summary, and recorded the same status."""
        self.assertEqual(result.status, status, result)
        self.assertIn("verified on CPython", result.summary, result)
        self.assertIsNotNone(result.report, result)
        self.assertEqual(result.report["exit_status"], status, result)
        if out is not None:
            self.assertEqual(result.out, out, result)

    def assert_refused(self, result: Result, *texts: str) -> None:
        """Said what is wrong in one line, with status 2, before any script ran."""
        self.assertEqual((result.status, result.out, result.summary), (2, "", ""), result)
        self.assertEqual(len(result.err.splitlines()), 1, result)
        self.assertTrue(result.err.startswith("gilscope: "), result)
        for text in texts:
            self.assertIn(text, result.err, result)

    def assert_laws(self, result: Result) -> None:
        report = result.report
        assert report is not None
        wrong = check_laws(report)
        if report["probe"]["verified"] and result.summary:
            wrong += check_summary(result.summary, report)
        self.assertEqual(wrong, [], f"{result}\n{json.dumps(report, indent=1)}")
