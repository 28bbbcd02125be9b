"""A thread that reads one byte at a time, beside a thread that only counts: the convoy.

Notice: os.read of /dev/urandom gives the GIL away for every byte. Alone, the reader has it back at once. Beside a
counter it often has to wait until the switch interval (5 ms) is over and ask; then it has a turn of microseconds.
"""
import argparse
import os
import sys
import threading
import time

import gilscope


def read_bytes(reads: int, seconds_a_read: list[float]) -> None:
    with open("/dev/urandom", "rb", buffering=0) as source:
        fd, start = source.fileno(), time.perf_counter()
        while time.perf_counter() - start < 0.05:  # until the system has put the threads on cores of their own
            os.read(fd, 1)
        start = time.perf_counter()
        for _ in range(reads):
            os.read(fd, 1)
        seconds_a_read.append((time.perf_counter() - start) / reads)


def count_for_ever() -> None:
    while True:
        pass


def read_with(title: str, reads: int, *others: threading.Thread) -> float:
    result: list[float] = []
    reader = threading.Thread(target=read_bytes, args=(reads, result), name=f"reader {title[0]}")
    requests = gilscope.stats()["gils"][0]["drop_requests"]
    for thread in [*others, reader]:
        thread.start()
    reader.join()
    stats = gilscope.stats()
    requests = stats["gils"][0]["drop_requests"] - requests
    turns = next(thread for thread in stats["threads"] if thread["name"] == reader.name)
    print(f"{title:16}{reads:8,}{result[0] * 1e6:12,.2f} us{requests:10,}"
          f"{turns['hold_p50_ns'] / 1e3:12,.1f} us{turns['longest_wait_ns'] / 1e6:12,.1f} ms", flush=True)
    return result[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Reading byte by byte beside a thread that counts.")
    parser.add_argument("reads", nargs="?", type=int, default=1000, help="beside a counter; alone 200 times as many")
    reads = parser.parse_args().reads
    print(f"{'reader':16}{'reads':>8}{'one read':>15}{'requests':>10}{'median turn':>15}{'longest wait':>15}")
    alone = read_with("1 alone", 200 * reads)
    beside = read_with("2 with a counter", reads, threading.Thread(target=count_for_ever, daemon=True, name="counter"))
    sys.setswitchinterval(0.0001)
    shorter = read_with("3 ... at 0.1 ms", 20 * reads)
    print(f"\none read, with a counter / alone: {beside / alone:,.0f}; at 0.1 ms: {shorter / alone:,.0f}")


if __name__ == "__main__":
    main()
