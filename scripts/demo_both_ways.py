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

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.ticking, self.stopped, self.worst = threading.Event(), threading.Event(), 0.0

    def run(self) -> None:
        while not self.stopped.is_set():
            due = time.perf_counter() + TICK_SECONDS
            time.sleep(TICK_SECONDS)
            self.worst = max(self.worst, time.perf_counter() - due)
            self.ticking.set()


def beside_ticker(name: str, work: Callable[[], object]) -> None:
    ticker = Ticker(f"ticker {name[0]}")
    ticker.start()
    ticker.ticking.wait()
    ticker.worst = 0.0
    start = time.perf_counter()
    with region(name):
        work()
    took = time.perf_counter() - start
    ticker.stopped.set()
    ticker.join()
    print(f"{name:30}{took * 1e3:9,.1f} ms{ticker.worst * 1e3:13,.1f} ms{ticker.worst / took:18.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Native code that holds the GIL, or releases it.")
    parser.add_argument("n", nargs="?", type=int, default=1_000_000_000, help="how far the kernel counts")
    n = parser.parse_args().n
    print("One Python thread ticks every millisecond; the other one ...\n")
    print(f"{'':30}{'took':>12}{'tick late by':>16}{'lateness / took':>18}")
    beside_ticker("1 sleeps", lambda: time.sleep(0.2))
    beside_ticker("2 is in C, holding the GIL", lambda: kernels.countdown(n, release_gil=False, num_threads=1))
    beside_ticker("3 is in C, GIL released", lambda: kernels.countdown(n, num_threads=1))


if __name__ == "__main__":
    main()
