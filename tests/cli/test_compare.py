"""gilscope compare: patterns side by side, their table, their numbers."""
import subprocess
import unittest

from cli_case import GILSCOPE, HAS_GIL
from compare_case import CompareCase


class Patterns(CompareCase):
    def test_all_patterns_of_a_file(self) -> None:
        file = self.workload("threads", "asyncio_tasks", "processes")
        result, report = self.compare(file, "--threads", "2", "--free-threaded", "")
        found = self.results(report)
        measured = [name for name, one in found.items() if one["outcome"] == "measured"]
        self.assertEqual(measured, ["sequential", "threads", "asyncio", "processes-fork", "processes-spawn",
                                    "processes-forkserver"], result)
        self.assertEqual(found["free-threaded"]["outcome"], "unavailable")
        self.assertIn("--free-threaded", found["free-threaded"]["message"])
        self.assertNotIn("native-held", found)  # the file has none
        for name in measured:
            (run,), median = found[name]["runs"], found[name]["median"]
            self.assertEqual((median["wall_ns"], median["peak_bytes"]), (run["wall_ns"], run["peak_bytes"]))
            self.assertGreater(run["wall_ns"], 0)
            self.assertGreater(run["peak_bytes"], 1_000_000)
            self.assertAlmostEqual(median["cores_used"], run["cpu_ns"] / run["wall_ns"])
            if HAS_GIL:
                self.assertEqual(run["gil"]["lost"], 0)
                self.assertLessEqual(run["gil"]["held_ns"], run["gil"]["window_ns"])
                self.assertLessEqual(run["wall_ns"], run["gil"]["window_ns"])
            if name.startswith("processes"):
                self.assertGreater(run["pickled_bytes"], 300)  # a hundred numbers go there and come back
                self.assertGreater(median["start_ns"], 0)
                self.assertRegex(result.out, f"{found[name]['title']}: (in the time are|alone, it takes)")
        self.assertEqual(found["sequential"]["median"]["speed_up"], 1)
        self.assertTrue(result.out.startswith("mine (M): Square numbers\n"), result)
        for name in measured:
            self.assertIn(f"\n{found[name]['title']} ", result.out)

    def test_rows_are_sorted_and_fit(self) -> None:
        file = self.workload("threads", "asyncio_tasks")
        for width in (60, 80, 200):
            result, report = self.compare(file, "--size", "S", env={**self.plain, "COLUMNS": str(width)})
            found = sorted(self.results(report).values(), key=lambda one: one.get("median", {}).get("wall_ns", 0))
            titles = [one["title"] for one in found if one["outcome"] == "measured"]
            rows = [line for line in result.out.split("\n\n")[1].split("\n") if not line.startswith(" ")]
            self.assertEqual([row[:12].strip() for row in rows], titles, result)
            self.assertEqual([line for line in result.out.split("\n") if len(line) > width], [])
            self.assertIn("*", rows[0])  # the fastest is marked
            self.assertNotIn("\x1b", result.out)

    def test_the_patterns_asked_for(self) -> None:
        file = self.workload("threads", "processes")
        _, report = self.compare(file, "--patterns", "processes-fork", "--size", "S")
        self.assertEqual(list(self.results(report)), ["sequential", "processes-fork"])
        self.assert_refused(self.gilscope("compare", str(file), "--patterns", "thread"), "no pattern 'thread'", "threads")

    def test_json_to_standard_output_is_alone_there(self) -> None:
        file = self.workload()
        result = self.gilscope("compare", str(file), "--repeat", "2", "--json", "-")
        self.assertEqual((result.status, result.err, result.out[0]), (0, "", "{"), result)

    def test_lines_of_code(self) -> None:
        file = self.workload("threads", "asyncio_tasks")
        _, report = self.compare(file, "--size", "S")
        lines = {name: one["lines"] for name, one in self.results(report).items()}
        self.assertEqual((lines["sequential"], lines["threads"], lines["asyncio"]), (4, 6, 7))

    def test_what_is_imported_and_prepared_is_not_the_work(self) -> None:
        self.write("beside.py", "READY = []")
        file = self.workload("""
def prepare_threads(work, workers):
    import beside
    beside.READY.append(len(work))

def threads(work, workers):
    import beside, sys
    assert beside.READY == [len(work)]
    return sequential(work, workers)

def extra(result):
    return {"a third": 1 / 3}
""")
        result, report = self.compare(file, "--size", "S")
        self.assertEqual(self.results(report)["threads"]["median"]["extra_s"], {"a third": 1 / 3})
        self.assertIn("333 ms", result.out)


