"""gilscope tour: the talk, from the first question to the picture at the end."""
import os
import signal
import unittest
from pathlib import Path
from typing import Any

from cli_case import CliCase, Result, environment, needs_gil
from terminal_case import TerminalCase

STEPS = ["countdown", "threads", "io", "processes", "asyncio", "native-held", "native-released", "prange", "grayscale",
         "sub-interpreters", "free-threaded"]
TINY = ("--seconds", "0.01")
# What is not installed everywhere, or not with this Python.
MAY_LACK = {"prange", "sub-interpreters", "free-threaded"}


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Tour(CliCase):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "temporary").mkdir()
        self.env = environment(TMPDIR=str(self.folder / "temporary"))

    def tour(self, *arguments: str, status: int = 0, **keys: Any) -> Result:
        result = self.gilscope("tour", *arguments, **{"env": self.env, **keys})
        self.assertEqual(result.status, status, result)
        self.assertEqual(files_in(self.folder / "temporary"), [], "something was left there")
        return result

    @needs_gil
    def test_all_steps(self) -> None:
        result = self.tour("--auto", *TINY, "--free-threaded", "")
        self.assertEqual(result.err, "", result)  # no progress where there is no terminal
        self.assertNotIn("\x1b", result.out)
        parts = result.out.split("\n\n")
        for number, name in enumerate(STEPS, 1):
            head = f"{number} of {len(STEPS)}  {name}: "
            at = [i for i, part in enumerate(parts) if part.lstrip("\n").startswith(head)]
            self.assertEqual(len(at), 1, f"{head}\n{result}")
            step = "\n\n".join(parts[at[0]:at[0] + 2])
            if name in MAY_LACK and "\nSkipped: " in step:
                continue
            self.assertIn("The likely guess: ", step)
            self.assertRegex(step, r"took +times +cores +waits\n")
            self.assertRegex(step, r"\n=> \w")
            self.assertIn("█ holds the GIL", step)
        self.assertIn("no second gilscope", result.out)
        self.assertIn("\nWhat was learned\n  countdown ", result.out)
        self.assertRegex(result.out, r"\ngrayscale \(\d+ x \d+\): Make a picture gray\n")
        self.assertTrue(result.out.endswith("\nThe picture of this comparison: gilscope-tour.png\n"), result)
        self.assertTrue((self.folder / "gilscope-tour.png").read_bytes().startswith(b"\x89PNG"))
        self.assertEqual([line for line in result.out.split("\n") if len(line) > 80], [])

    def test_list_runs_nothing(self) -> None:
        result = self.tour("--list")
        self.assertEqual([line.split()[0] for line in result.out.splitlines()], ["Steps", *STEPS])
        self.assertEqual(files_in(self.folder), ["temporary"])

    def test_steps_are_chosen_and_skipped(self) -> None:
        for chosen in (["--only", "native-released,threads"], ["threads", "native-released"],
                       ["--only", "threads,io", "native-released", "--skip", "io"]):
            result = self.tour("--auto", *TINY, "--picture", "mine.svg", *chosen)
            self.assertIn("1 of 2  threads: ", result.out)
            self.assertIn("2 of 2  native-released: ", result.out)
            self.assertNotIn("io: ", result.out)
            self.assertTrue(result.out.endswith("picture of this comparison: mine.svg\n"), result)
            self.assertIn("<svg", (self.folder / "mine.svg").read_text())
        # What a picture is drawn of is what was run.
        self.assertIn("countdown (8 x ", result.out)

    def test_no_picture_is_overwritten(self) -> None:
        for name in ("gilscope-tour.png", "gilscope-tour-2.png"):
            self.write(name, "a picture of another day")
        result = self.tour("--auto", *TINY, "--only", "threads")
        self.assertIn("gilscope-tour-3.png", result.out)
        self.assertEqual((self.folder / "gilscope-tour.png").read_text(), "a picture of another day")
        self.assertTrue((self.folder / "gilscope-tour-3.png").exists())

    def test_where_there_is_nothing_to_compare_there_is_no_picture(self) -> None:
        result = self.tour("--auto", *TINY, "--only", "countdown")
        self.assertIn("There is no picture", result.out)
        self.assertEqual(files_in(self.folder), ["temporary"])

    def test_what_is_wrong_is_said_before_anything_runs(self) -> None:
        for arguments, texts in (
                (("--only", "thraeds"), ("no step 'thraeds'", "did you mean 'threads'?")),
                (("--skip", "asyncoi"), ("did you mean 'asyncio'?",)),
                (("quux-quux",), ("no step 'quux-quux'", *STEPS)),
                (("--skip", ",".join(STEPS)), ("all steps are skipped",)),
                (("--seconds", "0"), ("--seconds",)),
                (("--seconds", "often"), ("--seconds",)),
                (("--picture", "there.gif"), (".png", ".svg", ".pdf")),
                (("--picture", "nowhere/there.png"), ("nowhere",)),
                (("--free-threaded", "/bin/true"), ("/bin/true", "is no gilscope"))):
            result = self.gilscope("tour", "--auto", *TINY, *arguments, env=self.env)
            self.assertEqual(result.status, 2, result)
            self.assertEqual(len(result.err.splitlines()), 1, result)
            for text in texts:
                self.assertIn(text, result.err)
        self.assertEqual(files_in(self.folder), ["temporary"])

    def test_without_a_terminal_it_does_not_wait_for_ever(self) -> None:
        for stdin in (None, -3):  # an empty pipe, /dev/null
            keys = {} if stdin is None else {"stdin": stdin}
            self.assert_refused(self.gilscope("tour", *TINY, **keys), "--auto", "no terminal")
        closed = self.start_shell('exec "$0" tour --seconds 0.01 <&-', os.environ["GILSCOPE"]).finish()
        self.assert_refused(closed, "--auto", "no terminal")

    def test_interrupted_it_shows_what_there_is(self) -> None:
        running = self._start([os.environ["GILSCOPE"], "tour", "--auto", "--seconds", "0.01", "--only", "threads,io", "--picture",
                               "made.png"], {"env": self.env})
        running.wait_for("=> Two threads")
        running.send(signal.SIGINT)
        result = running.finish()
        # It may have come to its end before the signal came.
        self.assertIn(result.status, (0, 130), result)
        self.assertIn("What was learned\n  threads ", result.out)
        self.assertEqual(files_in(self.folder / "temporary"), [])

    def test_interrupted_at_work_it_ends_its_children(self) -> None:
        running = self._start([os.environ["GILSCOPE"], "tour", "--auto", "--seconds", "60", "--only", "countdown"], {"env": self.env})
        running.wait_for("The likely guess")
        running.send(signal.SIGINT)
        result = running.finish()
        self.assertEqual(result.status, 130, result)
        self.assertNotIn("=>", result.out)
        self.assertEqual(files_in(self.folder), ["temporary"])
        self.assertEqual(files_in(self.folder / "temporary"), [])

    def test_a_missing_module_is_skipped_with_a_word(self) -> None:
        # An import of Cython fails as if it were not there.
        self.write("without/Cython.py", "raise ModuleNotFoundError(\"No module named 'Cython'\", name='Cython')\n")
        env = {**self.env, "PYTHONPATH": str(self.folder / "without"), "XDG_CACHE_HOME": str(self.folder / "cache")}
        result = self.tour("--auto", *TINY, "--only", "prange,threads", env=env)
        self.assertIn("Skipped: not installed: apt install cython3", result.out)
        self.assertRegex(result.out, r"\n  prange +skipped")
        self.assertIn("=> Two threads", result.out)


