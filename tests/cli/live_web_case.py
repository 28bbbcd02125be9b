"""What a browser does with a live page, without one: it visits the address, keeps the cookie and reads events."""
from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass

from cli_case import TIMEOUT_S, CliCase, Result, Running


@dataclass
class Event:
    type: str
    id: int
    data: dict


class Browser:
    """One visitor, with a cookie of its own."""

    def __init__(self, address: str) -> None:
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/\?token=([0-9a-f]{32}))", address)
        assert match is not None, address
        self.port = int(match[1])
        self.entry = match[2]
        self.token = match[3]
        self.cookie = ""

    def get(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            names.setdefault("Cookie", self.cookie)
        connection.request(method, path, headers=names)
        return connection.getresponse()

    def visit(self) -> Browser:
        answer = self.get(self.entry)
        assert answer.status == 303 and answer.headers["Location"] == "/", answer.status
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return self

    def open_page(self) -> str:
        answer = self.get("/")
        assert answer.status == 200, answer.status
        return answer.read().decode()

    def events(self, last_id: int = 0) -> EventSource:
        headers = {"Last_Event_ID": str(last_id)} if last_id else {}
        return EventSource(self.get("/events", **headers))


class EventSource:
    def __init__(self, answer: http.client.HTTPResponse) -> None:
        assert answer.status == 200, answer.status
        assert answer.headers["Content-Type"] == "text/event-stream"
        self._answer = answer

    def next(self) -> Event | None:
        """None: the server has gone."""
        fields: dict[str, str] = {}
        while True:
            try:
                line = self._answer.readline().decode().rstrip("\n")
            except ConnectionError:
                return None
            if not line:
                if "event" in fields:
                    return Event(fields["event"], int(fields["id"]), json.loads(fields["data"]))
                if self._answer.closed or not fields:
                    if self._answer.fp is None or self._answer.isclosed():
                        return None
                fields = {}
                continue
            if not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value

    def until(self, event_type: str) -> Event:
        while (event := self.next()) is not None:
            if event.type == event_type:
                return event
        raise AssertionError(f"the stream ended before '{event_type}' came")

    def close(self) -> None:
        self._answer.close()


class LiveWebCase(CliCase):
    def start_live(self, script: str, *options: str, **keys) -> tuple[Running, Browser]:
        running = self.start("--live=web", *options, "-c", script, **keys)
        running.wait_for_error("token=")
        running.wait_for_error("\n")
        match = re.search(r"gilscope: live at (\S+)\n", running._seen_error.decode())
        assert match is not None, running._seen_error
        return running, Browser(match[1])

    def end(self, running: Running) -> Result:
        return self.finish(running, stdin=b"\n")
