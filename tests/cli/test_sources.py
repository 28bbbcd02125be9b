"""What can be run, and how it looks to the script: the same as to python3."""
import os
import py_compile
import unittest
import zipfile
from pathlib import Path

from cli_case import CliCase

# Everything about a script that tells how it was started.
TELL = """
import os, sys
def tell():
    print(__name__, __file__ if "__file__" in globals() else None, __package__, __spec__ and __spec__.name)
    print(sorted(globals()), type(__loader__).__name__, __builtins__ is __import__("builtins"), __doc__)
    print(sys.argv, sys.orig_argv[1:], sys.path, sys.flags, sys.warnoptions, sys._xoptions)
    print(sys.modules["__main__"].__dict__ is globals(), sys.stdin.encoding, sys.stdout.encoding, sys.stderr.encoding)
    print(sys.stdout.line_buffering, sys.stdout.errors, sys.getfilesystemencoding(), os.getcwd())
tell()
"""
RAISE = "def fail():\n    raise ValueError('here')\nfail()\n"


class Sources(CliCase):
    def test_a_script_by_relative_absolute_and_linked_path(self) -> None:
        script = self.write("folder/tell.py", '"""Its docstring."""' + TELL)
        link = self.folder / "link.py"
        link.symlink_to(script)
        for path in ("folder/tell.py", "./folder/../folder/tell.py", script, link, "link.py"):
            with self.subTest(path=path):
                self.assert_like_python(path, "one", "-x", "--json", "two words", "-t", "")

    def test_a_script_in_the_current_folder(self) -> None:
        self.write("beside.py", "value = 7")
        self.write("app.py", "import beside, sys\nprint(beside.value, sys.path[0])")
        self.assert_like_python("app.py")

    def test_code(self) -> None:
        for arguments in (("-c", TELL, "a", "-c"), ("-cimport sys; print(sys.argv, sys.path)", "-"),
                          ("-c", "x: int = 3\nprint(__annotations__)")):
            self.assert_like_python(*arguments)

    def test_code_from_standard_input(self) -> None:
        self.assert_like_python("-", "a", "b", stdin=TELL.encode())
        self.assert_like_python("-", stdin=b"")
        result = self.run_gilscope("-", stdin=b"# coding: latin-1\nprint('\xe9')\n")
        self.assert_ended(result, 0, "é\n")  # where 3.11 says "encoding problem"

    def test_a_module(self) -> None:
        self.write("tell.py", TELL)
        self.write("package/__init__.py", "print('init', __name__)")
        self.write("package/__main__.py", TELL + "from . import part")
        self.write("package/part.py", TELL)
        self.write("plain/__init__.py", "")
        for name in ("tell", "package", "package.part", "package.__main__", "json.tool"):
            with self.subTest(module=name):
                self.assert_like_python("-m", name, "--help")
        self.assert_like_python("-mbase64", "-t")

    def test_a_module_that_cannot_be_run(self) -> None:
        self.write("plain/__init__.py", "")
        self.write("broken/__init__.py", "import nothing_of_this_name")
        self.write("wrong.py", "x = = 1")
        for name in ("no_such_module", "plain", "no_such.module", "json.no_such", "broken", "broken.part", "wrong",
                     "sys"):
            with self.subTest(module=name):
                ours = self.run_gilscope("-m", name)
                theirs = self.run_python("-m", name)
                self.assertEqual((ours.status, ours.out), (theirs.status, theirs.out), ours)
                self.assertEqual(ours.err.splitlines()[-1].split(": ", 1)[1],
                                 theirs.err.splitlines()[-1].split(": ", 1)[1], ours)

    def test_a_folder_and_a_zip_file(self) -> None:
        self.write("app/__main__.py", TELL + "import part")
        self.write("app/part.py", "print(__file__)")
        with zipfile.ZipFile(self.folder / "app.zip", "w") as archive:
            for name in ("__main__.py", "part.py"):
                archive.write(self.folder / "app" / name, name)
        (self.folder / "empty").mkdir()
        for path in ("app", "app/", self.folder / "app", "app.zip", self.folder / "app.zip"):
            with self.subTest(path=path):
                self.assert_like_python(path, "argument")
        ours, theirs = self.run_gilscope("empty"), self.run_python("empty")
        self.assertEqual((ours.status, ours.err), (theirs.status, theirs.err))

    def test_a_compiled_file(self) -> None:
        script = self.write("tell.py", TELL)
        py_compile.compile(str(script), str(self.folder / "compiled.pyc"))
        self.assert_like_python("compiled.pyc", "x")
        (self.folder / "wrong.pyc").write_bytes(b"\0" * 64)
        ours, theirs = self.run_gilscope("wrong.pyc"), self.run_python("wrong.pyc")
        self.assertEqual((ours.status, ours.out), (theirs.status, theirs.out), ours)
        self.assertIn("magic number", ours.err.lower(), ours)

    def test_names_and_arguments_that_are_not_ascii(self) -> None:
        self.write("größe/日本.py", TELL + "print('größe', sys.argv[1:])")
        self.assert_like_python("größe/日本.py", "naïve", "🐍", os.fsdecode(b"\xff\xfe"))
        self.write("größe/__main__.py", "def größe(): raise ValueError('ß')\ngröße()")
        self.assert_like_python("größe")

    def test_a_script_that_is_not_a_regular_file(self) -> None:
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        running = self.start("pipe")
        Path(pipe).write_text("print(__name__)")
        self.assert_ended(self.finish(running), 0, "__main__\n")

    def test_tracebacks(self) -> None:
        script = self.write("fail.py", RAISE)
        self.write("deep/__init__.py", "")
        self.write("deep/fail.py", "import fail")
        self.assert_like_python("fail.py")
        self.assert_like_python(script)
        self.assert_like_python("-c", RAISE)
        self.assert_like_python("-c", "try: 1/0\nexcept Exception as e: raise KeyError('x') from e")
        self.assert_like_python("-", stdin=RAISE.encode())
        self.assert_like_python("-m", "fail")
        self.assert_like_python("-m", "deep.fail")
        threads = self.run_gilscope("-t", "2", "fail.py")
        self.assertEqual(threads.err.count(f'  File "{script}", line 3, in <module>'), 2, threads)
        self.assert_ended(threads, 1, "")

    def test_syntax_errors(self) -> None:
        self.write("wrong.py", "print('never')\nx = = 1\n")
        (self.folder / "bytes.py").write_bytes(b"print('never')\nx = '\xe9'\n")
        (self.folder / "zero.py").write_bytes(b"print('never')\nx = '\0'\n")
        self.assert_like_python("wrong.py")
        for arguments in (("-c", "if True:\nprint(1)"), ("-c", "x = 'open"), ("bytes.py",), ("-",)):
            with self.subTest(arguments=arguments):
                ours = self.run_gilscope(*arguments, stdin=b"a b c\n")
                theirs = self.run_python(*arguments, stdin=b"a b c\n")
                self.assertEqual((ours.status, ours.out), (1, ""), ours)
                self.assertEqual(ours.err.splitlines()[-1].split(":")[0], theirs.err.splitlines()[-1].split(":")[0])
        zero = self.run_gilscope("zero.py")
        self.assertIn("null bytes", zero.err)
        self.assert_ended(zero, 1, "")
        threads = self.run_gilscope("-t", "3", "wrong.py")
        self.assertEqual(threads.err.count("SyntaxError"), 1, threads)
        self.assert_ended(threads, 1, "")

    def test_source_with_a_coding_line_a_bom_and_windows_line_ends(self) -> None:
        (self.folder / "latin.py").write_bytes(b"# coding: latin-1\nprint('\xe9')\n")
        (self.folder / "bom.py").write_bytes(b"\xef\xbb\xbfprint('x')\r\nprint('y')\r\n")
        (self.folder / "empty.py").write_bytes(b"")
        for name in ("latin.py", "bom.py", "empty.py"):
            self.assert_like_python(name)


if __name__ == "__main__":
    unittest.main()
