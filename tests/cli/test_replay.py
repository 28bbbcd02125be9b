"""gilscope replay: a recorded run again, as sentences and on a terminal."""
import re
import unittest
from pathlib import Path

from cli_case import needs_gil
from terminal_case import TerminalCase

# Each counts until the other one has counted, twenty times over. It keeps the GIL until it is asked for it, so there are as many
# hand-overs, however busy the machine is.
RUN = """
    import threading
    counted, has_ended = [0, 0], [False, False]
    def count(me, other):
        for _ in range(20):
            before = counted[other]
            while counted[other] == before and not has_ended[other]: counted[me] += 1
        has_ended[me] = True
    threads = [threading.Thread(target=count, args=(i, 1 - i), name=f"counter {i + 1}") for i in (0, 1)]
    for t in threads: t.start()
    for t in threads: t.join()
"""


class Replay(TerminalCase):
    def record(self) -> Path:
        result = self.run_gilscope("-o", "run.gil", self.write("run.py", RUN))
        self.assert_ended(result, 0)
        self.report = result.report
        return self.folder / "run.gil"

    @needs_gil
    def test_sentences(self) -> None:
        trace = self.record()
        result = self.gilscope("replay", str(trace), "--step")
        self.assertEqual((result.status, result.err), (0, ""), result)
        self.assertNotIn("\x1b", result.out)
        lines = result.out.splitlines()
        hand_overs = self.report["gils"][0]["hand_overs"]
        self.assertRegex(lines[-1], rf"^{hand_overs} hand-overs? from 0\.000 ms to ")
        told = [line for line in lines if " obeyed " in line or " gave the GIL " in line]
        self.assertEqual(len(told), hand_overs, result)
        self.assertRegex(result.out, r"(?m)^counter [12] asked at [\d.]+ m?s; counter [12] obeyed (only )?[\d.]+ [mun]s later, at run.py:6 count$")
        self.assertRegex(result.out, r"(?m)^counter [12] ended at ")
        part = self.gilscope("replay", str(trace), "--step", "--from", "30%", "--to", "60%")
        self.assertLess(len(part.out.splitlines()), len(lines))
        self.assertTrue(set(part.out.splitlines()[1:-1]) <= set(lines), part)

    @needs_gil
    def test_on_a_terminal(self) -> None:
        trace = self.record()
        terminal = self.on_terminal("replay", str(trace), "--speed", "1/1000", "--from", "40%")
        terminal.wait_for(r"1/1000")
        terminal.wait_for(r"\d+\.\d{3} ms of [\d.]+ m?s")
        told = r"(?s)PAUSED.*?(?:gave the GIL at|asked at) "
        terminal.type("n")
        first = terminal.wait_for(told + r"([\d.]+) m?s").group(1)
        terminal.type("nnn")
        terminal.wait_for(told + rf"(?!{re.escape(first)})[\d.]+ m?s")
        at = len(terminal.seen)
        terminal.type("ppp")
        terminal.wait_for(told + rf"{re.escape(first)} m?s", after=at)
        terminal.type("\x1b[H\x1b[C?q")
        self.assertEqual(terminal.finish(), 0)
        self.assert_given_back(terminal)
        self.assertRegex(terminal.text, r"(?m)^main +(HOLDS|out|waits) ")

    @needs_gil
    def test_it_ends_by_itself_and_the_last_frame_stays(self) -> None:
        trace = self.record()
        terminal = self.on_terminal("replay", str(trace), "--speed", "x5")
        self.assertEqual(terminal.finish(), 0)
        self.assert_given_back(terminal)
        self.assertRegex(terminal.text, r"GIL held .*\n.*hand-overs/s")

    @needs_gil
    def test_ctrl_c_gives_the_terminal_back(self) -> None:
        terminal = self.on_terminal("replay", str(self.record()), "--step")
        terminal.wait_for("took the GIL for the first time")
        terminal.type("\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assert_given_back(terminal)

    def test_what_cannot_be_shown(self) -> None:
        trace = self.record()
        for arguments, texts in (((), ("needs the name of a trace",)),
                                 (("missing.gil",), ("'missing.gil'", "No such file")),
                                 ((str(trace),), ("--step prints",)),
                                 ((str(trace), "--speed", "fast"), ("--speed 'fast' is no speed", "1/1000")),
                                 ((str(trace), "--speed", "0"), ("--speed '0' is no speed",)),
                                 ((str(trace), "--speed", "x100000"), ("beyond what can be shown",)),
                                 ((str(trace), "--step", "--from", "2h"), ("--from '2h'",)),
                                 ((str(trace), "--step", "--from", "60%", "--to", "30%"), ("nothing lies between",)),
                                 ((str(trace), "--what"), ("--what",))):
            with self.subTest(arguments=arguments):
                self.assert_refused(self.gilscope("replay", *arguments), *texts)
        text = self.write("text.gil", "no trace")
        self.assert_refused(self.gilscope("replay", str(text), "--step"), "is no gilscope trace")
        self.write("empty.gil", "")
        self.assert_refused(self.gilscope("replay", "empty.gil", "--step"), "is empty")

    def test_a_trace_that_ends_early(self) -> None:
        whole = self.record().read_bytes()
        cut = self.folder / "cut.gil"
        cut.write_bytes(whole[:len(whole) * 3 // 4])
        result = self.gilscope("replay", str(cut), "--step")
        if result.status == 0:
            self.assertIn("the trace ends early: ", result.out)
        else:  # on a slow machine the last checkpoint before the cut comes early
            self.assert_refused(result, "cut.gil' holds no")

    def test_help(self) -> None:
        result = self.gilscope("replay", "--help")
        self.assertEqual((result.status, result.err), (0, ""))
        for text in ("Usage: gilscope replay", "--speed", "--step", "--from", "--to", "Keys:"):
            self.assertIn(text, result.out)
        for line in result.out.splitlines():
            self.assertLessEqual(len(line), 115)


if __name__ == "__main__":
    unittest.main()
