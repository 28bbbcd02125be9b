"""The child's side of `gilscope compare`: measures one pattern of a workload once, in a process of its own.

The parent names a request (JSON) and a file for the answer. What is not the work stays outside the clock: imports,
compilation, making the data. Workloads may import from here what they need: Unavailable, map_in_interpreters.
"""
import contextlib
import gc
import importlib
import json
import os
import pickle
import resource
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import gilscope_crowd
import gilscope_source

WORKLOAD = "gilscope_workload"


class Unavailable(Exception):
    """What a pattern needs is not here: its row says why, and it is no error."""


def interpreters_module() -> Any:
    """CPython's own module for interpreters with a GIL each: _interpreters since 3.13, before under another name."""
    if sys.version_info < (3, 12):
        raise Unavailable("interpreters with a GIL of their own need CPython 3.12 or later, this gilscope is linked to "
                          + sys.version.split()[0])
    return importlib.import_module("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")


def run_code(interpreters: Any, interpreter: Any, code: str, shared: dict[str, Any]) -> None:
    if sys.version_info >= (3, 13):
        failure = interpreters.exec(interpreter, code, shared)
        if failure is not None:
            raise RuntimeError(f"in a sub-interpreter: {failure.formatted}")
    else:
        interpreters.run_string(interpreter, code, shared)


def work_in_interpreter(interpreters: Any, function: Callable[..., Any], calls: deque[tuple[int, tuple[Any, ...]]],
                        results: list[Any]) -> None:
    """Calls that are left, in an interpreter that is made for it. Its GIL is its own, so it shares no objects with us,
    but bytes."""
    start = f"import pickle, sys\nsys.path[:] = pickle.loads(path)\nimport {WORKLOAD}\n"
    call = ("function, arguments = pickle.loads(work)\n"
            "with open(done, 'wb', closefd=False) as file: pickle.dump(function(*arguments), file)\n")
    done = os.memfd_create("result")
    interpreter = interpreters.create()
    try:
        run_code(interpreters, interpreter, start, {"path": pickle.dumps(sys.path)})
        while True:
            try:
                at, arguments = calls.popleft()
            except IndexError:
                return
            os.ftruncate(done, 0)
            os.lseek(done, 0, os.SEEK_SET)
            run_code(interpreters, interpreter, call, {"work": pickle.dumps((function, arguments)), "done": done})
            with open(done, "rb", closefd=False) as file:
                file.seek(0)
                results[at] = pickle.load(file)
    finally:
        interpreters.destroy(interpreter)
        os.close(done)


def map_in_interpreters(function: Callable[..., Any], calls: list[tuple[Any, ...]], workers: int) -> list[Any]:
    """function(*call) of each call, on as many threads, each with an interpreter and a GIL of its own."""
    from concurrent.futures import ThreadPoolExecutor

    interpreters = interpreters_module()
    results: list[Any] = [None] * len(calls)
    left = deque(enumerate(calls))
    with ThreadPoolExecutor(workers) as pool:
        ended = [pool.submit(work_in_interpreter, interpreters, function, left, results) for _ in range(workers)]
        for one in ended:
            one.result()
    return results


def child_process_arrives() -> None:
    """What a child process does to become ready for work, and no more."""
    importlib.import_module(WORKLOAD)


def cpu_ns(whose: int) -> int:
    usage = resource.getrusage(whose)
    return round((usage.ru_utime + usage.ru_stime) * 1e9)


def comparable(result: Any) -> Any:
    """What has the buffer protocol is compared by its bytes, whatever its type."""
    try:
        return bytes(memoryview(result))
    except TypeError:
        return result


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:30] + "..." + text[-7:]


def same(one: Any, other: Any) -> bool:
    """Equal, or NaN where the other one is NaN: for results these are the same."""
    if one == other:
        return True
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one != one and other != other)


