"""Processes that a script starts: forks, multiprocessing, subprocess. The parent's numbers stay its own."""
import unittest

from cli_case import FREE_THREADED, CliCase, environment

# From 3.12 on os.fork() warns in a process that has threads.
QUIET = environment(PYTHONWARNINGS="ignore::DeprecationWarning")


class Forks(CliCase):
    def test_the_child_goes_on_to_the_end_of_the_script(self) -> None:
        script = self.write("app.py", """
            import os, sys
            pid = os.fork()
            if pid == 0:
                sum(range(1000))
                print("child"); sys.exit(7)
            status = os.waitpid(pid, 0)[1]
            print("parent", os.waitstatus_to_exitcode(status), flush=True)
            """)
        for options in ((), ("--no-trace",)):
            result = self.run_gilscope(*options, script)
            self.assertEqual((result.status, result.out), (0, "child\nparent 7\n"), result)
        self.assert_like_python(script)

    def test_how_children_end(self) -> None:
        for end, status in (("pass", 0), ("1/0", 1), ("os._exit(8)", 8), ("sys.exit('said')", 1), ("os.abort()", -6),
                            ("raise KeyboardInterrupt", None), ("threading.Thread(target=print, args=('t',)).start()", 0),
                            ("os.execv(sys.executable, [sys.executable, '-c', 'print(9); raise SystemExit(9)'])", 9),
                            ("atexit.register(print, 'bye'); sys.exit(2)", 2), ("sys.excepthook = print; 1/0", 1)):
            code = ("import atexit, os, sys, threading\nif (pid := os.fork()) == 0:\n  " + end + "\nelse:\n"
                    "  status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n  print(status)")
            with self.subTest(end=end):
                if status is None:
                    self.assert_ended(self.run_gilscope("-c", code), 0, "130\n")  # python3: by the signal
                else:
                    result = self.assert_like_python("-c", code)
                    self.assertIn(f"{status}\n", result.out)

    def test_a_fork_that_nobody_waits_for(self) -> None:
        result = self.run_gilscope("-c", "import os, sys\nif os.fork(): sys.exit(3)\nprint('child')")
        self.assert_ended(result, 3, "child\n")

    def test_from_a_worker(self) -> None:
        script = self.write("app.py", """
            import gilscope, os, sys, threading
            if gilscope.thread_index == 1:
                if (pid := os.fork()) == 0:
                    os.write(1, b"child 1\\n")
                    threading.Thread(target=lambda: os.write(1, b"waited for\\n")).start()
                    sys.exit(5)
                print("status", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """)
        result = self.run_gilscope("-t", "3", script, env=QUIET)
        self.assert_ended(result, 0, "child 1\nwaited for\nstatus 5\n")
        self.assertEqual(result.err, "")

    @unittest.skipIf(FREE_THREADED, "there, a child may get an object that another thread had locked at the fork")
    def test_from_every_worker(self) -> None:
        code = ("import os, sys\nif (pid := os.fork()) == 0:\n  for i in range(10000): pass\n  1/0\n"
                # Not print: what one thread has printed may still be in the buffer that another one's child gets.
                "status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\nos.write(1, b'%d\\n' % status)")
        result = self.run_gilscope("-t", "6", "-c", code, env=QUIET)  # to warn takes a lock, which a fork may find locked
        self.assert_ended(result, 0, "1\n" * 6)
        self.assertEqual(result.err.count("ZeroDivisionError: division by zero"), 6, result)
        self.assertNotIn("Exception ignored", result.err)

    def test_from_a_thread_of_the_script(self) -> None:
        script = self.write("app.py", """
            import os, threading
            def tell(what): os.write(1, f"{what}\\n".encode())  # print() has a lock, which a fork may find locked
            def f():
                if (pid := os.fork()) == 0:
                    tell(f"child {threading.current_thread().name}")
                    os._exit(4)
                tell(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            threads = [threading.Thread(target=f, name="forker") for _ in range(3)]
            for t in threads: t.start()
            for t in threads: t.join()
            """)
        result = self.run_gilscope(script)
        self.assert_ended(result, 0)
        self.assertEqual(sorted(result.out.splitlines()), ["4"] * 3 + ["child forker"] * 3)

    def test_fork_beside_threads_that_fight_for_the_gil(self) -> None:
        script = self.write("app.py", """
            import os, threading
            stop = []
            def spin():
                while not stop: pass
            threads = [threading.Thread(target=spin) for _ in range(3)]
            for t in threads: t.start()
            for i in range(20):
                if (pid := os.fork()) == 0:
                    t = threading.Thread(target=sum, args=(range(1000),)); t.start(); t.join()
                    os._exit(i)
                assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == i
            stop.append(1)
            """)
        self.assert_ended(self.run_gilscope(script), 0, "")

    def test_a_child_of_a_child(self) -> None:
        code = ("import os, sys\nfor depth in range(4):\n  pid = os.fork()\n  if pid:\n"
                "    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) + 1)\nsys.exit(10)")
        self.assert_ended(self.run_gilscope("-c", code), 14, "")

    def test_the_module_in_a_child(self) -> None:
        script = self.write("app.py", """
            import gilscope, os
            from gilscope import kernels
            kernels.countdown(10**5)
            if (pid := os.fork()) == 0:
                with gilscope.region("child"): gilscope.mark("child")
                kernels.countdown(10**5, num_threads=4)
                try: gilscope.stats()
                except RuntimeError as error: print(error, flush=True)
                os._exit(3)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
            """)
        result = self.run_gilscope(script)
        self.assert_ended(result, 0)
        self.assertIn("forked child", result.out)
        self.assertEqual((result.report["regions"], result.report["marks"]), ([], []))

    def test_call_after_a_fork(self) -> None:
        code = ("import os\npid = os.fork()\ndef work(i, n):\n  os.write(1, b'.')\n"
                "import atexit\nif pid: atexit.register(lambda: os.waitpid(pid, 0))")
        for _ in range(5):  # whichever thread ends first
            self.assert_ended(self.run_gilscope("-t", "2", "--call", "work", "-c", code), 0, "....")


