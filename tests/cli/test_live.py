"""run --live on a terminal: lanes below what the script prints, keys, and the terminal given back at every end."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from cli_case import GILSCOPE, TIMEOUT_S, environment, needs_gil
from laws import check_laws
from terminal_case import TerminalCase

TWO = """
    import os, sys, threading, time
    def count(n):
        while n > 0: n -= 1
    def work(until):
        while not until(): count(10_000)
    def two(until):
        threads = [threading.Thread(target=work, args=(until,), name=f"counter {i}") for i in (1, 2)]
        for t in threads: t.start()
        for t in threads: t.join()
    def told(): return os.path.exists("go")
"""
# Until the test has seen what it wants to see.
WAIT = "import os, time\nwhile not os.path.exists('go'): time.sleep(.01)\n"
FIRST_FRAME = r"\x1b\[\?2026l"


@needs_gil
class Live(TerminalCase):
    def tell(self) -> None:
        """To scripts that wait for it."""
        self.write("go", "")

    def test_lanes_below_what_the_script_prints(self) -> None:
        script = self.write("two.py", TWO + """
    print("begin", sys.stdout.isatty(), sys.stderr.isatty(), sys.stdin.isatty(), flush=True)
    print("part", end="", flush=True)
    two(told)
    print("ial")
    print("to stderr", file=sys.stderr)
    print("end")
    sys.exit(7)
""")
        terminal = self.on_terminal("run", "--json", "run.json", "-o", "run.gil", "--live", script)
        terminal.wait_for(r"counter [12] +\x1b\[1mHOLDS\x1b\[0m .*█")
        terminal.wait_for(r"counter [12] +waits ")
        terminal.wait_for("switch interval 5.00 ms")
        self.tell()
        self.assertEqual(terminal.finish(), 7, terminal.text)
        self.assert_given_back(terminal)
        self.assertTrue(terminal.text.startswith("begin True True True\npartial\nto stderr\nend\n"), terminal.text)
        last = terminal.text.split("end\n", 1)[1]
        self.assertRegex(last, r"^GIL held [\d.>]+ %, contended [\d.>]+ %")
        self.assertRegex(last, r"(?m)^counter 1 +(ended|out|HOLDS|waits) ")
        self.assertEqual(last.count("verified on CPython"), 1)
        self.assertGreater(last.find("verified on"), last.find("counter 2"), "the summary comes below the frame")
        report = json.loads((self.folder / "run.json").read_text())
        self.assertEqual(check_laws(report), [])
        self.assertEqual(report["exit_status"], 7)

    def test_nothing_that_is_written_is_lost_or_out_of_order(self) -> None:
        code = """
import os, sys
for i in range(3000):
    os.write(1 + i % 2, b"%d\\n" % i)
sys.stdout.buffer.write(b"junk \\xff\\xfe\\x80\\x00 \\xe2\\x82")
sys.stdout.buffer.flush()
sys.stdout.buffer.write(b"\\xac.")
"""
        terminal = self.on_terminal("run", "-q", "--live", "-c", code)
        self.assertEqual(terminal.finish(), 0)
        self.assertEqual([int(n) for n in re.findall(r"(?m)^(\d+)$", terminal.text)], list(range(3000)))
        self.assertIn(b"junk \xff\xfe\x80\x00 \xe2\x82\xac.", re.sub(rb"\x1b\[\?2026h.*?\x1b\[\?2026l", b"", terminal.seen, flags=re.S))

    def test_every_end_gives_the_terminal_back(self) -> None:
        wait = WAIT + "print('written', end='', flush=True)\n"
        for code, status in (("import os; os._exit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9),
                             ("import os; os.abort()", -signal.SIGABRT), ("1 / 0", 1), ("raise SystemExit(4)", 4),
                             ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
                             ("import os, signal; os.kill(os.getpid(), signal.SIGTERM); time.sleep(99)", -signal.SIGTERM),
                             ("import os, signal; os.kill(os.getpid(), signal.SIGINT); time.sleep(99)", 130)):
            with self.subTest(code=code):
                terminal = self.on_terminal("run", "--live", "-c", wait + code)
                terminal.wait_for(FIRST_FRAME)
                self.tell()
                self.assertEqual(terminal.finish(), status, terminal.text)
                self.assert_given_back(terminal)
                self.assertIn("written", terminal.text)
                self.assertEqual("verified on" in terminal.text, status > 0 or status == -signal.SIGTERM)
                (self.folder / "go").unlink()

    def test_ctrl_c(self) -> None:
        script = self.write("two.py", TWO + "\n    print('begun', flush=True)\n    (work if sys.argv[1:] else two)(lambda: False)\n")
        for options in ((), ("-t", "2")):
            terminal = self.on_terminal("run", *options, "--live", script, *(("work",) if options else ()))
            terminal.wait_for("begun")
            terminal.wait_for(r"(?s)counter 1 .*counter 2 " if not options else "worker-1 ")
            terminal.type("\x03")
            if not options:  # as in python3, the threads go on
                terminal.wait_for("KeyboardInterrupt")
                terminal.type("\x03")
            self.assertEqual(terminal.finish(), 130, terminal.text)
            self.assert_given_back(terminal)

    def test_keys_change_the_switch_interval_wherever_the_main_thread_waits(self) -> None:
        changed = "lambda: sys.getswitchinterval() >= .04"
        script = self.write("two.py", TWO + f"""
    def call(index, count): work({changed})
    if __name__ == "__main__" and not sys.argv[1:]: two({changed})
    elif sys.argv[1:] == ["whole"]: work({changed})
    print(sys.getswitchinterval())
