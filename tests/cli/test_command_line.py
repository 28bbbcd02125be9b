"""The command line: help, versions, and that what is wrong is said before the script starts."""
import os
import unittest

from cli_case import HAS_GIL, CliCase, environment


class CommandLine(CliCase):
    def test_no_arguments(self) -> None:
        result = self.gilscope()
        self.assertEqual((result.status, result.out), (2, ""))
        self.assertIn("Usage: gilscope COMMAND", result.err)

    def test_help(self) -> None:
        for arguments in (("--help",), ("-h",), ("help",)):
            result = self.gilscope(*arguments)
            self.assertEqual((result.status, result.err), (0, ""), result)
            for verb in ("run", "doctor"):
                self.assertIn(f"  {verb} ", result.out)
        for verb in ("run", "doctor"):
            for option in ("--help", "-h"):
                result = self.gilscope(verb, option)
                self.assertEqual((result.status, result.err), (0, ""), result)
                self.assertIn(f"Usage: gilscope {verb}", result.out)
        for option in ("--threads", "--call", "--json", "--venv", "--no-trace", "--quiet", "-X", "-W", "-u"):
            self.assertIn(option, self.gilscope("run", "--help").out)

    def test_help_is_as_wide_as_the_terminal(self) -> None:
        texts = [("help",), ("help", "budget"), *[("help", verb) for verb in ("run", "report", "replay", "compare", "tour", "doctor")]]
        for arguments in texts:
            words = []
            for columns in ("72", "80", "300"):
                shown = self.gilscope(*arguments, env=environment(COLUMNS=columns)).out
                longest = max(shown.splitlines(), key=len)
                self.assertLessEqual(len(longest), min(int(columns), 100), longest)
                words.append(shown.split())
            self.assertTrue(words[0] == words[1] == words[2], arguments)
        self.assertIn("\n  gilscope run -t 2 countdown.py          the whole script on two native threads\n" + " " * 42 + "at once\n",
                      self.gilscope("run", "--help").out)

    def test_version(self) -> None:
        for option in ("--version", "-V"):
            result = self.gilscope(option)
            self.assertEqual((result.status, result.err), (0, ""))
            self.assertRegex(result.out, r"^gilscope \d+\.\d+\.\d+ \(CPython 3\.\d+\.\d+\)\n$")

    def test_an_unknown_verb(self) -> None:
        self.assert_refused(self.gilscope("rnu", "x.py"), "'rnu'", "did you mean 'run'?")
        self.assert_refused(self.gilscope("doctr"), "did you mean 'doctor'?")
        self.assert_refused(self.gilscope("app.py"), "gilscope run app.py")
        self.assert_refused(self.gilscope("something"), "gilscope --help")
        self.assert_refused(self.gilscope("--threads"), "'--threads'")
        self.assert_refused(self.gilscope(""), "''")
        self.assert_refused(self.gilscope("doctor", "x"), "doctor takes no arguments")

    def test_help_of_a_verb(self) -> None:
        for verb in ("run", "report", "replay", "compare", "tour", "doctor"):
            ours, same = self.gilscope("help", verb), self.gilscope(verb, "--help")
            self.assertEqual((ours.status, ours.out, ours.err), (0, same.out, ""), ours)
            self.assertIn(f"gilscope {verb}", ours.out)
        self.assert_refused(self.gilscope("help", "nope"), "there is no command 'nope'")

    def test_wrong_options(self) -> None:
        for options in (("-t", "0"), ("-t", "1025"), ("-t", "-1"), ("-t", "two"), ("-t", "1.5"), ("-t", ""), ("-t",),
                        ("--threads",), ("--no-such-option",), ("-Z",), ("--json",), ("--venv",), ("--call",),
                        ("-t", "99999999999999999999"), ("--quiet=3x",), ("--json", ""), ("--venv", "")):
            with self.subTest(options=options):
                self.assert_refused(self.gilscope("run", *options, *([] if len(options) == 1 else ["-c", "print('ran')"])))
                self.assert_refused(self.gilscope("run", *options))

    def test_what_was_meant(self) -> None:
        for arguments, said in ((("run", "--hmtl", "x"), "there is no option '--hmtl'; did you mean '--html'?"),
                                (("run", "--treads=3"), "there is no option '--treads'; did you mean '--threads'?"),
                                (("tour", "--nothing-like-it"), "there is no option '--nothing-like-it' (see"),
                                (("report", "a.gil", "b.gil"), "'b.gil' is one name too many"),
                                (("run", "--json"), "--json needs a value: FILE"),
                                (("report", "a.gil", "--picture", "a.png", "--picture", "b.png"),
                                 "--picture is given more than once")):
            self.assert_refused(self.gilscope(*arguments), said)

    def test_nothing_to_run(self) -> None:
        for arguments in ((), ("-t", "2"), ("--",), ("--quiet",)):
            self.assert_refused(self.gilscope("run", *arguments), "nothing to run", "SCRIPT")
        self.assert_refused(self.gilscope("run", "-c"), "-c needs code")
        self.assert_refused(self.gilscope("run", "-m"), "-m needs the name of a module")

    def test_a_missing_file(self) -> None:
        self.assert_refused(self.gilscope("run", "missing.py"), "'missing.py'", "No such file")
        self.assert_refused(self.gilscope("run", "no/folder/x.py"), "'no/folder/x.py'")
        self.assert_refused(self.gilscope("run", ""), "''")
        self.assert_refused(self.gilscope("run", "größe.py"), "'größe.py'")
        self.assert_refused(self.gilscope("run", "/dev/null/x.py"), "Not a directory")
        script = self.write("secret.py", "print(1)")
        script.chmod(0)
        if os.geteuid() != 0:
            self.assert_refused(self.gilscope("run", "secret.py"), "Permission denied")

    def test_options_after_the_script_are_the_scripts(self) -> None:
        script = self.write("app.py", "import sys; print(sys.argv[1:])")
        result = self.run_gilscope(script, "-t", "9999", "--json", "--", "-c", "--help")
        self.assert_ended(result, 0, "['-t', '9999', '--json', '--', '-c', '--help']\n")
        self.assert_ended(self.run_gilscope("--", script, "-x"), 0, "['-x']\n")
        self.assert_ended(self.run_gilscope("-t1", "--quiet=false", script), 0, "[]\n")

    def test_pythons_own_options(self) -> None:
        code = "import sys; print(sys.flags, sys.warnoptions, sys._xoptions, __debug__, sys.path[0])"
        for options in (("-X", "dev"), ("-Xdev",), ("-X", "utf8=1", "-X", "no_debug_ranges"), ("-W", "error"), ("-Werror",),
                        ("-W", "error", "-W", "ignore::UserWarning"), ("-u",), ("-O",), ("-OO",), ("-B",), ("-E",),
                        ("-I",), ("-P",), ("-s",), ("-S",), ("-b",), ("-bb",), ("-BE",), ("-X", "a=b=c")):
            with self.subTest(options=options):
                self.assert_like_python(*options, "-c", code)
        result = self.run_gilscope("-X", "dev", "-t", "3", "-c", "import warnings; warnings.warn('seen', DeprecationWarning)")
        self.assert_ended(result, 0)
        self.assertIn("DeprecationWarning: seen", result.err)
        result = self.run_gilscope("-v", "-c", "pass")
        self.assertIn("import 'site'", result.err)

    def test_dev_mode_and_verbose_imports_run_to_the_end(self) -> None:
        code = "import asyncio, threading\nt = threading.Thread(target=int); t.start(); t.join()\nopen('/dev/null')"
        self.assert_ended(self.run_gilscope("-X", "dev", "-c", code), 0)

    def test_options_that_python_refuses(self) -> None:
        for options in (("-X", "tracemalloc=wrong"), ("-X", "int_max_str_digits=1"), ("-X", "utf8=3")):
            ours = self.gilscope("run", *options, "-c", "print('ran')")
            theirs = self.run_python(*options, "-c", "print('ran')")
            self.assertNotEqual(theirs.status, 0)
            self.assertEqual((ours.out, ours.summary), ("", ""), ours)
            self.assertEqual(ours.status, 2, ours)
            self.assertTrue(ours.err.startswith("gilscope: "), ours)

    def test_doctor(self) -> None:
        result = self.gilscope("doctor")
        self.assertEqual((result.status, result.err), (0, ""), result)
        for row in ("Python", "GIL", "cores", "OpenMP", "SIMD", "clock", "probe", *["cost"] * HAS_GIL):
            self.assertRegex(result.out, rf"(?m)^{row} +\S")
        self.assertIn("sees the GIL: taken and dropped 1000 times, 1000 takes counted, 1000 turns recorded" if HAS_GIL
                      else "sees waits on Python's own locks", result.out)


if __name__ == "__main__":
    unittest.main()
