"""Find primes among many small objects."""
import asyncio
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.context import BaseContext

SIZES = {"S": 1_000, "M": 80_000, "L": 250_000}
ITEMS = 8


@dataclass
class Candidate:
    number: int
    divisor: int = 0  # the smallest that was found

    def is_prime(self) -> bool:
        return self.number > 1 and self.divisor == 0


def make(size: int) -> list[range]:
    return [range(first, size, ITEMS) for first in range(ITEMS)]


def primes_among(numbers: range) -> list[int]:
    candidates = [Candidate(number) for number in numbers]
    for candidate in candidates:
        divisor = 2
        while divisor * divisor <= candidate.number:
            if candidate.number % divisor == 0:
                candidate.divisor = divisor
                break
            divisor += 1
    return [candidate.number for candidate in candidates if candidate.is_prime()]


def sequential(work: list[range], workers: int) -> list[list[int]]:
    return [primes_among(numbers) for numbers in work]


def threads(work: list[range], workers: int) -> list[list[int]]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(primes_among, work))


def asyncio_tasks(work: list[range], workers: int) -> list[list[int]]:
    async def step(numbers: range) -> list[int]:
        return primes_among(numbers)

    async def all_steps() -> list[list[int]]:
        return await asyncio.gather(*map(step, work))

    return asyncio.run(all_steps())


def processes(work: list[range], workers: int, context: BaseContext) -> list[list[int]]:
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(pool.map(primes_among, work))


def subinterpreters(work: list[range], workers: int) -> list[list[int]]:
    from gilscope_compare import map_in_interpreters

    return map_in_interpreters(primes_among, [(numbers,) for numbers in work], workers)


def interpreter_pool(work: list[range], workers: int) -> list[list[int]]:
    from concurrent.futures import InterpreterPoolExecutor

    with InterpreterPoolExecutor(workers) as pool:
        return list(pool.map(primes_among, work))
