"""Threads that wait do overlap: the GIL is the bottleneck only for computing.

Notice: eight threads that sleep, or wait for a socket, take as long as one of them: who waits has given the GIL away.
Eight threads that compute take as long as the same work eight times in a row.
"""
import argparse
import socket
import socketserver
import threading
import time
from collections.abc import Callable


class SlowAnswer(socketserver.BaseRequestHandler):
    wait_seconds = 0.0

    def handle(self) -> None:
        time.sleep(self.wait_seconds)
        self.request.sendall(b"done")


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_threads(work: Callable[[], object], count: int) -> None:
    threads = [threading.Thread(target=work, name=f"work {i + 1}") for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description="Threads that wait do overlap.")
    parser.add_argument("--threads", type=int, default=8, help="how many at once")
    parser.add_argument("--wait", type=float, default=0.2, help="seconds that each sleep and each answer takes")
    parser.add_argument("--count", type=int, default=3_000_000, help="how far each computation counts")
    options = parser.parse_args()
    many, SlowAnswer.wait_seconds = options.threads, options.wait
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SlowAnswer) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), name="server").start()

        def ask() -> None:
            with socket.create_connection(server.server_address) as connection:
                assert connection.recv(4, socket.MSG_WAITALL) == b"done"

        print(f"{'':24}{f'{many} in a row':>14}{f'{many} threads':>14}{'threads / in a row':>22}")
        for title, work in {"sleep": lambda: time.sleep(options.wait), "wait for a socket": ask,
                            "compute": lambda: sum(1 for _ in range(options.count))}.items():
            row, threads = seconds(lambda: [work() for _ in range(many)]), seconds(lambda: in_threads(work, many))
            print(f"{title:24}{row:12.2f} s{threads:12.2f} s{threads / row:22.2f}", flush=True)
        server.shutdown()


if __name__ == "__main__":
    main()
