"""The end of a run: what is still going on then, and that it neither hangs nor crashes."""
import unittest

from cli_case import FREE_THREADED, GILSCOPE, PYTHON, CliCase


class Shutdown(CliCase):
    def test_daemon_threads(self) -> None:
        for body in ("while True: pass", "time.sleep(1000)", "lock.acquire()", "os.read(r, 1)",
                     "while True: gilscope.mark('m')", "while True: time.sleep(0)", "while True: sorted(range(1000))"):
            script = self.write("app.py", f"""
                import gilscope, os, sys, threading, time
                r, w = os.pipe()
                lock = threading.Lock(); lock.acquire()
                up = threading.Semaphore(0)
                def f():
                    up.release()
                    {body}
                for _ in range(4): threading.Thread(target=f, daemon=True).start()
                for _ in range(4): up.acquire()
                sys.exit(6)
                """)
            with self.subTest(body=body):
                self.assert_ended(self.run_gilscope(script), 6, "")

    def test_threads_of_the_script_that_are_naming_themselves(self) -> None:
        code = ("import threading, sys\nup = threading.Semaphore(0)\nclass T(threading.Thread):\n  @property\n"
                "  def name(self):\n    up.release()\n    while True: pass\n  name = name.setter(lambda *a: None)\n"
                "new = getattr(threading, '_start_joinable_thread', None) or (lambda f: threading._start_new_thread(f, ()))\n"
                "new(T(daemon=True)._bootstrap)\nup.acquire(); sys.exit(6)")
        self.assert_ended(self.run_gilscope("-c", code), 6, "")

    def test_daemon_threads_in_kernels(self) -> None:
        for arguments in ("release_gil=True", "release_gil=False", "num_threads=4"):
            code = ("import sys, threading\nfrom gilscope import kernels\nup = threading.Event()\n"
                    f"def f():\n  up.set()\n  kernels.countdown(10**{9 if 'False' in arguments else 14}, {arguments})\n"
                    "threading.Thread(target=f, daemon=True).start()\nup.wait()\nsys.exit(6)")
            with self.subTest(arguments=arguments):
                self.assert_ended(self.run_gilscope("-c", code), 6)
        code = ("import sys, threading\nfrom gilscope import kernels\nup = threading.Event()\n"
                "def f():\n  while True: kernels.mandelbrot(64, 64, on_tile=lambda *a: up.set())\n"
                "threading.Thread(target=f, daemon=True).start()\nup.wait()\nsys.exit(6)")
        self.assert_ended(self.run_gilscope("-c", code), 6)

    def test_threads_that_are_waited_for(self) -> None:
        code = ("import threading\ndef f():\n  threading.main_thread().join()\n  for i in range(10**5): pass\n  print('done')\n"
                "for _ in range(3): threading.Thread(target=f, name='late').start()\nprint('main')")
        result = self.assert_like_python("-c", code)
        self.assert_ended(result, 0, "main\n" + "done\n" * 3)
        self.assertEqual(result.thread_names.count("late"), 3)

    def test_a_pool_that_is_left_behind(self) -> None:
        code = ("from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(3)\n"
                "fs = [pool.submit(sum, range(1000)) for _ in range(50)]\nprint(len(fs))")
        self.assert_ended(self.assert_like_python("-c", code), 0, "50\n")

    def test_exceptions_in_destructors(self) -> None:
        code = ("class D:\n  def __del__(self): raise ValueError('in del')\nd = D(); d.me = d\nkept = D()\n"
                "import sys; sys.kept = D()")
        self.assert_ended(self.assert_like_python("-c", code), 0)

    @unittest.skipIf(FREE_THREADED, "there, functions made after the first thread live for ever, with their globals")
    def test_workers_leave_objects_to_the_end(self) -> None:
        code = ("import sys, threading\nclass D:\n  def __del__(self): sys.__stdout__.write('.')\n"
                "local = threading.local(); local.d = D()\nglobal_one = D(); sys.modules.setdefault('kept', []).append(D())")
        result = self.run_gilscope("-t", "4", "-c", code)
        self.assertEqual(result.status, 0, result)
        self.assertEqual(result.out, "." * 12)

    def test_atexit_starts_threads_and_prints(self) -> None:
        code = ("import atexit, threading\ndef f():\n  print('late'); gilscope.mark('at the end')\nimport gilscope\n"
                "atexit.register(f)\nprint('body')")
        result = self.run_gilscope("-c", code)
        self.assert_ended(result, 0, "body\nlate\n")
        self.assertEqual(result.report["marks"], [{"name": "at the end", "count": 1}])

    def test_standard_streams_that_the_script_closed(self) -> None:
        for code in ("import sys; sys.stdout.close()", "import os; os.close(1)", "import sys; sys.stderr.close()",
                     "import os; print('x'); os.close(1)", "import sys; sys.stdout = None; print('x')"):
            with self.subTest(code=code):
                ours, theirs = self.run_gilscope("-c", code), self.run_python("-c", code)
                self.assertEqual((ours.status, ours.out), (theirs.status, theirs.out), ours)
                self.assertIn("verified", ours.summary)

    def test_a_broken_threading_module(self) -> None:
        code = "import threading\nthreading._shutdown = None\nthreading.enumerate = None"
        self.assert_like_python("-c", code)

    def test_the_current_folder_is_gone(self) -> None:
        code = "import os, tempfile; d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d); print('gone')"
        self.assert_ended(self.run_gilscope("-c", code), 0, "gone\n")
        gone = self.folder / "gone"
        line = 'rmdir ../gone; exec "$@"'
        for arguments in (("-c", "import sys; print(sys.path[0])"), ("-m", "base64", "-t"), ("missing.py",)):
            results = []
            for command in ((GILSCOPE, "run"), (PYTHON,)):
                gone.mkdir(exist_ok=True)
                results.append(self.start_shell(line, "sh", *command, *arguments, cwd=gone).finish())
            ours, theirs = results
            self.assertEqual((ours.status, ours.out), (theirs.status, theirs.out), ours)

    def test_sub_interpreters_and_their_ends(self) -> None:
        code = ("import _xxsubinterpreters as s\nfor i in range(3):\n  i = s.create()\n"
                "  s.run_string(i, 'import gilscope; print(sum(range(1000)), flush=True)')\n"
                "  s.destroy(i)\nkept = s.create()\ns.run_string(kept, 'x = 1')")
        result = self.run_gilscope("-c", code)
        if "No module named '_xxsubinterpreters'" in result.err:
            self.skipTest("this Python has another module for sub-interpreters")
        self.assert_ended(result, 0, "499500\n" * 3)


if __name__ == "__main__":
    unittest.main()
