"""What the script reads and writes: standard streams redirected, piped, closed early, full, or not there."""
import unittest

from cli_case import GILSCOPE, CliCase


class Streams(CliCase):
    def test_the_script_reads_standard_input(self) -> None:
        script = self.write("read.py", "import sys\nprint(input('? '))\nprint(sys.stdin.read().upper())")
        self.assert_like_python(script, stdin="erste\nzweite ß\n".encode())
        self.assert_like_python(script)
        self.assert_ended(self.run_gilscope("-c", "print(input())", stdin=b"line\n"), 0, "line\n")

    def test_output_goes_where_the_script_sends_it(self) -> None:
        result = self.run_gilscope("-c", "import sys; print('out'); print('err', file=sys.stderr)")
        self.assert_ended(result, 0, "out\n")
        self.assertEqual(result.err, "err\n")

    def test_a_pipe_that_is_closed_early(self) -> None:
        for code in ("for i in range(10**6): print(i)", "import sys\nfor i in range(10**6): sys.stderr.flush(); print(i)",
                     "print('x'); input(); print('y')"):
            with self.subTest(code=code):
                results = []
                for start in (self.start, self.start_python):
                    running = start("-c", code)
                    if "input" not in code:
                        running.wait_for("\n")
                    running.process.stdout.close()
                    running.process.stdout = None
                    results.append(self.finish(running, b"\n"))
                ours, theirs = results
                self.assertEqual((ours.status, ours.err), (theirs.status, theirs.err))
                self.assertIn("BrokenPipeError", ours.err)
                self.assertIn("verified on CPython", ours.summary)

    def test_a_full_disk_under_standard_output(self) -> None:
        with open("/dev/full", "wb") as full:
            result = self.assert_like_python("-c", "print('x' * 10)", stdout=full)
        self.assertIn("No space left on device", result.err)
        self.assert_ended(result, 120, "")

    def test_closed_standard_streams(self) -> None:
        code = ("import os, sys\nassert (sys.stdin is None) == (0 in CLOSED) and (sys.stdout is None) == (1 in CLOSED)\n"
                "assert (sys.stderr is None) == (2 in CLOSED)\nf = open('kept', 'w')\nos.dup(f.fileno())\nprint('hello\\n', end='')\n"
                "f.write('mine')\nsys.exit(3)")
        for closed in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
            for threads in ("1", "2"):
                with self.subTest(closed=closed, threads=threads):
                    redirections = " ".join(f"{fd}{'<' if fd == 0 else '>'}&-" for fd in closed)
                    json_file = self.folder / "closed.json"
                    running = self.start_shell(f'"$0" run -t {threads} --json "$1" -c "$2" {redirections}',
                                          GILSCOPE, str(json_file), f"CLOSED = {closed}\n{code}")
                    result = running.finish()
                    self.assertEqual(result.status, 3, result)
                    self.assertEqual((self.folder / "kept").read_text(), "mine")
                    self.assertEqual(result.out, "" if 1 in closed else "hello\n" * int(threads))
                    self.assertEqual("verified" in result.summary, 2 not in closed, result)
                    self.assertIn('"exit_status": 3', json_file.read_text())
                    json_file.unlink()


if __name__ == "__main__":
    unittest.main()
