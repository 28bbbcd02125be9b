"""run --live=web: who may see the page, what browsers are sent, and that no browser ever holds the run up."""
import os
import signal
import socket
import time
import unittest

from cli_case import TIMEOUT_S, Running, environment
from live_web_case import Browser, EventSource, LiveWebCase

# Ends when it is told to, by a line on its standard input.
WAITING = """
import sys, threading
done = threading.Event()
def work():
    while not done.is_set():
        sum(range(1000))
worker = threading.Thread(target=work, name="worker-1")
worker.start()
print("ready", flush=True)
sys.stdin.readline()
done.set()
worker.join()
"""


class Access(LiveWebCase):
    def test_only_with_the_token_and_from_here(self) -> None:
        running, browser = self.start_live(WAITING)
        running.wait_for("ready")
        here = f"127.0.0.1:{browser.port}"
        wrong = "0" * 32
        for path in ("/", "/events", "/report", "/favicon.ico", f"/?token={wrong}", "/?token=", f"/?token={browser.token}0",
                     f"/events?token={browser.token}", f"/report?token={browser.token}"):
            with self.subTest(path=path):
                answer = browser.get(path)
                self.assertEqual(answer.status, 403)
                self.assertRegex(answer.read().decode(), r"^[A-Z].*\.\n$")
        for host in ("example.com", f"example.com:{browser.port}", "127.0.0.1", "localhost", "127.0.0.1:1", "", f"{here}.example.com",
                     f"[::1]:{browser.port}", f"user@{here}"):
            with self.subTest(host=host):
                self.assertEqual(browser.get(browser.entry, Host=host).status, 403)
        for origin in ("http://example.com", "null", f"https://{here}", "http://127.0.0.1", f"http://{here}.example.com"):
            with self.subTest(origin=origin):
                self.assertEqual(browser.get(browser.entry, Origin=origin).status, 403)
        browser.visit()
        self.assertEqual(browser.get("/", Host=f"localhost:{browser.port}").status, 200)
        self.assertEqual(browser.get("/", Origin=f"http://{here}").status, 200)
        self.assertEqual(browser.get("/", Origin="http://example.com").status, 403)
        self.assertEqual(browser.get("/", Host="example.com").status, 403)
        self.assertEqual(browser.get("/", Cookie=browser.cookie + "0").status, 403)
        self.assertEqual(browser.get("/", Cookie=f"a=b; {browser.cookie}; c=d").status, 200)
        self.assertEqual(browser.get("/etc/passwd").status, 404)
        self.assertEqual(browser.get("/report").status, 404)
        for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            self.assertEqual(browser.get("/", method=method).status, 405)
        self.end(running)

    def test_secrets_stay_secret(self) -> None:
        running, browser = self.start_live(WAITING)
        answer = browser.get(browser.entry)
        self.assertRegex(answer.headers["Set-Cookie"], rf"^gilscope_{browser.port}=[0-9a-f]{{32}}; Path=/; HttpOnly; SameSite=Strict$")
        self.assertNotIn(browser.token, answer.headers["Set-Cookie"])
        browser.visit()
        answer = browser.get("/")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        page = answer.read().decode()
        self.assertNotIn(browser.token, page)
        self.assertNotIn(browser.cookie.split("=")[1], page)
        _, other = self.start_live(WAITING)
        self.assertNotEqual(browser.token, other.token)
        self.end(_)
        self.end(running)

    def test_only_loopback_listens(self) -> None:
        running, browser = self.start_live(WAITING)
        running.wait_for("ready")
        with socket.create_server(("127.0.0.2", browser.port)):  # still free: another loopback address than ours
            pass
        self.end(running)

    def test_nonsense_is_closed(self) -> None:
        running, browser = self.start_live(WAITING)
        running.wait_for("ready")
        host = f"Host: 127.0.0.1:{browser.port}\r\n".encode()
        for request in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/2\r\n\r\n", b"GET http://x/ HTTP/1.1\r\n" + host + b"\r\n",
                        b"GET / HTTP/1.1\r\n" + host + host + b"\r\n", b"GET / HTTP/1.1\r\n folded\r\n\r\n", b"\x16\x03\x01\x02\x00" * 20 + b"\r\n\r\n",
                        b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000):
            with self.subTest(request=request[:40]), socket.create_connection(("127.0.0.1", browser.port), TIMEOUT_S) as raw:
                try:
                    raw.sendall(request)
                    self.assertEqual(raw.recv(100), b"")
                except ConnectionError:
                    pass
        self.assertEqual(browser.visit().get("/").status, 200)
        self.end(running)


