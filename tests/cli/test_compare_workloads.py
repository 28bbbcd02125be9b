"""The workloads that come with gilscope: every pattern gives the sequential result, or says why it is not here."""
import subprocess
import sys
import unittest

from compare_case import CompareCase

# Both ways to start a process anew take long, and are tested with a smaller workload.
PATTERNS = ("threads,asyncio,processes-fork,subinterpreters,interpreter-pool,native,cython,numpy,numba")


class Workloads(CompareCase):
    def outcomes(self, name: str) -> dict[str, dict]:
        cache = {"XDG_CACHE_HOME": str(self.folder / "cache")}
        result, report = self.compare(name, "--size", "S", "--threads", "2", "--patterns", PATTERNS, env={**self.plain, **cache})
        found = self.results(report)
        for pattern, one in found.items():
            self.assertIn(one["outcome"], ("measured", "unavailable"), f"{pattern}: {one}\n{result}")
            if one["outcome"] == "unavailable":
                self.assertRegex(one["message"], "install|CPython 3|headers")
        for pattern in ("sequential", "threads", "asyncio", "processes-fork"):
            self.assertEqual(found[pattern]["outcome"], "measured", result)
        if sys.version_info < (3, 12):
            self.assertNotEqual(found.get("subinterpreters", {}).get("outcome"), "measured")
        return found

    def test_countdown(self) -> None:
        found = self.outcomes("countdown")
        self.assertEqual([found[f"native-{how}"]["outcome"] for how in ("held", "released", "parallel")], ["measured"] * 3)

    def test_grayscale(self) -> None:
        found = self.outcomes("grayscale")
        self.assertEqual([found[f"native-{how}"]["outcome"] for how in ("held", "released", "parallel")], ["measured"] * 3)
        for module, patterns in (("numpy", ["numpy"]), ("numba", ["numba"]), ("Cython", ["cython-nogil", "cython-prange"])):
            if subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0:
                self.assertEqual([found[pattern]["outcome"] for pattern in patterns], ["measured"] * len(patterns), found)

    def test_io(self) -> None:
        self.outcomes("io")

    def test_primes(self) -> None:
        self.outcomes("primes")

    def test_mixed(self) -> None:
        found = self.outcomes("mixed")
        for one in found.values():
            if one["outcome"] == "measured":
                self.assertGreater(one["median"]["extra_s"]["I/O p99"], 0)


if __name__ == "__main__":
    unittest.main()
