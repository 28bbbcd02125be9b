"""The same work in several processes at once, which all begin together."""
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def walls_ns(work: Callable[[], Any], processes: int) -> list[int]:
    """What each of them takes. They are copies of this one, so what was prepared here is prepared there."""
    begin_read, begin_write = os.pipe()
    ready_read, ready_write = os.pipe()
    children: list[tuple[int, int]] = []
    for _ in range(processes):
        took_read, took_write = os.pipe()
        child = os.fork()
        if child == 0:
            os._exit(do_once(work, begin_read, ready_write, took_write))
        os.close(took_write)
        children.append((child, took_read))
    os.close(ready_write)
    ready = 0
    while ready < processes and (more := os.read(ready_read, processes)):
        ready += len(more)
    os.write(begin_write, b"." * processes)
    walls = []
    for child, took_read in children:
        with os.fdopen(took_read, "rb") as file:
            took = file.read()
        _, status = os.waitpid(child, 0)
        if status != 0 or not took:
            raise RuntimeError("a process that did the sequential work beside others did not end well")
        walls.append(int(took))
    return walls


def do_once(work: Callable[[], Any], begin_read: int, ready_write: int, took_write: int) -> int:
    """In the child: 0 when all went well."""
    try:
        os.write(ready_write, b".")
        os.read(begin_read, 1)
        begun = time.perf_counter_ns()
        work()
        os.write(took_write, b"%d" % (time.perf_counter_ns() - begun))
        return 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
