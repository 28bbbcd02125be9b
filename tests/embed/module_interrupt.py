"""Ctrl-C, and other signals with handlers, during a long kernel."""

import os
import signal
import threading
import unittest

from gilscope import kernels

FOREVER = 2**62


class Interrupt(unittest.TestCase):
    def test_sigint_from_another_thread(self) -> None:
        started = threading.Event()
        thread = threading.Thread(target=lambda: (started.wait(), os.kill(os.getpid(), signal.SIGINT)))
        thread.start()
        with self.assertRaises(KeyboardInterrupt):
            kernels.countdown(FOREVER, on_tile=lambda *tile: started.set())
        thread.join()

    def test_timer_with_the_gil_held_and_released(self) -> None:
        # The timer comes during the kernel, as nothing else lasts; but before it where the machine sleeps meanwhile.
        for options in ({"release_gil": False}, {"release_gil": True}, {"release_gil": False, "num_threads": 1},
                        {"num_threads": 1}, {"on_tile": lambda *tile: None}):
            with self.subTest(**options):
                with self.assertRaises(TimeoutError):
                    signal.setitimer(signal.ITIMER_REAL, 0.05)
                    kernels.countdown(FOREVER, **options)

    def test_slow_rows(self) -> None:
        with self.assertRaises(TimeoutError):
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            kernels.mandelbrot(4000, 4000, center=(0, 0), span=0.01, max_iterations=2**31 - 1)

    def test_raised_in_on_tile(self) -> None:
        # Python runs handlers on the main thread, which here is one of those that compute. Once: raise_signal lets
        # go of the GIL, so that a second thread's signal could come when the first has had its effect.
        once = threading.Lock()

        def on_tile(*tile: object) -> None:
            if once.acquire(blocking=False):
                signal.raise_signal(signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt):
            kernels.countdown(FOREVER, on_tile=on_tile)

    def test_a_handler_that_returns_does_not_stop_it(self) -> None:
        seen = []
        old = signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            while not seen:
                kernels.countdown(20_000_000)
        finally:
            signal.signal(signal.SIGALRM, old)
        self.assertEqual(seen, [signal.SIGALRM])

    def test_works_again_after(self) -> None:
        self.assertEqual(kernels.mandelbrot(10, 10).shape, (10, 10))

    def setUp(self) -> None:
        def expired(number: int, frame: object) -> None:
            raise TimeoutError

        signal.signal(signal.SIGALRM, expired)
