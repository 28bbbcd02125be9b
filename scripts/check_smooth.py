#!/usr/bin/env python3
"""What a regression test runs: smooth() must release the GIL, or every other thread stands still meanwhile.

    gilscope run --budget 'gives(smooth) >= 1, longest_wait < 50ms' scripts/check_smooth.py
    gilscope run --budget 'gives(smooth) >= 1, longest_wait < 50ms' scripts/check_smooth.py --hold     # breaks it
"""
import argparse
import threading
import time

from gilscope import image, kernels


def smooth(picture: image.Image, release_gil: bool) -> None:
    kernels.blur(picture, 8.0, release_gil=release_gil, num_threads=1)


def tick(stop: threading.Event) -> None:
    while not stop.is_set():
        time.sleep(0.001)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--hold", action="store_true", help="let the kernel hold the GIL, as a careless extension does")
    parser.add_argument("--size", type=int, default=3000, help="pixels on each side")
    options = parser.parse_args()
    stop = threading.Event()
    ticker = threading.Thread(target=tick, args=(stop,), name="ticker")
    ticker.start()
    smooth(image.Image(options.size, options.size, 3), not options.hold)
    stop.set()
    ticker.join()


if __name__ == "__main__":
    main()