class OnATerminal(TerminalCase):
    def test_enter_runs_s_skips_q_ends(self) -> None:
        terminal = self.on_terminal("tour", *TINY, "--only", "countdown,threads,io")
        terminal.wait_for("1 of 3  countdown")
        terminal.wait_for("q: quit")
        self.assertNotIn("=>", terminal.text)
        terminal.type("\r")
        terminal.wait_for("=> One thread")
        at = len(terminal.seen)
        terminal.wait_for("2 of 3  threads")
        terminal.wait_for("q: quit", after=terminal.seen.find(b"2 of 3"))
        terminal.type("x")  # means nothing
        terminal.type("s")
        terminal.wait_for("3 of 3  io", after=at)
        terminal.wait_for("q: quit", after=terminal.seen.find(b"3 of 3"))
        terminal.type("q")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn("=> Two threads", terminal.text)
        self.assertRegex(terminal.text, r"\n  threads +skipped\n")
        self.assertIn("There is no picture", terminal.text)
        self.assertTrue(terminal.has_its_modes())

    def test_ctrl_c_at_the_question(self) -> None:
        terminal = self.on_terminal("tour", *TINY, "--only", "threads")
        terminal.wait_for("q: quit")
        terminal.type("\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assertTrue(terminal.has_its_modes())

    def test_colour_only_where_it_is_wanted(self) -> None:
        coloured = self.on_terminal("tour", "--auto", *TINY, "--only", "threads")
        self.assertEqual(coloured.finish(), 0)
        self.assertIn(b"\x1b[94m", coloured.seen)
        plain = self.on_terminal("tour", "--auto", *TINY, "--only", "threads", env={"NO_COLOR": "1"})
        self.assertEqual(plain.finish(), 0)
        self.assertNotIn(b"m\xe2\x96\x88", plain.seen)
        self.assertIn("=> Two threads", plain.text)

    def test_progress_is_shown_and_taken_away(self) -> None:
        terminal = self.on_terminal("tour", "--auto", *TINY, "--only", "countdown")
        self.assertEqual(terminal.finish(), 0)
        self.assertRegex(terminal.text.split("\n")[0], r"^gilscope tour: 1 step on CPython ")
        self.assertGreater(terminal.seen.rfind(b"\r\x1b[K"), terminal.seen.rfind(b"of about"))


if __name__ == "__main__":
    unittest.main()