""")
        for options, arguments in (((), ()), (("-t", "2"), ("whole",)), (("-t", "2", "--call", "call"), ("call",))):
            with self.subTest(options=options):
                terminal = self.on_terminal("run", *options, "--live", script, *arguments)
                for interval in ("5.00", "10.0", "20.0"):
                    terminal.wait_for(f"switch interval {interval} ms")
                    terminal.type("]")
                self.assertEqual(terminal.finish(), 0, terminal.text)

    def test_keys_that_come_together_each_count(self) -> None:
        script = self.write("two.py", TWO + "\n    two(lambda: sys.getswitchinterval() >= .04)\n")
        terminal = self.on_terminal("run", "--live", script)
        terminal.wait_for("switch interval 5.00 ms")
        terminal.type("]]]")
        self.assertEqual(terminal.finish(), 0, terminal.text)

    def test_pause_slow_motion_and_help(self) -> None:
        script = self.write("two.py", TWO + "\n    two(lambda: False)\n")
        terminal = self.on_terminal("run", "--live", script)
        terminal.wait_for("HOLDS")
        terminal.type(" ")
        terminal.wait_for("PAUSED, .* behind")
        terminal.type(" ,,,")
        terminal.wait_for("1/10 of the speed, .* behind")
        terminal.wait_for("5.00 ms a column")
        at = len(terminal.seen)
        terminal.type("....\x1b[F?")
        terminal.wait_for("live", after=at)
        terminal.wait_for("type to the script", after=at)
        terminal.resize(40, 200)
        terminal.wait_for("last dropped at")
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.finish(), -signal.SIGTERM)

    def test_q_ends_the_view_and_not_the_run(self) -> None:
        terminal = self.on_terminal("run", "--live", "-c", "print('a', flush=True); print('got', input(), flush=True)")
        terminal.wait_for("q quit view")
        terminal.type("q")
        terminal.wait_for(r"\x1b\[\?25h")
        terminal.type("typed\r")
        self.assertEqual(terminal.finish(), 0)
        self.assertIn("got typed", terminal.text)
        self.assert_given_back(terminal)

    def test_typing_to_the_script(self) -> None:
        terminal = self.on_terminal("run", "--live", "-c", "print('got', input('name? '))")
        terminal.wait_for(r"name\?")
        terminal.wait_for("q quit view")
        terminal.type("i")
        terminal.wait_for("what you type goes to the script")
        terminal.type("Guido\r")
        self.assertEqual(terminal.finish(), 0, terminal.text)
        self.assertIn("got Guido", terminal.text)

    def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(self) -> None:
        script = self.write("two.py", TWO + "\n    two(lambda: False)\n")
        terminal = self.on_terminal("run", "--live", script)
        terminal.wait_for("HOLDS")
        self.assertFalse(terminal.has_its_modes())
        terminal.process.send_signal(signal.SIGTSTP)
        terminal.wait_until("modes given back", terminal.has_its_modes)
        _, status = os.waitpid(terminal.process.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status))
        at = len(terminal.seen)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.wait_for("HOLDS", after=at)
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.finish(), -signal.SIGTERM)
        self.assert_given_back(terminal)

    def test_children_do_not_draw_and_are_the_scripts_only(self) -> None:
        code = WAIT + """
if os.fork() == 0:
    print("child", flush=True)
    os._exit(5)
