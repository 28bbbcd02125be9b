"""Two threads count down, no faster than one.

Notice: two threads take as long as the same work twice in a row, in Python and in native code that holds the GIL.
Native code that releases it takes half of that, on two cores.
"""
import argparse
import os
import threading
import time
from collections.abc import Callable

from gilscope import kernels


def count_down(n: int) -> None:
    while n > 0:
        n -= 1


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def on_two_threads(work: Callable[[], object], name: str) -> None:
    threads = [threading.Thread(target=work, name=f"{name} {i}") for i in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description="Two threads count down, no faster than one.")
    parser.add_argument("n", nargs="?", type=int, default=20_000_000, help="count down from here")
    n = parser.parse_args().n
    native_n = 50 * n  # so that both can be seen on one scale
    ways: dict[str, Callable[[], object]] = {
        "Python": lambda: count_down(n),
        "native, GIL held": lambda: kernels.countdown(native_n, release_gil=False, num_threads=1),
        "native, GIL released": lambda: kernels.countdown(native_n, num_threads=1),
    }
    print(f"Count down from {n:,} in Python, {native_n:,} natively; {len(os.sched_getaffinity(0))} cores\n")
    print(f"{'':28}{'time':>9}{'time / twice in a row':>24}")
    for title, work in ways.items():
        once, twice = seconds(work), seconds(lambda: (work(), work()))
        threads = seconds(lambda: on_two_threads(work, title.split()[-1]))
        print(title)
        for label, took in (("once", once), ("twice in a row", twice), ("on two threads", threads)):
            bar = "#" * min(32, round(20 * took / twice))
            print(f"    {label:24}{took:7.2f} s{took / twice:8.2f}  {bar}", flush=True)


if __name__ == "__main__":
    main()
