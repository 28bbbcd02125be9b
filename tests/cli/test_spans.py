"""Kernels and garbage collections are recorded unseen: what a script finds is what it would find without."""
import json
import unittest

from cli_case import CliCase


class Spans(CliCase):
    def test_the_collector_looks_as_python_leaves_it(self) -> None:
        self.assert_like_python("-c", "import sys; print('gc' in sys.modules)")
        code = "import gc; gc.callbacks.clear(); print(gc.callbacks, gc.collect() >= 0, gc.isenabled(), gc.garbage)"
        self.assert_like_python("-c", code)
        self.assert_ended(self.run_gilscope("-c", "import gc; print(len(gc.callbacks))"), 0, "1\n")

    def test_without_a_recording_nothing_is_installed(self) -> None:
        result = self.run_gilscope("--no-trace", "-c", "import gc; print(gc.callbacks)")
        self.assertEqual((result.status, result.out), (0, "[]\n"), result)

    def test_collections_while_python_ends(self) -> None:
        code = ("import atexit, gc, sys\nclass Late:\n  def __del__(self): gc.collect()\n"
                "def ring():\n  a = Late(); a.me = a\n"
                "atexit.register(gc.collect)\nring()\nsys.late = Late()\nkept = [Late()]\nkept.append(kept)\n"
                "sys.exit(6)")
        self.assert_ended(self.assert_like_python("-c", code), 6, "")

    def test_garbage_waits_for_the_rehearsal(self) -> None:
        script = self.write("app.py", """
            import gc, os, threading
            class Reader:
                def __del__(self): os.stat("/")
            kept = []
            def make(phase, info):
                if phase == "stop": kept.append([Reader()])
            gc.callbacks.append(make)
            gc.set_threshold(1)
            thread = threading.Thread(target=sum, args=(range(10_000),))
            thread.start()
            thread.join()
            print(gc.isenabled())
            """)
        self.assert_ended(self.run_gilscope(script), 0, "True\n")

    def test_spans_leave_regions_alone(self) -> None:
        script = self.write("app.py", """
            import gc, gilscope
            from gilscope import kernels
            with gilscope.region("outer"):
                with gilscope.region("countdown"):
                    kernels.countdown(100_000, release_gil=False)
                    gc.collect()
                    with gilscope.region("inner"):
                        kernels.countdown(100_000, num_threads=2, on_tile=lambda *tile: gc.collect())
            """)
        result = self.run_gilscope(script)
        self.assert_ended(result, 0)
        assert result.report is not None
        regions = {region["name"]: region for region in result.report["regions"]}
        self.assertEqual({name: region["count"] for name, region in regions.items()},
                         {"outer": 1, "countdown": 1, "inner": 1}, result)
        self.assertLess(regions["inner"]["wall_ns"], regions["countdown"]["wall_ns"])
        self.assertLess(regions["countdown"]["wall_ns"], regions["outer"]["wall_ns"])

    def test_threads_that_native_threads_start(self) -> None:
        script = self.write("app.py", """
            import threading
            from gilscope import kernels
            threads = []
            def on_tile(*tile):
                thread = threading.Thread(target=sum, args=(range(10_000),))
                thread.start()
                threads.append(thread)
            kernels.mandelbrot(20, 300, num_threads=4, on_tile=on_tile)
            for thread in threads: thread.join()
            """)
        result = self.run_gilscope(script)
        self.assert_ended(result, 0)
        self.assertTrue(any(name.startswith("OpenMP ") for name in result.thread_names), result)

    def test_forked_children_of_a_pool(self) -> None:
        script = self.write("app.py", """
            import gc, multiprocessing
            from gilscope import kernels
            def work(n):
                kernels.countdown(n, num_threads=2)
                kernels.mandelbrot(8, 50, on_tile=lambda *tile: gc.collect())
                return n
            if __name__ == "__main__":
                kernels.countdown(100_000, num_threads=2)
                with multiprocessing.get_context("fork").Pool(2) as pool:
                    print(sum(pool.map(work, range(10))))
            """)
        self.assert_ended(self.run_gilscope(script), 0, "45\n")


if __name__ == "__main__":
    unittest.main()

    def test_regions_of_coroutines_end_each_its_own(self) -> None:
        script = self.write("app.py", """
            import asyncio, json, time
            import gilscope
            turns = [asyncio.Event() for _ in range(3)]
            least, most = {}, {}
            async def task(name, after, then):
                before = time.perf_counter_ns()
                with gilscope.region(name):
                    inside = time.perf_counter_ns()
                    await asyncio.sleep(0)
                    if after is not None: await turns[after].wait()
                    least[name] = time.perf_counter_ns() - inside
                most[name] = time.perf_counter_ns() - before
                time.sleep(0.005)
                if then is not None: turns[then].set()
            async def main():  # begin in this order; end: second, third, first
                await asyncio.gather(task("first", 1, None), task("second", None, 0), task("third", 0, 1))
            asyncio.run(main())
            print(json.dumps([least, most]))
            """)
        result = self.run_gilscope(script)
        self.assertEqual(result.status, 0, result)
        assert result.report is not None
        least, most = json.loads(result.out)
        walls = {region["name"]: region["wall_ns"] for region in result.report["regions"]}
        self.assertEqual(set(walls), {"first", "second", "third"})
        for name, wall in walls.items():
            self.assertLessEqual(0.99 * least[name], wall, name)  # clocks differ a little
            self.assertLessEqual(wall, 1.01 * most[name], name)