def difference(result: Any, expected: Any) -> str:
    """Where two results differ, in a clause."""
    if isinstance(expected, (list, tuple, bytes, bytearray, str)) and isinstance(result, type(expected)):
        if len(result) != len(expected):
            return f"{len(result):,} items, not {len(expected):,}"
        at = next(i for i, (one, other) in enumerate(zip(result, expected)) if not same(one, other))
        return f"item {at:,} is {shown(result[at])}, not {shown(expected[at])}"
    if isinstance(result, dict) and isinstance(expected, dict):
        for key in [*expected, *result]:
            if key not in result or key not in expected:
                return f"the key {shown(key)} is only in the {'expected' if key in expected else 'result'}"
            if not same(result[key], expected[key]):
                return f"[{shown(key)}] is {shown(result[key])}, not {shown(expected[key])}"
    return f"{shown(result)}, not {shown(expected)}"


def wrong_in(module: Any, result: Any, expected: Any) -> str:
    """Empty: the result is right."""
    check: Callable[[Any, Any], Any] | None = getattr(module, "check", None)
    if check is not None:
        verdict = check(result, expected)
        if verdict is True or verdict == "":
            return ""
        return verdict if isinstance(verdict, str) else f"check() returned {shown(verdict)}"
    return "" if same(result, expected) else difference(result, expected)


@contextlib.contextmanager
def watched_pickling() -> Iterator[dict[str, int]]:
    """Sums up what this process spends on pickling for others: it sends work, and gets results."""
    totals = {"ns": 0, "bytes": 0}
    if "multiprocessing" not in sys.modules:
        yield totals
        return
    from multiprocessing.reduction import ForkingPickler

    lock = threading.Lock()
    plain_dumps, plain_loads = ForkingPickler.dumps, ForkingPickler.loads

    def note(begun: int, size: int) -> None:
        took = time.perf_counter_ns() - begun
        with lock:
            totals["ns"] += took
            totals["bytes"] += size

    def dumps(obj: Any, protocol: int | None = None) -> Any:
        begun = time.perf_counter_ns()
        sent = plain_dumps(obj, protocol)
        note(begun, len(sent))
        return sent

    def loads(data: Any, *arguments: Any, **keys: Any) -> Any:
        begun = time.perf_counter_ns()
        received = plain_loads(data, *arguments, **keys)
        note(begun, len(data))
        return received

    ForkingPickler.dumps, ForkingPickler.loads = dumps, loads  # type: ignore[assignment,method-assign]
    try:
        yield totals
    finally:
        ForkingPickler.dumps, ForkingPickler.loads = plain_dumps, plain_loads  # type: ignore[method-assign]


def gil_numbers() -> dict[str, Any]:
    """The recorder's, or why there are none."""
    import gilscope

    try:
        return gilscope.stats()
    except RuntimeError as error:
        return {"reason": str(error)}


def gil_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    if "reason" in before or "reason" in after:
        return {"reason": before.get("reason", after.get("reason"))}
    if not after["python"]["gil_enabled"]:
        return {"reason": "no GIL"}
    if not after["gils"]:
        return {"reason": after["probe"].get("reason", "no turn was seen")}

    def grown(key: str, rows: str) -> int:
        return sum(row[key] for row in after[rows]) - sum(row[key] for row in before[rows])

    # A little more than what the clock sees: it goes from the one look to the other.
    contended_before = {gil["id"]: gil["contended_ns"] for gil in before["gils"]}
    contended = [gil["contended_ns"] - contended_before.get(gil["id"], 0) for gil in after["gils"]]
    return {"begin_ns": before["wall_ns"], "window_ns": after["wall_ns"] - before["wall_ns"], "contended_ns": max(contended),
            **{key: grown(key, "gils") for key in ("turns", "lost", "held_ns", "hand_overs")},
            **{key: grown(key, "threads") for key in ("wait_ns", "hold_ns", "life_ns")}}


def made(module: Any, request: dict[str, Any]) -> Any:
    numbers = request.get("numbers")
    size = module.SIZES[request["size"]] if not numbers else numbers[0] if len(numbers) == 1 else tuple(numbers)
    return module.make(size) if hasattr(module, "make") else size


def import_for(module: Any, function: str) -> None:
    """What the pattern imports when it runs. Cython's modules are built for that."""
    for name in gilscope_source.modules_of(module.__file__, function):
        package, _, last = name.partition(".")
        if package == gilscope_source.CYTHON and last:
            getattr(importlib.import_module(package), last)
        else:
            importlib.import_module(name)


