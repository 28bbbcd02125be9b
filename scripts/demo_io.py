"""Threads that wait do overlap: the GIL is the bottleneck only for computing.

Notice: eight threads sleep, or wait for a socket, in the time of one. Eight that compute take turns.
"""
import argparse
import socket
import socketserver
import threading
import time
from collections.abc import Callable


class SlowAnswer(socketserver.BaseRequestHandler):
    wait_seconds = 0.2

    def handle(self) -> None:
        time.sleep(self.wait_seconds)
        self.request.sendall(b"done")


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_threads(work: Callable[[], object], count: int, name: str) -> None:
    threads = [threading.Thread(target=work, name=f"{name} {i + 1}") for i in range(count)]
    for act in threading.Thread.start, threading.Thread.join:
        for thread in threads:
            act(thread)


def main() -> None:
    parser = argparse.ArgumentParser(description="Threads that wait do overlap.")
    parser.add_argument("many", nargs="?", type=int, default=8, help="threads")
    parser.add_argument("--wait", type=float, default=0.2, help="seconds of a sleep, of an answer")
    parser.add_argument("--count", type=int, default=3_000_000, help="how far each computation goes")
    options = parser.parse_args()
    many, SlowAnswer.wait_seconds = options.many, options.wait
    socketserver.TCPServer.request_queue_size = many  # who finds the queue full tries again a second later
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SlowAnswer) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), name="server").start()

        def ask() -> None:
            with socket.create_connection(server.server_address) as connection:
                assert connection.recv(4, socket.MSG_WAITALL) == b"done"

        print(f"{'':24}{f'{many} in a row':>14}{f'{many} threads':>14}{'threads / in a row':>22}")
        for title, work in {"sleep": lambda: time.sleep(options.wait), "wait for a socket": ask,
                            "compute": lambda: sum(1 for _ in range(options.count))}.items():
            row = seconds(lambda: [work() for _ in range(many)])
            threads = seconds(lambda: in_threads(work, many, title.split()[-1]))
            print(f"{title:24}{row:12.2f} s{threads:12.2f} s{threads / row:22.2f}", flush=True)
        server.shutdown()


if __name__ == "__main__":
    main()
