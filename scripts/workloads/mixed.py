"""Send pings while another thread computes."""
import asyncio
import socket
import statistics
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.context import BaseContext

from _loopback import start_server

SIZES = {"S": (10, 200_000), "M": (60, 8_000_000), "L": (300, 40_000_000)}  # pings, steps of computing
PAUSE_S = 0.002  # between two pings
NATIVE = 50  # a native step is so much faster: as many more of them

Work = tuple[int, int, int]
Result = tuple[int, list[float]]  # how far it counted, the latencies


def make(size: tuple[int, int]) -> Work:
    return start_server(0), *size


def check(result: Result, expected: Result) -> bool:
    return result[0] == expected[0] and len(result[1]) == len(expected[1])


def extra(result: Result) -> dict[str, float]:
    return {"I/O p99": statistics.quantiles(result[1], n=100, method="inclusive")[98]}


def compute(steps: int) -> int:
    n = 0
    while n < steps:
        n += 1
    return n


def compute_natively(steps: int, release_gil: bool) -> int:
    from gilscope import kernels

    kernels.countdown(NATIVE * steps, release_gil=release_gil, num_threads=1)
    return steps


def ping(port: int, pings: int) -> list[float]:
    latencies = []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(pings):
            time.sleep(PAUSE_S)
            begun = time.perf_counter()
            connection.sendall(b"?")
            connection.recv(1)
            latencies.append(time.perf_counter() - begun)
    return latencies


def sequential(work: Work, workers: int) -> Result:
    port, pings, steps = work
    return compute(steps), ping(port, pings)


def threads(work: Work, workers: int) -> Result:
    port, pings, steps = work
    with ThreadPoolExecutor(2) as pool:
        computing = pool.submit(compute, steps)
        latencies = pool.submit(ping, port, pings).result()
        return computing.result(), latencies


def asyncio_tasks(work: Work, workers: int) -> Result:
    port, pings, steps = work

    async def compute_in_loop() -> int:
        n, a_while = 0, 20_000  # about a millisecond, then it is the others' turn
        while n < steps:
            n += compute(min(a_while, steps - n))
            await asyncio.sleep(0)
        return n

    async def ping_in_loop() -> list[float]:
        latencies = []
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(pings):
            await asyncio.sleep(PAUSE_S)
            begun = time.perf_counter()
            writer.write(b"?")
            await reader.readexactly(1)
            latencies.append(time.perf_counter() - begun)
        writer.close()
        return latencies

    async def both() -> Result:
        return tuple(await asyncio.gather(compute_in_loop(), ping_in_loop()))  # type: ignore[return-value]

    return asyncio.run(both())


def processes(work: Work, workers: int, context: BaseContext) -> Result:
    port, pings, steps = work
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        computing = pool.submit(compute, steps)
        latencies = ping(port, pings)
        return computing.result(), latencies


def beside_native(work: Work, release_gil: bool) -> Result:
    port, pings, steps = work
    with ThreadPoolExecutor(2) as pool:
        computing = pool.submit(compute_natively, steps, release_gil)
        latencies = pool.submit(ping, port, pings).result()
        return computing.result(), latencies


def native_held(work: Work, workers: int) -> Result:
    return beside_native(work, False)


def native_released(work: Work, workers: int) -> Result:
    return beside_native(work, True)
