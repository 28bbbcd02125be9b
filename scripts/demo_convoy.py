"""A thread that reads one byte at a time, beside a thread that only counts: the convoy.

Notice: os.read of /dev/urandom gives the GIL away for every byte. Alone, the reader has it back at once. Beside a
counter it often has to wait until the switch interval (5 ms) is over and ask; then it has a turn of microseconds.
On a busy machine the counter hardly runs, and the reader hardly waits. Argument: how many reads beside the counter.
"""
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import gilscope

CORES = sorted(os.sched_getaffinity(0))  # one for each thread: on a shared one they hardly ever meet
SOURCE = os.open("/dev/urandom", os.O_RDONLY)


def read_bytes(reads: int) -> float:
    os.sched_setaffinity(0, {CORES[0]})
    start = time.perf_counter()
    while time.perf_counter() - start < 0.05:  # until both threads are in full swing
        os.read(SOURCE, 1)
    start = time.perf_counter()
    for _ in range(reads):
        os.read(SOURCE, 1)
    return (time.perf_counter() - start) / reads


def count_for_ever() -> None:
    os.sched_setaffinity(0, {CORES[-1]})
    while True:
        pass


def read_with(title: str, reads: int) -> float:
    before = gilscope.stats()["gils"][0]["drop_requests"]
    with ThreadPoolExecutor(1, f"reader {title[0]}") as pool:
        seconds = pool.submit(read_bytes, reads).result()
    stats = gilscope.stats()
    turns = next(thread for thread in stats["threads"] if thread["name"].startswith(f"reader {title[0]}"))
    print(f"{title:16}{reads:8,}{seconds * 1e6:12,.2f} us{stats['gils'][0]['drop_requests'] - before:10,}"
          f"{turns['hold_p50_ns'] / 1e3:12,.1f} us{turns['longest_wait_ns'] / 1e6:12,.1f} ms", flush=True)
    return seconds


def main() -> None:
    reads = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    if not gilscope.stats()["gils"]:
        sys.exit("There is no convoy without a GIL, and this Python runs without: set PYTHON_GIL=1 to see one.")
    print(f"{'reader':16}{'reads':>8}{'one read':>15}{'requests':>10}{'median turn':>15}{'longest wait':>15}")
    alone = read_with("1 alone", 200 * reads)
    threading.Thread(target=count_for_ever, daemon=True, name="counter").start()
    beside = read_with("2 with a counter", reads)
    sys.setswitchinterval(0.0001)
    shorter = read_with("3 ... at 0.1 ms", 20 * reads)
    print(f"\none read, with a counter / alone: {beside / alone:,.0f}; at 0.1 ms: {shorter / alone:,.0f}")


if __name__ == "__main__":
    main()
