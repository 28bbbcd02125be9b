"""Workloads for `gilscope compare`, written by a test, and what it says of them."""
import json
import sys
from pathlib import Path
from typing import Any

from cli_case import CliCase, Result, environment

# Each item is a number; the work is to square it.
BASE = '''
"""Square numbers."""
SIZES = {"S": 3, "M": 100, "L": 1000}

def make(size):
    return list(range(size))

def square(n):
    return n * n

def sequential(work, workers):
    return [square(n) for n in work]

'''
ADDED = {
    "threads": '''
from concurrent.futures import ThreadPoolExecutor

def threads(work, workers):
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(square, work))
''',
    "asyncio_tasks": '''
import asyncio

def asyncio_tasks(work, workers):
    async def one(n): return square(n)
    async def everything(): return await asyncio.gather(*map(one, work))
    return asyncio.run(everything())
''',
    "processes": '''
from concurrent.futures import ProcessPoolExecutor

def processes(work, workers, context):
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(pool.map(square, work, chunksize=len(work)))
''',
}


# A gilscope that says that its Python has no GIL; it runs what it is given in this one.
STAND_IN = f"""#!{sys.executable}
import os, sys, types
if sys.argv[1:] == ["--version"]:
    print("gilscope 1.2.3 (CPython 3.99.1)")
    sys.exit()
def stats(): raise RuntimeError("no GIL")
gilscope = sys.modules["gilscope"] = types.ModuleType("gilscope")
gilscope.stats = stats
sys._is_gil_enabled = lambda: "switched" in sys.modules
sys.path.insert(0, os.environ["PYTHONPATH"].split(":")[0])
at = sys.argv.index("-c")
code, sys.argv[:] = sys.argv[at + 1], sys.argv[at:at + 1] + sys.argv[at + 2:]
exec(code)
"""


class CompareCase(CliCase):
    plain = environment()

    def workload(self, *parts: str, name: str = "mine.py") -> Path:
        """BASE with ADDED parts, by name, or with any other text."""
        return self.write(name, BASE + "\n".join(ADDED.get(part, part) for part in parts))

    def compare(self, *arguments: str | Path, status: int = 0, **keys: Any) -> tuple[Result, dict[str, Any]]:
        """Runs it once, with --json added; the report by pattern is of the first point."""
        file = self.folder / "compare.json"
        file.unlink(missing_ok=True)
        result = self.gilscope("compare", "--repeat", "1", "--json", str(file), *map(str, arguments), **keys)
        self.assertEqual(result.status, status, result)
        self.assertNotIn("internal error", result.err, result)
        report = json.loads(file.read_text()) if file.exists() else {}
        return result, report

    def results(self, report: dict[str, Any], point: int = 0) -> dict[str, Any]:
        return {one["pattern"]: one for one in report["points"][point]["results"]}