class Processes(CliCase):
    def test_sys_executable(self) -> None:
        code = "import sys, os; print(sys.executable, sys._base_executable, sys.prefix, sys.exec_prefix, sys.platlibdir)"
        result = self.run_gilscope("-c", code)
        name = result.out.split()[0]
        direct = self.run_python("-c", f"import subprocess; subprocess.run([{name!r}, '-c', {code!r}])")
        self.assertEqual(result.out.split()[2:], direct.out.split()[2:])
        self.assertTrue(name.startswith("/"), name)

    def test_subprocess(self) -> None:
        code = ("import subprocess, sys\nchild = 'import sys; print(sys.argv, input()); sys.exit(3)'\n"
                "r = subprocess.run([sys.executable, '-c', child, 'x'], input='line', text=True, capture_output=True)\nprint(r.returncode, r.stdout, r.stderr)\n"
                "print(subprocess.check_output('echo $0 shell', shell=True))")
        self.assert_like_python("-c", code)

    def test_the_children_record_nothing(self) -> None:
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1)']); print(2)"
        self.assertEqual(self.assert_like_python("-u", "-c", code).out, "1\n2\n")

    def test_multiprocessing(self) -> None:
        script = self.write("app.py", """
            import multiprocessing, os, sys
            from concurrent.futures import ProcessPoolExecutor
            def square(n): return n * n
            def tell(queue): queue.put((__name__, multiprocessing.current_process().name, os.getpid() != PARENT))
            PARENT = int(os.environ.setdefault("PARENT", str(os.getpid())))
            def main():
                for method in ("fork", "spawn", "forkserver"):
                    context = multiprocessing.get_context(method)
                    with context.Pool(2) as pool: print(method, pool.map(square, range(5)))
                    queue = context.Queue()
                    process = context.Process(target=tell, args=(queue,), name="named")
                    process.start(); print(queue.get()); process.join(); print(process.exitcode)
                    with ProcessPoolExecutor(2, mp_context=context) as pool: print(list(pool.map(square, range(5))))
                    process = context.Process(target=sys.exit, args=(7,)); process.start(); process.join()
                    print(process.exitcode)
                with multiprocessing.Manager() as manager:
                    shared = manager.list([1]); shared.append(2); print(list(shared))
                from multiprocessing import shared_memory
                memory = shared_memory.SharedMemory(create=True, size=10); memory.close(); memory.unlink()
            if __name__ == "__main__": main()
            """)
        self.assert_ended(self.assert_like_python(script), 0)
        self.assert_like_python("-m", "app")

    def test_multiprocessing_in_a_function_on_threads(self) -> None:
        script = self.write("app.py", """
            import multiprocessing
            def square(n): return n * n
            def work(index, count):
                with multiprocessing.get_context("spawn").Pool(1) as pool: print(pool.map(square, range(4)))
            """)
        self.assert_ended(self.run_gilscope("-t", "2", "--call", "work", script), 0, "[0, 1, 4, 9]\n" * 2)


if __name__ == "__main__":
    unittest.main()
