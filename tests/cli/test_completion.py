"""gilscope completion: what a shell offers when Tab is pressed."""
import re
import shutil
import subprocess
import unittest

from cli_case import GILSCOPE, CliCase


class Completion(CliCase):
    def script(self, shell: str) -> str:
        done = subprocess.run([GILSCOPE, "completion", shell], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def offered(self, *words: str) -> list[str]:
        """What bash offers for the last of these words."""
        program = self.script("bash") + 'COMP_WORDS=("$0" "$@"); COMP_CWORD=$#; _gilscope; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", program, GILSCOPE, *words], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_verbs_and_their_options(self) -> None:
        self.assertEqual(self.offered("do"), ["doctor"])
        self.assertIn("report", self.offered(""))
        self.assertEqual(self.offered("completion", "z"), ["zsh"])
        self.assertEqual(self.offered("run", "--trace"), ["--trace-limit"])
        self.assertEqual(self.offered("report", "--pic"), ["--picture"])
        self.assertIn("-t", self.offered("run", "-"))

    def test_every_option_of_the_help_is_offered(self) -> None:
        for verb in ("run", "report"):
            help_text = subprocess.run([GILSCOPE, verb, "--help"], capture_output=True, text=True).stdout
            listed = re.findall(r"(?m)^ {2,8}(-[^ {=:]+(?: +--[^ {=:]+)?)", help_text)
            names = {name.strip() for first in listed for name in first.split(",")}
            self.assertGreater(len(names), 10)
            self.assertEqual(names - set(self.offered(verb, "-")), set())

    def test_the_scripts_own_options_are_not_ours(self) -> None:
        self.assertEqual(self.offered("run", "app.py", "--ful"), [])
        self.assertEqual(self.offered("run", "-m", "--ful"), [])
        self.assertEqual(self.offered("run", "-q", "--ful"), ["--full"])

    def test_other_shells_take_theirs(self) -> None:
        self.assertIn("bashcompinit", self.script("zsh"))
        for shell in ("zsh", "fish"):
            if shutil.which(shell):
                done = subprocess.run([shell, "-n"], input=self.script(shell), capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_what_is_wrong_is_said(self) -> None:
        for words in ([], ["tcsh"], ["bash", "zsh"]):
            done = subprocess.run([GILSCOPE, "completion", *words], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn("bash, zsh or fish", done.stderr)


if __name__ == "__main__":
    unittest.main()