def prepare(module: Any, function: str, work: Any, workers: int) -> None:
    """What is no part of the work: imports, compilation."""
    import_for(module, function)
    hook = getattr(module, "prepare_" + function, None)
    if hook is not None:
        hook(work, workers)
    # The probe rehearses when a second thread comes. Not while the clock runs.
    first = threading.Thread(target=int)
    first.start()
    first.join()
    gc.collect()


def require_no_gil() -> None:
    enabled = getattr(sys, "_is_gil_enabled", None)
    if enabled is None:
        raise Unavailable(f"that gilscope's Python {sys.version.split()[0]} is not a free-threaded one")
    if enabled():
        raise Unavailable(f"that gilscope's Python {sys.version.split()[0]} has its GIL on: PYTHON_GIL=1, or a module "
                          "that is not ready for free threading")


def measure(request: dict[str, Any]) -> dict[str, Any]:
    function, workers = request["function"], request["threads"]
    begun = time.perf_counter_ns()
    module = importlib.import_module(WORKLOAD)
    work = made(module, request)
    made_at = time.perf_counter_ns()
    arguments: tuple[Any, ...] = (work, workers)
    if request["context"]:
        import multiprocessing

        arguments += (multiprocessing.get_context(request["context"]),)
    prepare(module, function, work, workers)
    pattern = getattr(module, function)
    with watched_pickling() as pickling:
        gil_before = gil_numbers()
        own_before, children_before = cpu_ns(resource.RUSAGE_SELF), cpu_ns(resource.RUSAGE_CHILDREN)
        clock_before = time.perf_counter_ns()
        result = pattern(*arguments)
        clock_after = time.perf_counter_ns()
        own_after = cpu_ns(resource.RUSAGE_SELF)
        gil_after = gil_numbers()
    if request["free_threaded"]:
        require_no_gil()
    answer = {"status": "ok", "wall_ns": clock_after - clock_before, "making_ns": made_at - begun,
              "preparing_ns": clock_before - made_at, "pickling_ns": pickling["ns"], "pickled_bytes": pickling["bytes"],
              "gil": gil_between(gil_before, gil_after)}
    if hasattr(module, "extra"):
        answer["extra"] = extra_seconds(module, result)
    judge(request, module, comparable(result), answer)
    # Those that ended after the clock stopped are children of this measurement as well.
    answer["cpu_ns"] = own_after - own_before + cpu_ns(resource.RUSAGE_CHILDREN) - children_before
    return answer


def extra_seconds(module: Any, result: Any) -> dict[str, float]:
    """What the workload itself has measured, in seconds by name."""
    seconds: dict[str, float] = {}
    for name, value in module.extra(result).items():
        try:
            seconds[str(name)] = float(value)
        except (TypeError, ValueError):
            raise TypeError(f"extra() of the workload must give seconds, but {name!r} is {value!r}") from None
    return seconds


def judge(request: dict[str, Any], module: Any, result: Any, answer: dict[str, Any]) -> None:
    """The sequential result, or another reference, is what all others must be."""
    if not os.path.exists(request["expected"]):
        if not request["reference"]:
            raise RuntimeError("there is no sequential result to compare with")
        with open(request["expected"] + ".new", "wb") as file:
            pickle.dump(result, file)
        os.rename(file.name, request["expected"])
    with open(request["expected"], "rb") as file:
        expected = pickle.load(file)
    if wrong := wrong_in(module, result, expected):
        answer |= {"status": "wrong", "message": wrong}


def build(request: dict[str, Any]) -> dict[str, Any]:
    """In a process of its own: a compiler's memory is not the pattern's."""
    import_for(importlib.import_module(WORKLOAD), request["function"])
    return {"status": "ok"}


def measure_start(request: dict[str, Any]) -> dict[str, Any]:
    """As many processes as the pattern has, that do nothing: what is paid before any work is done."""
    import multiprocessing

    context = multiprocessing.get_context(request["context"])
    importlib.import_module(WORKLOAD)
    begun = time.perf_counter_ns()
    processes = [context.Process(target=child_process_arrives) for _ in range(request["threads"])]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    took = time.perf_counter_ns() - begun
    bad = [process.exitcode for process in processes if process.exitcode != 0]
    if bad:
        raise RuntimeError(f"a process that only imports the workload ended with status {bad[0]}")
    return {"status": "ok", "wall_ns": took}