print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
try: os.wait()
except ChildProcessError: print("no more")
os.system("echo from a shell")
"""
        # From 3.12 on os.fork() warns in a process that has threads, and --live is one.
        quiet = {"PYTHONWARNINGS": "ignore::DeprecationWarning"}
        terminal = self.on_terminal("run", "-q", "--live", "-c", code, env=quiet)
        terminal.wait_for(FIRST_FRAME)
        self.tell()
        self.assertEqual(terminal.finish(), 0)
        self.assertTrue(terminal.text.startswith("child\n5\nno more\nfrom a shell\n"), terminal.text)

    def test_what_is_redirected_is_left_alone(self) -> None:
        out = (self.folder / "out.txt").open("wb")
        self.addCleanup(out.close)
        code = WAIT + "import sys; print('out', sys.stdout.isatty()); print('err', file=sys.stderr)"
        terminal = self.on_terminal("run", "--live", "-c", code, streams={"stdout": out, "stdin": subprocess.DEVNULL})
        terminal.wait_for("(?s)GIL held.*" + FIRST_FRAME)
        self.tell()
        self.assertEqual(terminal.finish(), 0)
        self.assertEqual((self.folder / "out.txt").read_text(), "out False\n")
        self.assertTrue(terminal.text.startswith("err\n"), terminal.text)
        self.assertIn("GIL held", "\n".join(terminal.frames()))

    def test_without_a_terminal_it_says_so_and_goes_on(self) -> None:
        result = self.run_gilscope("--live", "-c", "print('ran')")
        self.assert_ended(result, 0, "ran\n")
        self.assertEqual(result.err, "gilscope: --live is left out: neither standard error nor standard output is a terminal\n")
        self.assertNotIn("\x1b", result.out + result.err + result.summary)
        for term in ("dumb", ""):
            terminal = self.on_terminal("run", "--live", "-c", "print('ran')", env={"TERM": term})
            self.assertEqual(terminal.finish(), 0)
            self.assertIn("--live is left out: TERM", terminal.text)
            self.assertNotIn(b"\x1b[?25l", terminal.seen)

    def test_no_colour_and_ascii(self) -> None:
        script = self.write("two.py", TWO + "\n    two(told)\n")
        plain = self.on_terminal("run", "-q", "--live", script, env={"NO_COLOR": "1", "LC_ALL": "C"})
        plain.wait_for(r"counter 1 +(HOLDS|waits) .*[#=]")
        self.tell()
        self.assertEqual(plain.finish(), 0)
        frames = "\n".join(plain.frames())
        self.assertNotIn("\x1b", frames)
        self.assertTrue(frames.isascii())

    def test_more_threads_than_lines(self) -> None:
        code = """
import os, threading
def work():
    while not os.path.exists("go"): sum(range(1000))
threads = [threading.Thread(target=work) for _ in range(60)]
for t in threads: t.start()
for t in threads: t.join()
"""
        terminal = self.on_terminal("run", "-q", "--live", "-c", code)
        terminal.wait_for(r"and \d+ more: held the GIL for .* now \d+ wait")
        self.tell()
        self.assertEqual(terminal.finish(), 0)

    @unittest.skipUnless(shutil.which("tmux"), "needs tmux: apt-get install tmux")
    def test_in_a_real_terminal(self) -> None:
        script = self.write("two.py", TWO + """
    for i in range(40): print("line", i)
    print("par", end="", flush=True)
    two(lambda: sys.getswitchinterval() >= .009)
    print("tial")
""")
        folder = tempfile.TemporaryDirectory(prefix="gilscope-tmux-")
        self.addCleanup(folder.cleanup)
        tmux = ["tmux", "-S", os.path.join(folder.name, "socket"), "-f", "/dev/null"]

        def say(*arguments: str) -> str:
            return subprocess.run([*tmux, *arguments], check=True, stdout=subprocess.PIPE, text=True, env=environment()).stdout

        say("new-session", "-d", "-x", "80", "-y", "24", "sh")
        self.addCleanup(subprocess.run, [*tmux, "kill-server"], stderr=subprocess.DEVNULL)

        def screen_with(pattern: str) -> str:
            deadline = time.monotonic() + TIMEOUT_S
            while time.monotonic() < deadline:
                screen = say("capture-pane", "-p")
                if re.search(pattern, screen):
                    return screen
                time.sleep(0.05)
            raise AssertionError(f"'{pattern}' did not come, but:\n{screen}")

        say("send-keys", f"clear; PS1='@ '; {GILSCOPE} run -q --live {script}; echo status $?", "Enter")
        screen = screen_with(r"counter 2 +(HOLDS|waits)")
        self.assertRegex(screen, r"line 39\npar\n+GIL held")
        say("send-keys", "]")
        screen = screen_with(r"status 0")
        self.assertRegex(screen, r"(?m)^line 39\npartial\nGIL held [^\n]*the end\n")
        self.assertIn("line 0\n", say("capture-pane", "-p", "-S", "-"), "what scrolls away is in the terminal's history")
        self.assertEqual(say("display", "-p", "#{cursor_flag} #{scroll_region_upper} #{scroll_region_lower}"), "1 0 23\n")


if __name__ == "__main__":
    unittest.main()
