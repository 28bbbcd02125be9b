"""What gilscope says a run would take without the GIL, beside what a free-threaded Python takes.

    python3 scripts/check_estimate.py GILSCOPE FREE_THREADED [--threads 2,4] [--rounds 15] [--seconds 0.3]

GILSCOPE is linked to a Python with the GIL, best of the same version as FREE_THREADED (3.13: python3.13t). In
every round each is measured once, one after the other, so that a load on the machine meets all of them; the
table shows medians. "cores" is how many times as much work processes get done at once as one alone: what the
machine gives at the time. "price" is the processor time of one thread's work in FREE_THREADED, over that in
GILSCOPE. "pinned": on one core, where nothing can run at the same time.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

WORK = '''
import sys, threading, time

def countdown(n):
    while n > 0:
        n -= 1

def primes(n):
    found = []
    for candidate in range(2, n // 16):
        if all(candidate % p for p in found if p * p <= candidate):
            found.append(candidate)
    return len(found)

work, n, threads = globals()[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])
others = [threading.Thread(target=work, args=(n,)) for _ in range(threads)]
begin, begin_cpu = time.perf_counter(), time.process_time()
if threads == 1:
    work(n)
else:
    for other in others:
        other.start()
    for other in others:
        other.join()
print(time.perf_counter() - begin, time.process_time() - begin_cpu)
'''


class Took(NamedTuple):
    wall: float
    cpu: float


def took(printed: str) -> Took:
    return Took(*map(float, printed.split()))


class Bench:
    def __init__(self, gilscope: str, free: str, folder: Path) -> None:
        self.gilscope, self.free, self.folder = gilscope, free, folder
        self.script = folder / "work.py"
        self.script.write_text(WORK)

    def run(self, command: list[str]) -> Took:
        return took(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)

    def with_gil(self, name: str, n: int, threads: int) -> Took:
        trace = ["-o", str(self.folder / "run.gil")] if threads > 1 else []
        return self.run([self.gilscope, "run", "--quiet", *trace, str(self.script), name, str(n), str(threads)])

    def without(self, name: str, n: int, threads: int, prefix: tuple[str, ...] = ()) -> Took:
        return self.run([*prefix, self.free, "-X", "gil=0", str(self.script), name, str(n), str(threads)])

    def at_once(self, name: str, n: int, processes: int) -> float:
        command = [self.free, "-X", "gil=0", str(self.script), name, str(n), "1"]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
        return statistics.mean(took(process.communicate()[0]).wall for process in running)

    def estimate(self, cores: float, price: float, section: float) -> float:
        """Of the last trace: the part that the script timed; what lies around it is one thread's work."""
        command = [self.gilscope, "report", str(self.folder / "run.gil"), "--json", "-"]
        command += ["--cores", f"{cores:.3f}", "--price", f"{price:.3f}"]
        report = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        around = report["wall_ns"] / 1e9 - section
        return report["estimate"]["wall_ns"] / 1e9 - price * around


def size_for(seconds: float, time: Callable[[int], float]) -> int:
    n = 100_000
    while (needs := time(n)) < seconds / 4:
        n *= 2
    return int(n * seconds / needs)


def row(bench: Bench, name: str, n: int, threads: int, rounds: int) -> None:
    cores = len(os.sched_getaffinity(0))
    one_core = ("taskset", "-c", str(min(os.sched_getaffinity(0))))
    alone, free_alone, crowd, gil, free, pinned, traces = [], [], [], [], [], [], []
    for _ in range(rounds):
        alone.append(bench.with_gil(name, n, 1))
        free_alone.append(bench.without(name, n, 1))
        crowd.append(bench.at_once(name, n, min(threads, cores)))
        free.append(bench.without(name, n, threads).wall)
        gil.append(bench.with_gil(name, n, threads).wall)
        trace = bench.folder / "run.gil"
        traces.append(trace.rename(bench.folder / f"{len(traces)}.gil"))
        pinned.append(bench.without(name, n, threads, one_core).wall)
    median = statistics.median
    price = median(one.cpu for one in free_alone) / median(one.cpu for one in alone)
    there = min(threads, cores) * median(one.wall for one in free_alone) / median(crowd)

    def estimated(on_cores: float) -> float:
        results = []
        for trace, section in zip(traces, gil):
            trace.rename(bench.folder / "run.gil")
            results.append(bench.estimate(on_cores, price, section))
            (bench.folder / "run.gil").rename(trace)
        return median(results)

    for label, on_cores, measured in (("", there, median(free)), ("pinned", 1.0, median(pinned))):
        says = estimated(on_cores)
        print(f"{name:10}{threads:8}{on_cores:7.2f} {label:7}{price:6.2f}{median(gil):9.3f} s{says:9.3f} s"
              f"{measured:9.3f} s{100 * (says / measured - 1):+8.1f} %", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the estimate with a free-threaded Python.")
    parser.add_argument("gilscope")
    parser.add_argument("free_threaded")
    parser.add_argument("--threads", default="2,4")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=0.3, help="of work for each thread")
    parser.add_argument("--workloads", default="countdown,primes")
    options = parser.parse_args()
    check = [options.free_threaded, "-X", "gil=0", "-c", "import sys; print(sys._is_gil_enabled())"]
    if subprocess.run(check, stdout=subprocess.PIPE, text=True).stdout.strip() != "False":
        sys.exit(f"{options.free_threaded} is no free-threaded Python (3.13 or later)")
    print("workload   threads  cores         price  with GIL   estimate   measured    error")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.gilscope, options.free_threaded, Path(folder))
        for name in options.workloads.split(","):
            n = size_for(options.seconds, lambda n, name=name: bench.with_gil(name, n, 1).cpu)
            for threads in map(int, options.threads.split(",")):
                row(bench, name, n, threads, options.rounds)


if __name__ == "__main__":
    main()
