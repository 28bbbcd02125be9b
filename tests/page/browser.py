"""Drives Chromium without a window over its DevTools protocol, with nothing but the standard library.

Messages are JSON, each ended by a NUL, on the browser's file descriptors 3 (to it) and 4 (from it).
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Callable

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 300.0  # seconds until a test is given up: far more than the slowest machine takes


class BrowserError(Exception):
    pass


def find_browser() -> str | None:
    """The browser's program; None where there is none."""
    return os.environ.get("GILSCOPE_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A browser with one page. Console errors, exceptions and violations of the page's policy are in `errors`."""

    def __init__(self, width: int = 1280, height: int = 720, dark: bool = False, ratio: float = 1) -> None:
        program = find_browser()
        if program is None:
            raise BrowserError(f"none of {', '.join(NAMES)} is installed")
        self.profile = tempfile.TemporaryDirectory(prefix="gilscope-browser-", ignore_cleanup_errors=True)
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.events: list[dict[str, Any]] = []
        self._number = 0
        self._rest = b""
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-dev-shm-usage",
                   "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                   "--disable-default-apps", "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb",
                   f"--user-data-dir={self.profile.name}", "about:blank"]
        # The two ends as 3 and 4, whatever numbers they have here: first out of the way of each other.
        script = f'exec 8<&{to_browser} 9>&{from_browser}; exec 3<&8 4>&9 8<&- 9>&-; exec "$@"'
        self.process = subprocess.Popen(["bash", "-c", script, "browser", *command], start_new_session=True,
                                        pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=os.environ | {"HOME": self.profile.name})
        os.close(to_browser)
        os.close(from_browser)
        target = self._send("Target.createTarget", {"url": "about:blank"}, None)["targetId"]
        attached = self._send("Target.attachToTarget", {"targetId": target, "flatten": True}, None)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.resize(width, height, ratio)
        self.set_dark(dark)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        os.close(self._write)
        os.close(self._read)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.profile.cleanup()

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._send(method, parameters, self.session)

    def _send(self, method: str, parameters: dict[str, Any], session: str | None) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data):]
        until = time.monotonic() + PATIENCE
        while True:
            answer = self._next(until - time.monotonic())
            if answer is None:
                raise BrowserError(f"{method}: no answer")
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self._event(answer)

    def _next(self, seconds: float) -> dict[str, Any] | None:
        parts = [self._rest]
        while b"\0" not in parts[-1]:
            if not select.select([self._read], [], [], max(seconds, 0))[0]:
                self._rest = b"".join(parts)
                return None
            data = os.read(self._read, 1 << 20)
            if not data:
                raise BrowserError("the browser has gone")
            parts.append(data)
        message, _, self._rest = b"".join(parts).partition(b"\0")
        return json.loads(message)

    def _event(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.errors.append("console: " + " ".join(str(one.get("value", one)) for one in parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.errors.append(f"log: {parameters['entry']['text']}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        self.events.append(event)

    def open(self, url: str | Path) -> None:
        """Opens a page or a file; what it does afterwards is for wait_for()."""
        self.errors.clear()
        self.requests.clear()
        self.events.clear()
        self.send("Page.navigate", url=url if isinstance(url, str) else url.resolve().as_uri())

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited if it is a promise."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Until it is true."""
        until = time.monotonic() + PATIENCE
        while not self._holds(expression):
            if self.errors:
                raise BrowserError("; ".join(self.errors))
            if time.monotonic() > until:
                raise BrowserError(f"not within {PATIENCE} s: {expression}")
            time.sleep(0.02)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.run(expression))
        except BrowserError as error:
            if "context" in str(error).lower():  # the page is being replaced
                return False
            raise

    def resize(self, width: int, height: int, ratio: float = 1) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=ratio, mobile=False)

    def set_dark(self, dark: bool) -> None:
        value = "dark" if dark else "light"
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    def key(self, key: str, text: str | None = None) -> None:
        """A key that is pressed and released: "w", "Escape", "ArrowLeft"."""
        text = text if text is not None else key if len(key) == 1 else ""
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def type(self, text: str) -> None:
        for character in text:
            self.key(character)

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        """kind: Pressed, Released, Moved or Wheel."""
        self.send("Input.dispatchMouseEvent", type=f"mouse{kind}", x=x, y=y, **more)

    def click(self, x: float, y: float) -> None:
        self.mouse("Moved", x, y)
        self.mouse("Pressed", x, y, button="left", buttons=1, clickCount=1)
        self.mouse("Released", x, y, button="left", clickCount=1)

    def drag(self, begin: tuple[float, float], end: tuple[float, float], modifiers: int = 0) -> None:
        self.mouse("Moved", *begin)
        self.mouse("Pressed", *begin, button="left", buttons=1, clickCount=1, modifiers=modifiers)
        middle = ((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)
        for point in (middle, end):
            self.mouse("Moved", *point, button="left", buttons=1, modifiers=modifiers)
        self.mouse("Released", *end, button="left", clickCount=1, modifiers=modifiers)

    def touch(self, kind: str, points: list[tuple[float, float]]) -> None:
        """kind: Start, Move or End; the points that touch now."""
        self.send("Input.dispatchTouchEvent", type=f"touch{kind}",
                  touchPoints=[{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)])

    def settle(self) -> None:
        """Until what was asked for is drawn."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")

    def picture(self, full: bool = False) -> bytes:
        """What is seen, as PNG; full: with what is scrolled out of sight."""
        self.settle()
        result = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=full)
        return base64.b64decode(result["data"])


def open_when(condition: str) -> Callable[[Browser, str | Path], None]:
    """Opens a page and waits until `condition` holds."""
    def go(browser: Browser, url: str | Path) -> None:
        browser.open(url)
        browser.wait_for(condition)
    return go


# A report whose turns have been read, and whose histograms are counted.
open_report = open_when("window.gilscopePage && window.gilscopePage.isComplete")
