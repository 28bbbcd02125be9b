"""The lock from both sides: native code that holds the GIL, or releases it.

Notice: the tick is late by as long as the kernel holds the GIL. The switch interval does not help: a C call cannot
be interrupted, and nobody can ask it to drop the GIL before it returns.
"""
import argparse
import threading
import time
from collections.abc import Callable

from gilscope import kernels, region

TICK_SECONDS = 0.001


class Ticker(threading.Thread):
    """Wants to wake every millisecond; keeps the worst lateness, in seconds."""

    def __init__(self) -> None:
        super().__init__(name="ticker")
        self.ticking, self.stopped, self.worst = threading.Event(), threading.Event(), 0.0

    def run(self) -> None:
        while not self.stopped.is_set():
            due = time.perf_counter() + TICK_SECONDS
            time.sleep(TICK_SECONDS)
            self.worst = max(self.worst, time.perf_counter() - due)
            self.ticking.set()


def beside_ticker(name: str, work: Callable[[], object]) -> None:
    ticker = Ticker()
    ticker.start()
    ticker.ticking.wait()
    ticker.worst = 0.0
    start = time.perf_counter()
    with region(name):
        work()
    took = time.perf_counter() - start
    ticker.stopped.set()
    ticker.join()
    print(f"{name:28}{took * 1e3:9,.1f} ms{ticker.worst * 1e3:13,.1f} ms{ticker.worst / took:18.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("n", nargs="?", type=int, default=1_000_000_000, help="how far the kernel counts")
    n = parser.parse_args().n
    print("A Python thread ticks every millisecond; another one works\n")
    print(f"{'the other thread':28}{'took':>12}{'tick late by':>16}{'lateness / took':>18}")
    beside_ticker("sleeps", lambda: time.sleep(0.2))
    for name, release in (("kernel that holds the GIL", False), ("kernel that releases it", True)):
        beside_ticker(name, lambda: kernels.countdown(n, release_gil=release, num_threads=1))


if __name__ == "__main__":
    main()
