"""Makes the pictures of the page that the README shows: records a demonstration, opens its page in Chromium without a
window, and writes what is seen to scripts/gallery/page_*.png.

    scripts/page_pictures.py [--gilscope build/release/bin/gilscope] [--folder scripts/gallery]
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/page"))

from browser import Browser, find_browser, open_report  # noqa: E402

SHOW_LANES = "document.querySelector('.timeline').scrollIntoView();"
# The longest of all waits, with the turns around it.
SHOW_WAIT = """(() => {
  const { timeline } = window.gilscopePage;
  document.querySelector('#longest-waits tbody button').click();
  const { lane, turn } = timeline.chosen;
  timeline.view.fit(lane.want(turn), lane.drop(turn), 1);
  timeline.scroller.scrollTop = 0;
})()"""
# Name, demonstration, dark, and what to do before the picture is taken.
PICTURES = [("page_light", "convoy", False, ""), ("page_dark", "both_ways", True, SHOW_LANES),
            ("page_turn", "countdown", False, SHOW_WAIT)]


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the README's pictures of the page.")
    parser.add_argument("--gilscope", type=Path, default=ROOT / "build/release/bin/gilscope")
    parser.add_argument("--folder", type=Path, default=ROOT / "scripts/gallery")
    options = parser.parse_args()
    if find_browser() is None:
        sys.exit("page_pictures.py: no Chromium is installed (scripts/setup.sh installs it)")
    if not options.gilscope.exists():
        sys.exit(f"page_pictures.py: {options.gilscope} is not there; scripts/build.sh builds it")
    with tempfile.TemporaryDirectory() as folder, Browser(1280, 720) as browser:
        for name, demo, dark, action in PICTURES:
            page = Path(folder) / f"{name}.html"
            script = ROOT / f"scripts/demo_{demo}.py"
            command = [options.gilscope.resolve(), "run", "-q", "--html", page, script.relative_to(ROOT)]
            subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
            browser.set_dark(dark)
            open_report(browser, page)
            if action:
                browser.run(action)
            picture = options.folder / f"{name}.png"
            picture.write_bytes(browser.picture())
            print(f"{picture}: {picture.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