class CommandLine(LiveWebCase):
    def test_what_cannot_be_served_is_refused_before_the_script(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            self.assert_refused(self.gilscope("run", "--live=web", "--port", str(port), "-c", "print(1)"),
                                f"port {port} is in use", "--port")
        for port in ("65536", "-1", "x"):
            self.assert_refused(self.gilscope("run", "--live=web", "--port", port, "-c", "print(1)"), "--port")
        self.assert_refused(self.gilscope("run", "--live=radio", "-c", "print(1)"), "=radio", "--live=web")
        for option in (["--port", "0"], ["--open"], ["--stay"]):
            self.assert_refused(self.gilscope("run", *option, "-c", "print(1)"), option[0], "--live=web")
        self.assert_refused(self.gilscope("run", "--live=web", "--no-trace", "-c", "print(1)"), "--no-trace")

    def test_the_port_that_was_asked_for(self) -> None:
        for port in range(20_000, 21_000):  # none that the system gives away; another test may have it
            running = self.start("--live=web", "--port", str(port), "-c", WAITING)
            running.wait_for_error("\n")
            if b"is in use" not in running._seen_error:
                break
            running.finish()
        self.assertIn(f"gilscope: live at http://127.0.0.1:{port}/".encode(), running._seen_error)
        self.end(running)
        running, browser = self.start_live(WAITING, "--port", "0")
        self.assertNotEqual(browser.port, 0)
        self.end(running)


class Stream(LiveWebCase):
    def test_from_the_begin_to_the_report(self) -> None:
        running, browser = self.start_live(WAITING)
        self.assertIn("<!doctype html>", browser.visit().open_page().lower())
        events = browser.events()
        numbers = events.until("numbers").data["report"]
        self.assertGreaterEqual(len(numbers["threads"]), 1)
        running.process.stdin.write(b"\n")
        running.process.stdin.flush()
        end = events.until("end").data["report"]
        page = browser.get("/report")
        self.assertEqual(page.status, 200)
        self.assertEqual(len(page.read()), int(page.headers["Content-Length"]))
        events.close()
        result = self.finish(running)
        self.assert_ended(result, 0)
        self.assertEqual(end, result.report)
        # The server's own threads are none of the run's.
        self.assertEqual(sorted(result.thread_names), ["main", "worker-1"])

    def test_who_comes_back_goes_on_where_it_was(self) -> None:
        running, browser = self.start_live(WAITING)
        browser.visit()
        events = browser.events()
        first = events.until("numbers")
        events.close()
        again = browser.events(first.id).next()
        self.assertGreater(again.id, first.id)
        self.end(running)

    def test_twenty_browsers(self) -> None:
        running, browser = self.start_live(WAITING)
        browsers = [Browser(f"http://127.0.0.1:{browser.port}{browser.entry}").visit() for _ in range(20)]
        streams = [one.events() for one in browsers]
        for stream in streams:
            stream.until("numbers")
        running.process.stdin.write(b"\n")
        running.process.stdin.flush()
        ends = [stream.until("end").data["report"] for stream in streams]
        for one, stream in zip(browsers, streams):
            self.assertEqual(one.get("/report").status, 200)
            stream.close()
        result = self.finish(running)
        self.assertTrue(all(end == result.report for end in ends))

    def test_browsers_that_go_or_do_not_read(self) -> None:
        running, browser = self.start_live(WAITING)
        browser.visit()
        request = f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{browser.port}\r\nCookie: {browser.cookie}\r\n\r\n".encode()
        with socket.socket() as mute:
            mute.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            mute.connect(("127.0.0.1", browser.port))
            mute.sendall(request)
            for _ in range(5):
                with socket.create_connection(("127.0.0.1", browser.port)) as gone:
                    gone.sendall(request)
                with socket.create_connection(("127.0.0.1", browser.port)):
                    pass
            events = browser.events()
            for _ in range(5):
                events.until("numbers")
            events.close()
            result = self.end(running)
        self.assertEqual(result.status, 0, result)
        self.assertIn("a browser has not fetched the report in time", result.summary)


class Ends(LiveWebCase):
    def watch(self, script: str, *options: str, until: str = "ready") -> tuple[Running, Browser, EventSource]:
        running, browser = self.start_live(script, *options)
        events = browser.visit().events()
        events.until("numbers")
        running.wait_for(until)
        return running, browser, events

    def leave(self, browser: Browser, events: EventSource) -> dict:
        end = events.until("end").data["report"]
        self.assertEqual(browser.get("/report").status, 200)
        events.close()
        return end

    def test_interrupt(self) -> None:
        running, browser, events = self.watch("""
import threading
try:
    print("ready", flush=True)
    threading.Event().wait()
finally:
    print("ended", flush=True)
""")
        running.send(signal.SIGINT)
        self.assertEqual(self.leave(browser, events)["exit_status"], 130)
        self.assert_ended(self.finish(running), 130)

    def test_terminate(self) -> None:
        running, browser, events = self.watch(WAITING)
        running.send(signal.SIGTERM)
        end = self.leave(browser, events)
        self.assertEqual(end["exit_status"], 128 + signal.SIGTERM)
        self.assertEqual(self.finish(running).status, -signal.SIGTERM)

    def test_exception_and_exit(self) -> None:
        for ending, status in (("raise ValueError('no')", 1), ("sys.exit(7)", 7)):
            with self.subTest(ending):
                running, browser, events = self.watch(WAITING + ending)
                running.process.stdin.write(b"\n")
                running.process.stdin.flush()
                self.assertEqual(self.leave(browser, events)["exit_status"], status)
                self.assert_ended(self.finish(running), status)

    def test_os_exit_is_not_held_up(self) -> None:
        running, browser, events = self.watch(WAITING + "import os; os._exit(5)")
        result = self.end(running)
        self.assertEqual(result.status, 5, result)
        while events.next() is not None:
            pass

    def test_nobody_came(self) -> None:
        running, _ = self.start_live("print('done')")
        result = self.finish(running)
        self.assert_ended(result, 0)
        self.assertIn("no browser came", result.summary)

    def test_stay_until_interrupted(self) -> None:
        running, browser = self.start_live("print('done')", "--stay")
        running.wait_for_error("until Ctrl-C")
        browser.visit()
        self.assertEqual(self.leave(browser, browser.events())["exit_status"], 0)
        self.assertEqual(browser.get("/report").status, 200)
        self.assertIsNone(running.process.poll())
        running.send(signal.SIGINT)
        self.assert_ended(self.finish(running), 0)

    def test_children_hold_nothing(self) -> None:
        running, browser, events = self.watch("""
import os, subprocess, sys, time
read, write = os.pipe()
child = os.fork()
if child == 0:
    os.close(write)
    sys.stdout.close(); os.close(1); os.close(2); os.close(0)
    os.read(read, 1)  # until the parent has gone
    os._exit(0)
started = subprocess.Popen(["sleep", "3600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, close_fds=False)
print("ready", flush=True)
sys.stdin.readline()
print(started.pid, flush=True)
os._exit(0)  # the children live on
""")
        running.process.stdin.write(b"\n")
        running.process.stdin.flush()
        started = None
        try:
            while events.next() is not None:  # the connection is closed: neither child holds it
                pass
            running.process.wait(TIMEOUT_S)
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", browser.port), TIMEOUT_S)
        finally:
            result = running.finish()
            started = int(result.out.split()[-1])
            os.kill(started, signal.SIGKILL)

    def test_a_fork_in_the_midst(self) -> None:
        running, browser, events = self.watch("""
import os, sys
for _ in range(20):
    child = os.fork()
    if child == 0:
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
print("ready", flush=True)
sys.stdin.readline()
""")
        running.process.stdin.write(b"\n")
        running.process.stdin.flush()
        self.leave(browser, events)
        self.assert_ended(self.finish(running), 0)


class Opening(LiveWebCase):
    def test_browser_gets_an_address_that_works_once(self) -> None:
        opened = self.folder / "opened"
        browser_program = self.write("browser.sh", f"""
            #!/bin/sh
            echo "$1" > {opened}.part && mv {opened}.part {opened}
            """)
        browser_program.chmod(0o755)
        running, printed = self.start_live(WAITING, "--open", env=environment(BROWSER=str(browser_program)))
        running.wait_for("ready")
        deadline = time.monotonic() + TIMEOUT_S
        while not opened.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        browser = Browser(opened.read_text().strip())
        self.assertNotEqual(browser.token, printed.token)
        self.assertEqual(browser.visit().get("/").status, 200)
        self.assertEqual(Browser(opened.read_text().strip()).get(browser.entry).status, 403)
        self.assertEqual(printed.visit().get("/").status, 200)
        events = browser.events()
        running.process.stdin.write(b"\n")
        running.process.stdin.flush()
        events.until("end")
        browser.get("/report").read()
        events.close()
        self.finish(running)

    def test_no_browser_is_a_word_and_no_error(self) -> None:
        running, _ = self.start_live(WAITING, "--open", env=environment(BROWSER="/nowhere/browser", PATH="/nowhere"))
        running.wait_for_error("no browser could be opened")
        running.wait_for("ready")
        running.process.stdin.write(b"\n")
        running.process.stdin.flush()
        self.assertEqual(self.finish(running).status, 0)


if __name__ == "__main__":
    unittest.main()
