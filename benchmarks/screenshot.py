"""A picture of a run's report.html, taken by a headless Chromium.

python benchmarks/screenshot.py runs/demo docs/img/report.png
python benchmarks/screenshot.py runs/demo docs/img/report_transcripts.png --only Transcripts
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SECTION = r'<section id="([\w-]+)">\s*<h2>([^<]*)</h2>'


def main() -> int:
    """Takes the picture: as much of the page as the window shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="a folder that holds report.html (`ccrl report` makes it)")
    parser.add_argument("picture", type=Path, help="the PNG to write")
    parser.add_argument("--width", type=int, default=1200, help="of the window, in pixels")
    parser.add_argument("--height", type=int, default=1000, help="of the window, in pixels")
    parser.add_argument("--dark", action="store_true", help="as a reader with a dark screen sees it")
    parser.add_argument("--only", default="", metavar="HEADING", help="one section alone, such as Transcripts")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    page = options.run / "report.html"
    if chromium is None or not page.is_file():
        print("Needs a chromium on the path, and report.html in the run's folder.", file=sys.stderr)
        return 2
    text = page.read_text(encoding="utf-8")
    sections = {heading: name for name, heading in re.findall(SECTION, text)}
    if options.only and options.only not in sections:
        print(f"No section is called {options.only!r}. There are: {', '.join(sections)}.", file=sys.stderr)
        return 2
    if options.only:
        hidden = f".top, .tiles, .notice, main > section:not(#{sections[options.only]}) {{ display: none; }}"
        text = text.replace("</style>", f"{hidden}</style>", 1)
    options.picture.parent.mkdir(parents=True, exist_ok=True)
    return take(chromium, text, options)


def take(chromium: str, text: str, options: argparse.Namespace) -> int:
    """Opens the page in a browser of its own and writes the picture."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(text, encoding="utf-8")
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            f"--user-data-dir={folder}/profile", f"--window-size={options.width},{options.height}",
            f"--blink-settings=preferredColorScheme={0 if options.dark else 1}",
            f"--screenshot={options.picture.resolve()}", page.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if not options.picture.is_file():
        print(done.stderr, file=sys.stderr)
        return 1
    print(f"wrote {options.picture}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
