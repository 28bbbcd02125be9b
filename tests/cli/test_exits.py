"""How a run ends: exit statuses, uncaught exceptions, and that each thread's end is its own."""
import unittest

from cli_case import CliCase

EXITS = ("0", "3", "None", "'a message'", "-1", "256", "255", "2**31", "2**63 - 1", "2**64", "-2**70", "True", "False",
         "1.5", "(1, 2)", "b'x'", "'ß'")


class Exits(CliCase):
    def test_the_end_of_a_script(self) -> None:
        self.assert_ended(self.run_gilscope("-c", "pass"), 0, "")

    def test_system_exit(self) -> None:
        for code in EXITS:
            with self.subTest(code=code):
                result = self.assert_like_python("-c", f"import sys; print('out'); sys.exit({code})")
                self.assert_ended(result, result.status)

    def test_system_exit_of_other_shapes(self) -> None:
        for code in ("raise SystemExit", "raise SystemExit(1, 2)", "exit(4)", "quit()",
                     "e = SystemExit(); e.code = 7; raise e", "class E(SystemExit): code = 9\nraise E",
                     "class E(SystemExit):\n  @property\n  def code(self): raise KeyError('no code')\nraise E",
                     "import sys\nclass S:\n  def __str__(self): raise KeyError('no text')\nsys.exit(S())",
                     "import sys; sys.stderr = None; sys.exit('nobody hears')",
                     "import sys, io; sys.stderr = io.StringIO(); sys.exit('nobody hears')"):
            with self.subTest(code=code):
                ours, theirs = self.run_gilscope("-c", code), self.run_python("-c", code)
                self.assert_ended(ours, theirs.status, "")

    def test_system_exit_on_threads(self) -> None:
        for code in EXITS:
            with self.subTest(code=code):
                script = f"import gilscope, sys\nif gilscope.thread_index == 1: sys.exit({code})\nprint('on')"
                expected = self.run_python("-c", f"import sys; sys.exit({code})")
                result = self.run_gilscope("-t", "3", "-c", script)
                self.assert_ended(result, expected.status, "on\non\n")
                self.assertEqual(result.err, expected.err)

    def test_the_first_thread_in_order_decides(self) -> None:
        code = "import gilscope, sys; sys.exit((0, 5, 0, 6)[gilscope.thread_index])"
        self.assert_ended(self.run_gilscope("-t", "4", "-c", code), 5)
        code = "import gilscope, sys\nif gilscope.thread_index == 3: 1/0\nsys.exit(5)"
        self.assert_ended(self.run_gilscope("-t", "4", "-c", code), 1)

    def test_an_uncaught_exception(self) -> None:
        for code in ("1/0", "raise KeyError('x')", "raise ExceptionGroup('g', [ValueError(1), KeyError(2)])",
                     "def f(n): f(n + 1)\nf(0)", "class E(Exception):\n  def __str__(self): raise ValueError\nraise E",
                     "raise BaseException('base')", "raise GeneratorExit", "import no_such_module", "{}['ß']",
                     "import sys; sys.stderr = None; 1/0",
                     "e = ValueError('noted'); e.add_note('a note'); raise e"):
            with self.subTest(code=code):
                self.assert_ended(self.assert_like_python("-c", code), 1)

    def test_an_uncaught_exception_on_one_thread(self) -> None:
        script = self.write("fail.py", """
            import gilscope, threading
            done = gilscope.__dict__.setdefault("done", threading.Semaphore(0))
            if gilscope.thread_index == 1:
                done.release()
                raise ValueError("on one")
            done.acquire(); done.release()
            print("on", gilscope.thread_index)
            """)
        result = self.run_gilscope("-t", "3", script)
        self.assert_ended(result, 1)
        self.assertEqual(sorted(result.out.splitlines()), ["on 0", "on 2"])
        self.assertEqual(result.err, "Exception in thread worker-1:\nTraceback (most recent call last):\n"
                         f'  File "{script}", line 5, in <module>\n    raise ValueError("on one")\nValueError: on one\n')

    def test_tracebacks_of_many_threads_do_not_mix(self) -> None:
        script = self.write("fail.py", "def deep(n):\n    if n: deep(n - 1)\n    raise ValueError(n)\ndeep(20)")
        result = self.run_gilscope("-t", "16", script)
        self.assert_ended(result, 1, "")
        parts = result.err.split("Exception in thread worker-")[1:]
        self.assertEqual(sorted(int(part.split(":")[0]) for part in parts), list(range(16)))
        self.assertEqual(len({part.split("\n", 1)[1] for part in parts}), 1, result)

    def test_excepthook(self) -> None:
        for hook in ("print('hooked', *a[:2])", "sys.exit(7)", "raise KeyError('in the hook')", "1/0", "sys.stdout.flush()"):
            code = f"import sys\ndef hook(*a): {hook}\nsys.excepthook = hook\nraise ValueError('x')"
            with self.subTest(hook=hook):
                result = self.assert_like_python("-c", code)
                self.assert_ended(result, 7 if "exit" in hook else 1)
        threads = self.run_gilscope("-t", "2", "-c", "import sys\ndef hook(*a): sys.exit(7)\nsys.excepthook = hook\n1/0")
        self.assert_ended(threads, 7)
        self.assertEqual(threads.err.count("Exception in thread worker-"), 2, threads)
        self.assert_like_python("-c", "import sys; del sys.excepthook; 1/0")
        self.assert_like_python("-c", "import sys; sys.excepthook = None; 1/0")
        self.assert_like_python("-c", "import sys, atexit\natexit.register(lambda: print(repr(sys.last_value)))\n1/0")

    def test_exceptions_in_threads_of_the_script(self) -> None:
        code = "import threading\nt = threading.Thread(target=lambda: 1/0, name='own')\nt.start(); t.join()\nprint('on')"
        self.assert_ended(self.assert_like_python("-c", code), 0)
        hooked = "import threading\nthreading.excepthook = lambda a: print('hook', a.exc_type, a.thread.name)\n"
        self.assert_ended(self.assert_like_python("-c", hooked + code), 0)

    def test_an_exception_that_refers_to_itself_at_the_end(self) -> None:
        code = "class D:\n  def __del__(self): raise ValueError('in del')\nd = D(); d.me = d\nimport sys; sys.kept = D()"
        self.assert_ended(self.assert_like_python("-c", code), 0)

    def test_atexit(self) -> None:
        code = "import atexit\natexit.register(print, 'first')\n@atexit.register\ndef f(): 1/0\nprint('body')\n"
        for end in ("", "import sys; sys.exit(3)", "raise KeyError"):
            self.assert_like_python("-c", code + end)
        late = "import atexit, sys\n@atexit.register\ndef f():\n  print('bye'); sys.exit(5)"
        self.assert_like_python("-c", late)
        threads = self.run_gilscope("-t", "2", "-c", "import atexit; atexit.register(print, 'bye')")
        self.assert_ended(threads, 0, "bye\nbye\n")

    def test_os_exit(self) -> None:
        for options in ((), ("-t", "3")):
            result = self.run_gilscope(*options, "-c", "import os, sys; os.write(1, b'.'); os._exit(6)")
            self.assertEqual((result.status, result.err), (6, ""), result)
            self.assert_ended(result, 6)

    def test_os_exit_beside_threads(self) -> None:
        script = self.write("app.py", """
            import os, sys, threading
            def busy():
                while True: pass
            for i in range(3): threading.Thread(target=busy, name=f"busy {i}").start()
            os.write(1, b".")
            if sys.argv[1] == "main": os._exit(0)
            else: threading.Thread(target=os._exit, args=[0]).start()
            """)
        for where in ("main", "thread"):
            for _ in range(5):
                result = self.run_gilscope(script, where)
                self.assert_ended(result, 0, ".")
                self.assertLessEqual({"busy 0", "busy 1", "busy 2"}, set(result.thread_names), result)
        self.assertEqual(self.run_gilscope("--budget", "contended_share<0.1%", script, "main").status, 4)

    def test_os_exit_while_python_ends(self) -> None:
        code = "import atexit, os; atexit.register(os._exit, 3)"
        self.assert_ended(self.run_gilscope("-c", code), 3, "")

    def test_exec(self) -> None:
        shell = 'os.execv("/bin/sh", ["sh", "-c", "echo on; exit 7"])'
        for before in ("", "import threading\nfor _ in range(2): threading.Thread(target=time.sleep, args=(99,)).start()"):
            result = self.run_gilscope("-o", "run.gil", "-c", f"import os, time\n{before}\n{shell}")
            self.assertEqual((result.status, result.out, result.err), (7, "on\n", ""), result)
            self.assertIn("!! The trace ends early: the script became another program, /bin/sh.", result.summary)
            self.assertIsNone(result.report["exit_status"], result)
            self.assertEqual(self.gilscope("report", "run.gil").out, result.summary)
        budget = self.run_gilscope("--budget", "turns > 0", "-c", f"import os; {shell}")
        self.assertIn("what came after the end of the trace is not known", budget.err + budget.summary)

    def test_exec_that_fails(self) -> None:
        nothing = self.write("nothing", "no program")
        code = (f"import os\nfor path in ('/no/such', '/tmp', {str(nothing)!r}):\n"
                "  try: os.execv(path, ['x'])\n  except OSError as error: print(error.errno)")
        self.assert_ended(self.run_gilscope("-c", code), 0, "2\n13\n13\n")
        nothing.chmod(0o755)
        late = self.run_gilscope("-c", code)
        self.assertEqual((late.status, late.out), (0, "2\n13\n8\n"), late)
        self.assertIn("another program", late.report["ends_early"])

    def test_abort(self) -> None:
        result = self.run_gilscope("-c", "import os; os.abort()")
        self.assertEqual((result.status, result.report), (-6, None), result)


if __name__ == "__main__":
    unittest.main()
