"""Count down to zero, eight times."""
import asyncio
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.context import BaseContext

SIZES = {"S": 40_000, "M": 1_200_000, "L": 8_000_000}
ITEMS = 8


def make(size: int) -> list[int]:
    return [size + i for i in range(ITEMS)]


def count_down(n: int) -> int:
    begin = n
    while n > 0:
        n -= 1
    return begin - n


def sequential(work: list[int], workers: int) -> list[int]:
    return [count_down(n) for n in work]


def threads(work: list[int], workers: int) -> list[int]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(count_down, work))


def asyncio_tasks(work: list[int], workers: int) -> list[int]:
    async def step(n: int) -> int:
        return count_down(n)

    async def all_steps() -> list[int]:
        return await asyncio.gather(*map(step, work))

    return asyncio.run(all_steps())


def processes(work: list[int], workers: int, context: BaseContext) -> list[int]:
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(pool.map(count_down, work))


def native_count_down(n: int, release_gil: bool, num_threads: int) -> int:
    from gilscope import kernels

    kernels.countdown(n, release_gil=release_gil, num_threads=num_threads)
    return n


def native_held(work: list[int], workers: int) -> list[int]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda n: native_count_down(n, False, 1), work))


def native_released(work: list[int], workers: int) -> list[int]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda n: native_count_down(n, True, 1), work))


def native_parallel(work: list[int], workers: int) -> list[int]:
    return [native_count_down(n, True, workers) for n in work]


def subinterpreters(work: list[int], workers: int) -> list[int]:
    from gilscope_compare import map_in_interpreters

    return map_in_interpreters(count_down, [(n,) for n in work], workers)


def interpreter_pool(work: list[int], workers: int) -> list[int]:
    from concurrent.futures import InterpreterPoolExecutor

    with InterpreterPoolExecutor(workers) as pool:
        return list(pool.map(count_down, work))


def cython_nogil(work: list[int], workers: int) -> list[int]:
    from gilscope_pyx import countdown_nogil

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(countdown_nogil.count_down, work))


def cython_prange(work: list[int], workers: int) -> list[int]:
    from array import array

    from gilscope_pyx import countdown_prange

    counted = array("l", work)
    countdown_prange.count_all_down(array("l", work), counted, workers)
    return counted.tolist()
