"""Ask a server that takes 5 ms for each answer."""
import asyncio
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing.context import BaseContext

from _loopback import ask, start_server

SIZES = {"S": 20, "M": 200, "L": 1000}
THREADS_PER_WORKER = 16  # whoever waits needs no core

Work = tuple[int, list[int]]


def make(size: int) -> Work:
    return start_server(0.005), [i % 251 for i in range(size)]


def sequential(work: Work, workers: int) -> list[int]:
    port, questions = work
    return [ask(port, byte) for byte in questions]


def threads(work: Work, workers: int) -> list[int]:
    port, questions = work
    with ThreadPoolExecutor(THREADS_PER_WORKER * workers) as pool:
        return list(pool.map(partial(ask, port), questions))


def asyncio_tasks(work: Work, workers: int) -> list[int]:
    port, questions = work

    async def ask_in_loop(byte: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes([byte]))
        answer = await reader.readexactly(1)
        writer.close()
        return answer[0]

    async def ask_all() -> list[int]:
        return await asyncio.gather(*map(ask_in_loop, questions))

    return asyncio.run(ask_all())


def processes(work: Work, workers: int, context: BaseContext) -> list[int]:
    port, questions = work
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(pool.map(partial(ask, port), questions))


def subinterpreters(work: Work, workers: int) -> list[int]:
    from gilscope_compare import map_in_interpreters

    port, questions = work
    return map_in_interpreters(ask, [(port, byte) for byte in questions], workers)


def ask_in_interpreter(port: int, byte: int) -> int:
    return ask(port, byte)  # of this module, which the interpreters of a pool can import


def interpreter_pool(work: Work, workers: int) -> list[int]:
    from concurrent.futures import InterpreterPoolExecutor

    port, questions = work
    with InterpreterPoolExecutor(workers) as pool:
        return list(pool.map(ask_in_interpreter, [port] * len(questions), questions))
