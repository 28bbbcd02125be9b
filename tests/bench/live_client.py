"""Watches `gilscope run --live=web` as a browser does: reads all events, and the report at the end."""
import http.client
import subprocess
import threading


def run_watched(command: list[str]) -> str:
    """Runs the command, which has --live=web, with one reader of its page; what it printed."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stderr is not None
    for line in process.stderr:
        if line.startswith("gilscope: live at "):
            break
    else:
        raise subprocess.CalledProcessError(process.wait(), command)
    server, _, token = line.split()[-1].removeprefix("http://").partition("/")
    reader = threading.Thread(target=watch, args=(server, "/" + token))
    reader.start()
    # The rest of what it says may be more than the pipe holds.
    drain = threading.Thread(target=process.stderr.read)
    drain.start()
    out = process.stdout.read()
    if process.wait() != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    reader.join()
    drain.join()
    return out


def watch(server: str, entry: str) -> None:
    def get(path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(server)
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    cookie = get(entry).headers["Set-Cookie"].split(";")[0]
    events = get("/events", Cookie=cookie)
    while line := events.readline():
        if line == b"event: end\n":
            get("/report", Cookie=cookie).read()
            events.close()
            return
