"""A free-threaded Python: with its GIL off, on, and switched on in mid-run."""
import subprocess
import sysconfig
import unittest
from typing import Any

from cli_case import FREE_THREADED, CliCase, Result, environment

# One thread is blocked for certain: it waits for a lock that is held, and gives up.
BLOCKED = """
    import threading
    lock = threading.Lock()
    lock.acquire()
    def give_up():
        assert not lock.acquire(timeout=0.05)
    thread = threading.Thread(target=give_up, name="blocked")
    thread.start()
    thread.join()
    """

# A module of the old kind, which says nothing of free threading.
OLD_MODULE = r"""
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "old_module", NULL, -1, NULL, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_old_module(void) { return PyModule_Create(&module); }
"""


@unittest.skipUnless(FREE_THREADED, "this Python always has a GIL")
class FreeThreaded(CliCase):
    def run_with(self, gil: str, *arguments: str, **keys: Any) -> Result:
        return self.run_gilscope(*arguments, env=environment(PYTHON_GIL=gil), **keys)

    def test_waits_on_locks_are_seen(self) -> None:
        result = self.run_with("0", self.write("app.py", BLOCKED))
        self.assert_ended(result, 0)
        report = result.report
        self.assertEqual((report["python"]["gil_enabled"], report["gils"]), (False, []), result)
        self.assertIn("No GIL: threads run at once", result.summary)
        thread = next(one for one in report["threads"] if one["name"] == "blocked")
        self.assertGreaterEqual(thread["longest_blocked_ns"], 45_000_000, result)
        place = next(one["place"] for one in report["blocked_at"] if one["place"] and one["place"]["function"] == "give_up")
        self.assertEqual(place["line"], 5, result)

    def test_threads_that_meet_no_lock(self) -> None:
        result = self.run_with("0", "-t", "3", "-c", "for _ in range(10_000): pass")
        self.assert_ended(result, 0)
        self.assertEqual(len(result.report["threads"]), 4, result)

    def test_a_file_says_the_same(self) -> None:
        result = self.run_with("0", "-o", "run.gil", self.write("app.py", BLOCKED))
        for view in ("--perfetto", "--chrome", "--gecko", "--html"):
            told = self.gilscope("report", "-q", "run.gil", view, "view")
            self.assertEqual(told.status, 0, told)
        again = self.gilscope("report", "run.gil", "--json", "-")
        self.assertEqual(again.out, (self.folder / "run.json").read_text())

    def test_our_module_leaves_it_off(self) -> None:
        result = self.run_with("0", "-c", "import gilscope, sys; from gilscope import kernels, image; print(sys._is_gil_enabled())")
        self.assertEqual((result.status, result.out), (0, "False\n"), result)
        result = self.run_gilscope("-c", "import gilscope, sys; from gilscope import kernels, image; print(sys._is_gil_enabled())",
                                   env={key: value for key, value in environment().items() if key != "PYTHON_GIL"})
        self.assertEqual((result.status, result.out, result.err), (0, "False\n", ""), result)

    def test_kernels_at_once(self) -> None:
        result = self.run_with("0", "-t", "4", self.write("app.py", """
            from gilscope import kernels
            source = bytes(range(256)) * 3 * 16
            first = bytes(kernels.grayscale(source, shape=(16, 256, 3)))
            for _ in range(50):
                assert bytes(kernels.grayscale(source, shape=(16, 256, 3))) == first
            """))
        self.assert_ended(result, 0)

    def test_children_without_gil(self) -> None:
        result = self.run_with("0", "--children", self.write("app.py", """
            import os, subprocess, sys
            subprocess.run([sys.executable, "-c", "pass"], check=True)
            if (child := os.fork()) == 0: os._exit(0)
            os.waitpid(child, 0)
            """))
        self.assert_ended(result, 0)
        self.assertEqual(len(result.report["processes"]), 3, result)

    def test_with_its_gil_on(self) -> None:
        for gil, options in (("1", []), ("0", ["-X", "gil=1"])):
            with self.subTest(gil=gil, options=options):
                result = self.run_with(gil, *options, self.write("app.py", BLOCKED))
                self.assert_ended(result, 0)
                self.assertEqual(result.report["python"]["gil_enabled"], True, result)
                self.assertGreater(result.report["gils"][0]["turns"], 0, result)

    def test_switched_on_in_mid_run(self) -> None:
        source = self.write("old_module.c", OLD_MODULE)
        subprocess.run(["cc", "-shared", "-fPIC", "-I", sysconfig.get_path("include"), source, "-o",
                        self.folder / f"old_module{sysconfig.get_config_var('EXT_SUFFIX')}"], check=True)
        unset = {key: value for key, value in environment().items() if key != "PYTHON_GIL"}
        result = self.run_gilscope(self.write("app.py", "import old_module, sys\nprint(sys._is_gil_enabled())"), env=unset)
        self.assertEqual((result.status, result.out), (0, "True\n"), result)
        self.assertIn("old_module", result.err)  # Python's warning
        self.assertIn("The GIL was switched on in mid-run", " ".join(result.summary.split()), result)
        self.assertEqual(result.report["python"]["gil_went_on"], True, result)


if __name__ == "__main__":
    unittest.main()
