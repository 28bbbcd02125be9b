"""What the environment decides: PYTHON* variables, virtual environments, site-packages, locales."""
import os
import subprocess
import sys
import unittest

from cli_case import PYTHON, CliCase, environment

PREFIXES = "import sys; print(sys.prefix, sys.base_prefix, sys.executable, sys.path)"


class Environment(CliCase):
    def test_python_variables(self) -> None:
        self.write("lib/beside.py", "value = 7")
        code = ("import sys, os; print(sys.flags, sys.warnoptions, sys._xoptions, hash('x'), sys.path, sys.stdout.encoding,\n"
                "sys.stdout.errors, sys.pycache_prefix, sorted(k for k in os.environ if k[:2] == 'PY'))")
        for variables in ({"PYTHONPATH": "lib:/nowhere"}, {"PYTHONHASHSEED": "7"}, {"PYTHONHASHSEED": "0"},
                          {"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONOPTIMIZE": "2"}, {"PYTHONUTF8": "1"},
                          {"PYTHONWARNINGS": "error,ignore::UserWarning"}, {"PYTHONIOENCODING": "latin-1:replace"},
                          {"PYTHONUNBUFFERED": "1"}, {"PYTHONSAFEPATH": "1"}, {"PYTHONNOUSERSITE": "1"},
                          {"PYTHONDEVMODE": "1"}, {"PYTHONPYCACHEPREFIX": "/tmp/p"}, {"PYTHONMALLOC": "debug"},
                          {"PYTHONINTMAXSTRDIGITS": "700"}, {"PYTHONFAULTHANDLER": "1"}, {"PYTHONBREAKPOINT": "0"},
                          {"HOME": "/nowhere"}):
            with self.subTest(variables=variables):
                hashed = {"PYTHONHASHSEED": "1", **variables}
                self.assert_like_python("-c", code, env=environment(**hashed))
        self.assert_like_python("-c", "import beside; print(beside.value)", env=environment(PYTHONPATH="lib"))
        self.assert_like_python("-c", "print(__import__('os').environ['OWN'])", env=environment(OWN="größe"))

    def test_locales(self) -> None:
        code = ("import sys, locale\n"
                "print(sys.flags.utf8_mode, sys.getfilesystemencoding(), sys.stdout.encoding, locale.getlocale())")
        for value in ("C", "POSIX", "C.UTF-8", "no_SUCH"):
            with self.subTest(value=value):
                self.assert_like_python("-c", code, env=environment(LC_ALL=value))

    def test_a_wrong_home(self) -> None:
        result = self.run_gilscope("-c", "pass", env=environment(PYTHONHASHSEED="wrong"))
        self.assertEqual((result.status, result.summary), (2, ""), result)
        self.assertIn("PYTHONHASHSEED", result.err)

    def test_site_packages_of_the_system(self) -> None:
        if subprocess.run([PYTHON, "-c", "import numpy"], capture_output=True).returncode != 0:
            self.skipTest(f"{PYTHON} has no NumPy")
        code = "import numpy; a = numpy.arange(10); print(numpy.__file__, a.sum(), (a @ a))"
        self.assert_ended(self.assert_like_python("-c", code), 0)
        self.assert_ended(self.run_gilscope("-t", "3", "-c", "import numpy; print(numpy.ones((9, 9)).sum())"), 0, "81.0\n" * 3)


class VirtualEnvironments(CliCase):
    def setUp(self) -> None:
        super().setUp()
        self.venv = self.folder / "venv größe"
        made = subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(self.venv)], capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}{sys.abiflags}"
        (self.venv / "lib" / version / "site-packages" / "only_here.py").write_text("print('imported')")

    def test_given_and_active(self) -> None:
        code = PREFIXES + "; import only_here"
        expected = self._in_venv(code)
        for options, variables in ((("--venv", str(self.venv)), {}), (("--venv", "venv größe"), {}),
                                   (("--venv=" + str(self.venv),), {}), ((), {"VIRTUAL_ENV": str(self.venv)})):
            with self.subTest(options=options):
                result = self.run_gilscope(*options, "-c", code, env=environment(**variables))
                self.assert_ended(result, 0, expected)
        children = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
        self.assert_ended(self.run_gilscope("--venv", str(self.venv), "-c", children, code), 0, expected)

    def test_the_given_one_comes_before_the_active_one(self) -> None:
        result = self.run_gilscope("--venv", str(self.venv), "-c", "import only_here", env=environment(VIRTUAL_ENV="/nowhere"))
        self.assert_ended(result, 0, "imported\n")
        self.assertEqual(result.err, "")

    def test_none(self) -> None:
        result = self.run_gilscope("-c", "import sys; print(sys.prefix == sys.base_prefix)", env=environment(VIRTUAL_ENV=""))
        self.assert_ended(result, 0, "True\n")

    def test_a_wrong_folder(self) -> None:
        empty = self.folder / "empty"
        empty.mkdir()
        for folder in ("/nowhere", str(empty), "venv größe/bin"):
            self.assert_refused(self.gilscope("run", "--venv", folder, "-c", "print('ran')"), f"'{folder}'",
                                "not a virtual environment")
            result = self.run_gilscope("-c", "print('ran')", env=environment(VIRTUAL_ENV=folder))
            self.assert_ended(result, 0, "ran\n")
            self.assertIn("the active virtual environment is not used", result.err)

    def test_one_of_another_version(self) -> None:
        settings = self.venv / "pyvenv.cfg"
        text = settings.read_text()
        for line in ("version = 3.7.1", "version_info = 3.7.1.final.0"):
            settings.write_text("\n".join(old if "version" not in old else line for old in text.splitlines()))
            self.assert_refused(self.gilscope("run", "--venv", str(self.venv), "-c", "print('ran')"), "Python 3.7", "-m venv")
        settings.write_text("home = /usr/bin\n")  # says nothing of its version
        self.assertEqual(self.run_gilscope("--venv", str(self.venv), "-c", "print(1)").out, "1\n")

    def test_a_script_makes_one(self) -> None:
        code = ("import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'venv', '--without-pip', 'made'], check=True)\n"
                "print(subprocess.check_output(['made/bin/python', '-c', 'import sys; print(sys.prefix)'], text=True))")
        self.assert_ended(self.run_gilscope("-c", code), 0, f"{self.folder / 'made'}\n\n")
        self.assert_ended(self.run_gilscope("--venv", "made", "-c", "import sys; print(sys.prefix)"), 0, f"{self.folder / 'made'}\n")
        self.assert_ended(self.run_gilscope("-m", "venv", "--without-pip", "direct"), 0, "")
        self.assertTrue(os.access(self.folder / "direct/bin/python", os.X_OK))

    def _in_venv(self, code: str) -> str:
        command = [str(self.venv / "bin" / "python"), "-c", code]
        return subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=environment()).stdout


if __name__ == "__main__":
    unittest.main()
