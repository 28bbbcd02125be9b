"""Measures what gilscope costs and what its kernels give, as ratios of A to B within one run, and prints a table.

Called by scripts/bench.sh, which builds what it needs. A and B are measured in turn, the first of a pair alternating; a
ratio is the median over the pairs. The figures decide nothing: status 0 unless something could not be run.
"""
import argparse
import datetime
import fcntl
import json
import os
import platform
import pty
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from live_client import run_watched

WORKLOADS = Path(__file__).with_name("workloads.py")


class CannotMeasure(Exception):
    """Why a Google Benchmark binary gives no figures for a row."""


@dataclass
class Row:
    """One line of the table: ratios of A to B, or why there are none."""
    what: str
    bound: float
    ratios: list[float]
    without: str = ""

    def text(self) -> str:
        if not self.ratios:
            return f"{self.what:58}{'-':>7}{self.bound:8.2f}   {self.without}"
        ratio = statistics.median(self.ratios)
        low, _, high = statistics.quantiles(self.ratios, n=4) if len(self.ratios) > 1 else [ratio] * 3
        verdict = "ok" if ratio <= self.bound else "over"
        return f"{self.what:58}{ratio:7.3f}{self.bound:8.2f}   {verdict:5} {low:.3f} to {high:.3f}"


def in_turn(a: Callable[[], float], b: Callable[[], float], rounds: int) -> list[float]:
    """Ratios a / b of `rounds` pairs, after one that is not counted."""
    a(), b()
    ratios = []
    for i in range(rounds):
        if i % 2:
            a_seconds, b_seconds = a(), b()
        else:
            b_seconds, a_seconds = b(), a()
        ratios.append(a_seconds / b_seconds)
    return ratios


