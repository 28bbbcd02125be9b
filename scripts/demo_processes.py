"""Two processes count down in half the time: each has a GIL of its own.

Notice: two cores are used at last, but a process has to be started, and what it works on must be copied to it and
back. gilscope run --children shows all their GILs on one time axis.
"""
import argparse
import multiprocessing
import os
import threading
import time
from collections.abc import Callable

SMALL, LARGE = 1, 32 * 1024 * 1024  # bytes to a process and back


def count_down(n: int) -> None:
    while n > 0:
        n -= 1


def same(data: bytes) -> bytes:
    return data


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def on_two_threads(n: int) -> None:
    threads = [threading.Thread(target=count_down, args=(n,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_two_processes(method: str, n: int) -> None:
    start = multiprocessing.get_context(method).Process
    processes = [start(target=count_down, args=(n,), name=f"{method} {i}") for i in (1, 2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        if process.exitcode != 0:
            raise SystemExit(f"{process.name} ended with {process.exitcode}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Two processes count down in half the time.")
    parser.add_argument("n", nargs="?", type=int, default=10_000_000, help="count down from here")
    n = parser.parse_args().n
    print(f"Count down from {n:,}; {len(os.sched_getaffinity(0))} cores\n")
    print(f"{'':28}{'time':>9}{'time / twice in a row':>24}")
    twice = seconds(lambda: (count_down(n), count_down(n)))
    ways = {
        "on two threads": lambda: on_two_threads(n),
        "in two processes, fork": lambda: in_two_processes("fork", n),
        "in two processes, spawn": lambda: in_two_processes("spawn", n),
    }
    for label, took in [("twice in a row", twice)] + [(label, seconds(work)) for label, work in ways.items()]:
        bar = "#" * min(32, round(20 * took / twice))
        print(f"{label:28}{took:7.2f} s{took / twice:8.2f}  {bar}", flush=True)

    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply(same, (b"",))  # it has started
        small, large = (seconds(lambda: pool.apply(same, (bytes(size),))) for size in (SMALL, LARGE))
    print(f"\nto a process and back: {SMALL} byte {small * 1e3:.2f} ms, {LARGE >> 20} MiB {large * 1e3:.0f} ms")


if __name__ == "__main__":
    main()
