"""What remains without the GIL: the locks that threads share.

Notice: with the GIL no way is faster than one thread. On a free-threaded Python two threads that count for themselves
take half as long; two that share a counter take turns again, now at its lock, and gilscope says at which line.
"""
import argparse
import os
import sys
import threading
import time
from collections.abc import Callable


def count_for_itself(n: int) -> None:
    total = 0
    for _ in range(n):
        total += 1


class Shared:
    """A counter and its lock."""

    def __init__(self) -> None:
        self.lock, self.total = threading.Lock(), 0

    def count(self, n: int) -> None:
        for _ in range(n):
            with self.lock:
                self.total += 1


def seconds(work: Callable[[], object], names: list[str]) -> float:
    """On as many threads as there are names."""
    threads = [threading.Thread(target=work, name=name) for name in names]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Two threads that count for themselves, or share a counter.")
    parser.add_argument("n", nargs="?", type=int, default=2_000_000, help="count to here, on each thread")
    n = parser.parse_args().n
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"Count to {n:,}; {len(os.sched_getaffinity(0))} cores, GIL {'on' if has_gil else 'off'}\n")
    print(f"{'':28}{'one thread':>12}{'two threads':>13}{'two / twice one':>18}")
    shared = Shared()
    ways: list[tuple[str, str, Callable[[], object]]] = [
        ("each for itself", "own", lambda: count_for_itself(n)),
        ("one counter and its lock", "shared", lambda: shared.count(n)),
    ]
    for label, name, work in ways:
        one, two = seconds(work, [f"{name} alone"]), seconds(work, [f"{name} 1", f"{name} 2"])
        print(f"{label:28}{one:10.2f} s{two:11.2f} s{two / (2 * one):18.2f}", flush=True)
    if shared.total != 3 * n:
        raise SystemExit(f"the shared counter is {shared.total:,}, not {3 * n:,}")


if __name__ == "__main__":
    main()
