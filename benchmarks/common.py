"""What the benchmarks share: where they ran, on which commit, and how a table gets into a page."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

import gymnasium as gym

ROOT = Path(__file__).resolve().parent.parent


def machine() -> dict[str, str]:
    """The processor, and the versions that figures depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    return {
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": str(len(names) or "unknown"),
        "python": platform.python_version(),
        "gymnasium": gym.__version__,
    }


def commit() -> str:
    """The commit that was measured, with "-dirty" where something was changed since."""
    run = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return run.stdout.strip() or "unknown"


def write_between_marks(path: Path, text: str, marks: tuple[str, str]) -> None:
    """Replaces what stands between the two marks, or adds it at the end."""
    begin, end = marks
    old = path.read_text() if path.exists() else "# Benchmarks\n"
    if begin not in old:
        old += f"\n{begin}\n{end}\n"
    before, _, rest = old.partition(begin)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}")
