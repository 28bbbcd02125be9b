"""A gilscope on a terminal: a pty that the test holds the other end of."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path
from typing import Any

from cli_case import GILSCOPE, TIMEOUT_S, CliCase, environment


class Terminal:
    """Runs a command on a terminal of its own, as its foreground job."""

    def __init__(self, command: list[str], folder: Path, rows: int = 24, columns: int = 80, **keys: Any) -> None:
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.modes_before = termios.tcgetattr(self.master)
        self.seen = b""
        self.is_over = False
        streams = {"stdin": slave, "stdout": slave, "stderr": slave, **keys.pop("streams", {})}
        env = environment(**{"TERM": "xterm-256color", **keys.pop("env", {})})

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(command, cwd=folder, env=env, preexec_fn=take_terminal, **streams)
        os.close(slave)  # once all who run on it have ended, its other end says so

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read(self, seconds: float) -> bool:
        """False: nothing came for so long, or nothing can come any more."""
        if self.is_over or not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            self.seen += os.read(self.master, 65536)
        except OSError:  # nobody has the terminal open
            self.is_over = True
        return not self.is_over

    def wait_for(self, pattern: str, after: int = 0) -> re.Match[str]:
        """Until `pattern` is somewhere in what came after so many bytes."""
        deadline = time.monotonic() + TIMEOUT_S
        while (found := re.search(pattern, self.seen[after:].decode(errors="replace"))) is None:
            if time.monotonic() > deadline or self.is_over:
                raise AssertionError(f"'{pattern}' did not come, but:\n{self.seen[after:][-3000:]!r}")
            self.read(0.2)
        return found

    def wait_until(self, what: str, is_so: Any) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"never: {what}; {self.seen[-3000:]!r}")
            self.read(0.05)

    def has_its_modes(self) -> bool:
        return termios.tcgetattr(self.master) == self.modes_before

    def finish(self) -> int:
        """Waits for the end of all that run on the terminal, and reads what they wrote."""
        self.wait_until("the end", lambda: self.is_over)
        return self.process.wait(TIMEOUT_S)

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)

    @property
    def text(self) -> str:
        """All that came, without control sequences and without what was drawn in frames."""
        text = self.seen.decode(errors="replace")
        text = re.sub(r"\x1b\[\?2026h.*?\x1b\[\?2026l", "", text, flags=re.S)
        return re.sub(r"\x1b(?:[78D]|\[[0-9;?]*[a-zA-Z])", "", text).replace("\r", "")

    def frames(self) -> list[str]:
        """The frames that were drawn, as lines of text, with their colours."""
        drawn = re.findall(r"\x1b\[\?2026h(.*?)\x1b\[\?2026l", self.seen.decode(errors="replace"), flags=re.S)
        return ["\n".join(re.findall(r"\x1b\[\d+;1H(.*?)\x1b\[K", frame, flags=re.S)) for frame in drawn]


class TerminalCase(CliCase):
    def on_terminal(self, *arguments: str | Path, **keys: Any) -> Terminal:
        terminal = Terminal([GILSCOPE, *map(os.fspath, arguments)], self.folder, **keys)
        self.addCleanup(terminal.close)
        return terminal

    def assert_given_back(self, terminal: Terminal) -> None:
        """The cursor is shown, all of the screen scrolls, and the modes are as before."""
        seen = terminal.seen
        self.assertGreater(seen.rfind(b"\x1b[?25h"), seen.rfind(b"\x1b[?25l"), seen[-2000:])
        self.assertGreater(seen.rfind(b"\x1b[r"), max(m.start() for m in re.finditer(rb"\x1b\[1;\d+r", seen)), seen[-2000:])
        self.assertTrue(terminal.has_its_modes())
