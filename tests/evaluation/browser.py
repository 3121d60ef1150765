"""Opens a page in a headless Chromium: what became of it, what it complained of, and what it asked of the network."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--enable-logging=stderr", "--net-log-capture-mode=Everything",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # whatever is asked for, nothing leaves the machine
    "--virtual-time-budget=3000", "--dump-dom",
)  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """One page, opened: its DOM at the end, the console's lines, the addresses that the page asked for."""

    dom: str
    console: list[str]
    requests: list[str]

    def probed(self) -> list[str]:
        """What a probe (see `with_probe`) noted."""
        seen = re.search(r'data-probe="([^"]*)"', self.dom)
        assert seen, self.dom[-2000:]
        return seen.group(1).split()


def visit(page: Path, folder: Path) -> Visit:
    """Opens a page and waits until nothing happens any more; `folder` takes the browser's own files."""
    log = folder / f"{page.stem}.netlog.json"
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "</html>" in done.stdout, done.stderr[-2000:]
    return Visit(done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line], requests_in(log))


def requests_in(log: Path) -> list[str]:
    """The addresses of all requests that the page started; the browser's own have no page as their initiator."""
    record = json.loads(log.read_text(encoding="utf-8"))
    start = record["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    started = [event.get("params", {}) for event in record["events"] if event["type"] == start]
    return [params["url"] for params in started if params.get("initiator") != "not an origin" and "url" in params]


def with_probe(text: str, script: str) -> str:
    """The page with one more script at its end, which its security policy is told of."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = text.replace("script-src '", f"script-src 'sha256-{digest}' '", 1)
    return text.replace("</body>", f"<script>{script}</script></body>")
