"""--picture: a run, or a part of one, as PNG, SVG and PDF."""
import struct
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from cli_case import GILSCOPE, CliCase, needs_gil

SCRIPT = """
    import gilscope, threading
    from gilscope import kernels
    def spin():
        for i in range(300_000): pass
    threads = [threading.Thread(target=spin, name=f"spinner {i}") for i in range(2)]
    with gilscope.region("work"):
        for thread in threads: thread.start()
        kernels.mandelbrot(40, 400, num_threads=2)
        for thread in threads: thread.join()
    """


def words_of(svg: Path) -> list[str]:
    return [text.text or "" for text in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text")]


class Pictures(CliCase):
    @needs_gil
    def test_of_a_run_and_of_its_trace(self) -> None:
        script = self.write("app.py", SCRIPT)
        self.assert_ended(self.run_gilscope("-o", "run.gil", "--picture", "run.svg", script), 0, "")
        words = words_of(self.folder / "run.svg")
        for expected in ("GIL held", "somebody waiting", "main", "spinner 0", "spinner 1", "region", "kernel"):
            self.assertIn(expected, words)
        self.assertTrue(any(word.startswith("verified on CPython") for word in words), words)

        for name in ("again.svg", "run.png", "run.pdf"):
            result = self.gilscope("report", "-q", "run.gil", "--picture", name)
            self.assertEqual((result.status, result.err), (0, ""), result)
        self.assertEqual(words_of(self.folder / "again.svg"), words, "the same numbers")
        png = (self.folder / "run.png").read_bytes()
        self.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(struct.unpack(">II", png[16:24]), (1920, 1080))
        self.assertTrue((self.folder / "run.pdf").read_bytes().startswith(b"%PDF-"))

    def test_of_a_part(self) -> None:
        script = self.write("app.py", SCRIPT)
        self.assert_ended(self.run_gilscope("--picture", "run.svg", "--from", "10%", "--to", "90%", script), 0, "")
        self.assertTrue(any("a part of the run" in word for word in words_of(self.folder / "run.svg")))

    def test_what_cannot_be_drawn_is_refused(self) -> None:
        for options, said in ((["--picture", "run.jpg"], ".png, .svg or .pdf"),
                              (["--picture", "-"], ".png, .svg or .pdf"),
                              (["--picture", "run.png", "--from", "soon"], "1.5s, 200ms or 10%"),
                              (["--picture", "run.png", "--to", "120%"], "1.5s, 200ms or 10%"),
                              (["--from", "1s"], "--picture"),
                              (["--picture", "run.png", "--no-trace"], "--no-trace"),
                              (["--picture", "missing/run.png"], "missing")):
            with self.subTest(options=options):
                self.assert_refused(self.run_gilscope(*options, "-c", "print('ran')"), said)

    def test_a_part_that_is_empty_is_said(self) -> None:
        self.assert_ended(self.run_gilscope("-o", "run.gil", "-c", "pass"), 0, "")
        result = self.gilscope("report", "-q", "run.gil", "--picture", "run.png", "--from", "50min")
        self.assertEqual(result.status, 2, result)
        self.assertIn("span is empty", result.err)
        self.assertEqual([path.name for path in self.folder.glob("run.png*")], [])

    def test_without_any_font(self) -> None:
        self.write("fonts.conf", "<?xml version='1.0'?><fontconfig/>")
        self.assert_ended(self.run_gilscope("-o", "run.gil", "-c", "pass"), 0, "")
        for name in ("run.png", "run.pdf", "run.svg"):
            result = self.start_shell('FONTCONFIG_FILE=fonts.conf exec "$0" report -q run.gil --picture "$1"',
                                      GILSCOPE, name).finish()
            self.assertIn(result.status, (0, 2), result)
            if result.status == 2:
                self.assertIn("font", result.err)


if __name__ == "__main__":
    unittest.main()