class Sweeps(CompareCase):
    def test_every_point_and_every_view(self) -> None:
        file = self.workload("threads", "asyncio_tasks")
        views = [self.folder / name for name in ("page.html", "curves.svg")]
        result, report = self.compare(file, "--size", "S,M", "--threads", "1,2", "--html", views[0], "--picture", views[1])
        self.assertEqual([(point["size"], point["threads"]) for point in report["points"]], [("S", 1), ("S", 2), ("M", 1), ("M", 2)])
        for at in range(4):
            found = self.results(report, at)
            self.assertEqual({one["outcome"] for name, one in found.items() if not name.startswith("free")}, {"measured"})
        # What does not use the threads is measured once for each size.
        runs = [self.results(report, at)["sequential"]["runs"] for at in range(4)]
        self.assertEqual((runs[0], runs[2]), (runs[1], runs[3]))
        self.assertRegex(result.out, r"(?m)^speed-up +S, 1 +S, 2 +M, 1 +M, 2$")
        self.assertIn("Starts to pay off", result.out)
        page, curves = (view.read_text() for view in views)
        self.assertTrue(page.startswith("<!doctype html>") and page.rstrip().endswith("</html>"))
        for text in ("asyncio", "Square numbers"):
            self.assertIn(text, page)
            self.assertIn(text, curves)

    def test_a_picture_of_one_point(self) -> None:
        picture = self.folder / "bars.png"
        self.compare(self.workload("threads"), "--size", "S", "--picture", picture)
        self.assertEqual(picture.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")


class CommandLine(CompareCase):
    def test_the_list(self) -> None:
        result = self.gilscope("compare", "--list")
        self.assertEqual(result.status, 0)
        for text in ("countdown ", "Count down to zero", "processes-spawn", "free-threaded"):
            self.assertIn(text, result.out)

    def test_what_is_wrong_is_said_before_anything_runs(self) -> None:
        file = str(self.workload())
        for arguments, texts in (([], ["needs the name of a workload"]), (["nonesuch"], ["no workload 'nonesuch'", "countdown"]),
                                 (["./nonesuch.py"], ["cannot open"]), ([str(self.folder) + "/"], ["is a folder"]),
                                 ([file, "--size", "XL"], ["no size 'XL'", "S, M, L"]), ([file, "--threads", "0"], ["--threads", "256"]),
                                 ([file, "--timeout", "0"], ["--timeout"]), ([file, "--json", "/nonesuch/x"], ["/nonesuch"]),
                                 ([file, "--json", file], ["would overwrite"]),
                                 ([file, "--free-threaded", "/bin/true"], ["is no gilscope"])):
            with self.subTest(arguments=arguments):
                self.assert_refused(self.gilscope("compare", *arguments), *texts)

    def test_files_that_are_no_workloads(self) -> None:
        for text, said in (("x = 1", "no SIZES"), ('SIZES = {"M": 1}', "no function sequential"), ("1 / 0", "ZeroDivisionError"),
                           ("def f(:", "SyntaxError"), ("import nonesuch_module", "nonesuch_module"), ("import os; os._exit(0)", "status 0")):
            with self.subTest(text=text):
                self.assert_refused(self.gilscope("compare", str(self.write("app.py", text))), said, "app.py")

    def test_a_misspelt_pattern_is_named(self) -> None:
        result, _ = self.compare(self.workload("def thread(work, workers): return None"), "--size", "S")
        self.assertIn("'thread' is not run; is 'threads' meant", " ".join(result.out.split()))

    def test_the_help_is_offered(self) -> None:
        done = subprocess.run([GILSCOPE, "compare", "--help"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0)
        for option in ("--patterns", "--threads", "--size", "--timeout", "--free-threaded", "--json"):
            self.assertIn(option, done.stdout)


if __name__ == "__main__":
    unittest.main()
