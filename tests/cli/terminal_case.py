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
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.modes_before = termios.tcgetattr(self.slave)
        self.seen = b""
        streams = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave, **keys.pop("streams", {})}
        env = environment(**{"TERM": "xterm-256color", **keys.pop("env", {})})
        slave = self.slave

        def take_terminal() -> None:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(command, cwd=folder, env=env, preexec_fn=take_terminal, **streams)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], seconds)
        if ready:
            self.seen += os.read(self.master, 65536)
        return bool(ready)

    def wait_for(self, pattern: str, after: int = 0) -> re.Match[str]:
        """Until `pattern` is somewhere in what came after so many bytes."""
        deadline = time.monotonic() + TIMEOUT_S
        while (found := re.search(pattern, self.seen[after:].decode(errors="replace"))) is None:
            if time.monotonic() > deadline:
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
        return termios.tcgetattr(self.slave) == self.modes_before

    def finish(self) -> int:
        """Waits for the end, and reads what is left."""
        self.wait_until("the end", lambda: self.process.poll() is not None)
        self.wait_until("modes as before", self.has_its_modes)
        while self.read(0.3):
            pass
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

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