def measure_crowd(request: dict[str, Any]) -> dict[str, Any]:
    """The sequential work in several processes at once: how many cores the machine gives."""
    module = importlib.import_module(WORKLOAD)
    work = made(module, request)
    prepare(module, "sequential", work, request["threads"])
    walls = gilscope_crowd.walls_ns(lambda: module.sequential(work, request["threads"]), request["threads"])
    return {"status": "ok", "wall_ns": sum(walls) // len(walls)}


def try_module(request: dict[str, Any]) -> dict[str, Any]:
    """Whether a free-threaded Python stays without its GIL when it imports a module."""
    require_no_gil()
    importlib.import_module(request["module"])
    return {"status": "ok", "gil_on": sys._is_gil_enabled()}


def describe(request: dict[str, Any]) -> dict[str, Any]:
    module = importlib.import_module(WORKLOAD)
    sizes = getattr(module, "SIZES", None)
    if not isinstance(sizes, dict) or not sizes or not all(isinstance(name, str) for name in sizes):
        return {"status": "unusable", "message": 'it has no SIZES = {"S": ..., "M": ..., "L": ...}'}
    functions = [name for name in request["functions"] if callable(getattr(module, name, None))]
    if "sequential" not in functions:
        return {"status": "unusable", "message": "it has no function sequential(work, workers), "
                                                 "which all others are compared with"}
    lines = gilscope_source.lines_needed(module.__file__, functions)
    near = gilscope_source.near_misses(module, request["functions"])
    title = (module.__doc__ or "").strip().split("\n")[0].rstrip(".")
    return {"status": "ok", "title": title, "sizes": list(sizes), "lines": lines, "near": near,
            "modules": gilscope_source.installed_modules(module.__file__, functions),
            "built": [name for name in functions if gilscope_source.needs_cython(module.__file__, name)]}


def place_of(error: BaseException) -> str:
    """Where in the workload's file it happened, last."""
    workload = os.environ["GILSCOPE_WORKLOAD"]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == workload]
    return f" ({os.path.basename(workload)}:{frames[-1].lineno})" if frames else ""


def said(error: BaseException) -> str:
    return " ".join("".join(traceback.format_exception_only(type(error), error)).split())


def broken_package(error: ImportError) -> str:
    """NumPy and the like fail inside of themselves when they were built for another Python; empty for other failures."""
    frames = list(traceback.walk_tb(error.__traceback__))
    package = str(frames[-1][0].f_globals.get("__name__", "")).split(".")[0] if frames else ""
    return package if package in ("numpy", "numba", "llvmlite") else ""


def answered(request: dict[str, Any]) -> dict[str, Any]:
    acts = {"build": build, "measure": measure, "start": measure_start, "crowd": measure_crowd,
            "try_module": try_module, "describe": describe}
    try:
        return acts[request["act"]](request)
    except Unavailable as reason:
        return {"status": "unavailable", "message": str(reason)}
    except ImportError as error:
        if "InterpreterPoolExecutor" in str(error):
            return {"status": "unavailable", "message": "InterpreterPoolExecutor comes with CPython 3.14, this gilscope is "
                                                        "linked to " + sys.version.split()[0]}
        if package := broken_package(error):
            why = said(error.__cause__ or error.__context__ or error)
            return {"status": "unavailable", "message": f"{package} is installed, but this Python cannot import it: {why}"}
        if not isinstance(error, ModuleNotFoundError) or not error.name or request["act"] == "describe" or error.name in (WORKLOAD, "gilscope"):
            return failed(error)
        return {"status": "missing", "module": error.name.split(".")[0]}
    except Exception as error:
        return failed(error)


def failed(error: BaseException) -> dict[str, Any]:
    return {"status": "error", "message": said(error) + place_of(error),
            "traceback": "".join(traceback.format_exception(error))}


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    sys.argv[1:] = []
    answer = answered(request)
    with open(request["answer"] + ".new", "w", encoding="utf-8") as file:
        json.dump(answer, file)
    os.rename(file.name, request["answer"])