class Bench:
    def __init__(self, options: argparse.Namespace) -> None:
        self.python: str = options.python
        self.gilscope: Path = options.build / "bin/gilscope"
        self.native: Path = options.build / "bin"
        self.bare: str = str(self.native / "bare_python")
        self.quick: bool = options.quick
        self.status = 0
        self.traced = [str(self.gilscope), "run", "--quiet"]
        self.untraced = [*self.traced, "--no-trace"]

    def output(self, *command: str | Path) -> str:
        return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout

    def workload(self, runner: list[str], *arguments: str) -> Callable[[], float]:
        """Seconds that the workload says it took."""
        return lambda: float(json.loads(self.output(*runner, WORKLOADS, *arguments)))

    def watched(self, runner: list[str], *arguments: str) -> Callable[[], float]:
        """Likewise, while somebody reads the live page."""
        return lambda: float(json.loads(run_watched([*map(str, (*runner, WORKLOADS)), *arguments])))

    def whole(self, *command: str) -> Callable[[], float]:
        """Seconds that the whole process took."""
        def seconds() -> float:
            start = time.perf_counter()
            self.output(*command)
            return time.perf_counter() - start
        return seconds

    def on_terminal(self, *command: str | Path) -> Callable[[], float]:
        """Seconds that a workload says it took, run on a terminal (80 x 24) that somebody reads."""
        def seconds() -> float:
            terminal, stdio = pty.openpty()
            fcntl.ioctl(stdio, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            with tempfile.TemporaryFile() as said:
                env = {**os.environ, "TERM": "xterm-256color"}
                process = subprocess.Popen([str(part) for part in command], stdin=stdio, stdout=said, stderr=stdio,
                                           start_new_session=True, env=env)
                os.close(stdio)
                while True:
                    try:
                        if not os.read(terminal, 65536):
                            break
                    except OSError:  # nobody has the other end any more
                        break
                os.close(terminal)
                if (status := process.wait()) != 0:
                    raise subprocess.CalledProcessError(status, [str(part) for part in command])
                said.seek(0)
                return float(json.load(said))
        return seconds

    def google(self, binary: str, pattern: str, clock: str) -> dict[str, list[float]]:
        """The times of each benchmark of a Google Benchmark binary whose name matches, in the order of the rounds."""
        rounds = 5 if self.quick else 15
        text = self.output(self.native / binary, f"--benchmark_filter={pattern}", "--benchmark_format=json",
                           f"--benchmark_repetitions={rounds}", "--benchmark_enable_random_interleaving=true")
        times: dict[str, list[float]] = {}
        for run in json.loads(text)["benchmarks"]:
            if run.get("error_occurred"):
                raise CannotMeasure(f"{run['name']}: {run['error_message']}")
            if run["run_type"] == "iteration":
                times.setdefault(run["run_name"], []).append(run[clock])
        return times

    def google_rows(self, binary: str, clock: str, pattern: str, rows: list[tuple[str, float, str, str]]) -> list[Row]:
        """Rows of (what, bound, A, B), where A and B are parts of the names of two benchmarks of one binary."""
        def one(times: dict[str, list[float]], part: str) -> list[float]:
            found = [values for name, values in times.items() if part in name]
            if len(found) != 1:
                raise CannotMeasure(f"{len(found)} benchmarks of {binary} have {part} in their names, not one")
            return found[0]

        try:
            times = self.google(binary, pattern, clock)
            return [Row(what, bound, [x / y for x, y in zip(one(times, a), one(times, b))])
                    for what, bound, a, b in rows]
        except FileNotFoundError:
            why = f"{binary} is not built: is GILSCOPE_BENCH off?"
        except CannotMeasure as error:
            why = str(error)
        self.status = 1
        return [Row(what, bound, [], why) for what, bound, _, _ in rows]

    def rows(self) -> Iterator[Row]:
        rounds = 3 if self.quick else 15
        n = "1000000" if self.quick else "5000000"
        reads = "200000" if self.quick else "2000000"

        yield from self.google_rows("bench_probe", "cpu_time", "pair_", [
            ("a save/restore pair, traced / untraced", 1.8, "pair_traced", "pair_untraced")])
        for threads in ("2", "8"):
            each = str(int(n) * 2 // int(threads))
            yield Row(f"{threads} threads counting down, traced / --no-trace", 1.01,
                      in_turn(self.workload(self.traced, "countdown", threads, each),
                              self.workload(self.untraced, "countdown", threads, each), rounds))
        for threads in ("2", "8"):
            work = (WORKLOADS, "countdown", threads, str(int(n) * 8 // int(threads)))
            yield Row(f"{threads} threads counting down, --live on a terminal / without", 1.01,
                      in_turn(self.on_terminal(*self.traced, "--live", *work), self.on_terminal(*self.traced, *work),
                              rounds))
        traced_reads = self.workload(self.traced, "read_bytes", reads)
        yield Row("1-byte os.read, traced / --no-trace", 1.06,
                  in_turn(traced_reads, self.workload(self.untraced, "read_bytes", reads), rounds))
        yield Row("1-byte os.read, traced / python3", 1.10,
                  in_turn(traced_reads, self.workload([self.python], "read_bytes", reads), rounds))
        yield Row("1-byte os.read, traced / its libpython alone", 1.10,
                  in_turn(traced_reads, self.workload([self.bare], "read_bytes", reads), rounds))
        yield Row("gilscope run -c pass / python3 -c pass", 1.10,
                  in_turn(self.whole(*self.traced, "-c", "pass"), self.whole(self.python, "-c", "pass"), 4 * rounds))
        yield Row("gilscope run -c pass / its libpython alone -c pass", 1.10,
                  in_turn(self.whole(*self.traced, "-c", "pass"), self.whole(self.bare, "-c", "pass"), 4 * rounds))
        pure = "20" if self.quick else "200"
        yield Row("pure Python on one thread, gilscope run / python3", 1.02,
                  in_turn(self.workload(self.traced, "pure", pure), self.workload([self.python], "pure", pure), rounds))
        yield Row("pure Python on one thread, gilscope run / its libpython alone", 1.02,
                  in_turn(self.workload(self.traced, "pure", pure), self.workload([self.bare], "pure", pure), rounds))
        live = [*self.traced, "--live=web"]
        for threads in ("2", "8"):
            each = str(int(n) * 2 // int(threads))
            yield Row(f"{threads} threads counting down, --live=web with a reader / without", 1.01,
                      in_turn(self.watched(live, "countdown", threads, each),
                              self.workload(self.traced, "countdown", threads, each), rounds))
        yield from self.trace_rows()
        yield from self.kernel_rows()

    def trace_rows(self) -> Iterator[Row]:
        """Ten million turns of two threads that give the GIL away for each byte: bytes a turn, then seconds to a view."""
        reads = 500_000 if self.quick else 5_000_000
        code = f"import os; f = os.open('/dev/zero', 0)\nfor _ in range({reads}): os.read(f, 1)"
        with tempfile.TemporaryDirectory(prefix="gilscope-bench-") as folder:
            trace, numbers = Path(folder, "run.gil"), Path(folder, "run.json")
            self.output(*self.traced, "-o", trace, "--json", numbers, "-t", "2", "-c", code)
            turns, lost = (sum(gil[key] for gil in json.loads(numbers.read_text())["gils"]) for key in ("turns", "lost"))
            yield Row(f"bytes of trace a turn, {turns:,} turns, {lost:,} lost", 12, [trace.stat().st_size / turns])
            countdown = [*self.traced, "-o", trace.with_name("two.gil"), "--json", numbers, "-t", "2"]
            self.output(*countdown, "-c", f"for _ in range({40 * reads}): pass")
            slow = json.loads(numbers.read_text())["gils"][0]["turns"]
            yield Row(f"bytes of trace a turn, countdown of {slow:,} turns", 16,
                      [trace.with_name("two.gil").stat().st_size / slow])
            for view in ("json", "perfetto", "chrome", "gecko", "picture"):
                target = Path(folder, "view.png") if view == "picture" else Path("/dev/null")
                report = self.whole(str(self.gilscope), "report", "--quiet", str(trace), f"--{view}", str(target))
                seconds = [report() for _ in range(1 if self.quick else 3)]
                # The largest of all children so far: none of those before comes near.
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
                yield Row(f"seconds from that trace to --{view}; at most {peak} MiB so far", 3, seconds)

    def kernel_rows(self) -> Iterator[Row]:
        yield from self.google_rows("bench_kernels", "real_time", "grayscale_4k|memcpy_4k", [
            ("grayscale on 1 core / memcpy of as many bytes", 1.8, "grayscale_4k/threads:1", "memcpy_4k"),
            ("grayscale on 2 cores / memcpy of as many bytes", 1.1, "grayscale_4k/threads:2", "memcpy_4k")])
        pairs = json.loads(self.output(*self.untraced, WORKLOADS, "kernels", "3" if self.quick else "11"))
        yield Row("grayscale / OpenCV's cvtColor, one thread each", 0.65, [a / b for a, b in pairs.get("opencv", [])],
                  "needs OpenCV: apt-get install python3-opencv")
        yield Row("mandelbrot, 2 threads / 1", 0.52, [a / b for a, b in pairs["mandelbrot"]])


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def busy_share() -> float:
    """The share of the cores' time that programs take while this one sleeps."""
    def stamps() -> tuple[int, int]:
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        return sum(fields[3:5]), sum(fields)
    (idle, whole), _ = stamps(), time.sleep(1)
    idle_later, whole_later = stamps()
    return 1 - (idle_later - idle) / max(1, whole_later - whole)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="the build folder")
    parser.add_argument("--python", required=True, help="the python3 to compare with: the one gilscope is linked to")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller rounds; the figures are rough")
    options = parser.parse_args()
    version = subprocess.run([options.python, "-c", "import platform; print(platform.python_version())"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    print(f"{cpu_name()}, {len(os.sched_getaffinity(0))} cores, Linux {platform.release()}, CPython {version}, "
          f"{datetime.date.today()}{', --quick: rough' if options.quick else ''}\n")
    if (busy := busy_share()) > 0.05:
        print(f"Other programs take {100 * busy:.0f} % of the cores: the figures are rough.\n")
    print(f"{'what':58}{'ratio':>7}{'bound':>8}   {'':5} middle half of the rounds")
    bench = Bench(options)
    try:
        for row in bench.rows():
            print(row.text(), flush=True)
    except subprocess.CalledProcessError as error:
        sys.exit(f"bench: status {error.returncode} from: {' '.join(error.cmd)}")
    sys.exit(bench.status)


if __name__ == "__main__":
    main()
