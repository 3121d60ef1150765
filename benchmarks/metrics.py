"""Each metric beside the library that has it: the values, and the seconds for a million pairs.

    python benchmarks/metrics.py              # needs scikit-learn; netcal, relplot, uncertainty-calibration if there
    python benchmarks/metrics.py --pairs 100000

Every figure is asked of both on the same pairs, in the same process; the best of three calls counts. Written to
benchmarks/results/metrics.json, and as a table into docs/calibration.md.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from common import ROOT, commit, machine, write_between_marks

from reasoning_gym_ccrl.evaluation import metrics
from reasoning_gym_ccrl.evaluation.metrics import Floats
from reasoning_gym_ccrl.seeding import numpy_random

MARKS = ("<!-- metrics.py: begin -->", "<!-- metrics.py: end -->")

Figure = Callable[[Floats, Floats], float]


@dataclass(frozen=True)
class Options:
    """Compare every metric with the library that has it."""

    pairs: int = 1_000_000
    """Confidences and outcomes; one confidence in fifty is exactly 1."""
    rounds: int = 3
    """Calls of each; the fastest counts."""
    out: Path = ROOT / "benchmarks/results/metrics.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/calibration.md"
    """Where the table goes, between its two marks."""


@dataclass(frozen=True)
class Line:
    """One figure, ours and a peer's; None where no installed peer has it."""

    figure: str
    value: float
    seconds: float
    peer: str | None = None
    peer_value: float | None = None
    peer_seconds: float | None = None


def draw_pairs(size: int) -> tuple[Floats, Floats]:
    """Confidences piled up near 1, right in a share 0.2 + 0.7 q^2: too modest below 0.37, too sure above."""
    random = numpy_random(0, "benchmark metrics")
    q = random.beta(3.0, 1.0, size)
    q[random.random(size) < 0.02] = 1.0
    return q, (random.random(size) < 0.2 + 0.7 * q**2).astype(np.float64)


def figures() -> Iterator[tuple[str, Figure, str | None, Callable[[Any], Figure] | None]]:
    """The name, ours, the peer's distribution, and what makes the peer's figure from its imported module."""
    ece, debiased = metrics.expected_calibration_error, metrics.debiased_calibration_error
    whole = lambda y: y.astype(np.int64)  # noqa: E731
    yield "ECE", ece, "netcal", lambda m: lambda q, y: m.ECE(15).measure(q, whole(y))
    yield "ECE", ece, "uncertainty-calibration", lambda m: lambda q, y: m.get_ece(q, whole(y))
    mass: Figure = lambda q, y: ece(q, y, scheme="mass")  # noqa: E731
    yield "ECE, equal mass", mass, "uncertainty-calibration", lambda m: lambda q, y: m.get_ece_em(q, whole(y))
    yield "MCE", metrics.maximum_calibration_error, "netcal", lambda m: lambda q, y: m.MCE(15).measure(q, whole(y))
    yield "positive part of ECE", metrics.positive_calibration_error, None, None
    width = lambda m: m.utils.get_equal_prob_bins  # noqa: E731
    yield (
        "debiased error",
        debiased,
        "uncertainty-calibration",
        lambda m: lambda q, y: m.lower_bound_scaling_ce(q, whole(y), binning_scheme=width(m)),
    )
    yield "smooth ECE", metrics.smooth_ece, "relplot", lambda m: m.smECE
    yield "Brier", metrics.brier_score, "scikit-learn", lambda m: lambda q, y: m.brier_score_loss(y, q)
    yield "Brier's parts", lambda q, y: metrics.brier_decomposition(q, y).reliability, None, None
    clipped = lambda q: np.clip(q, 1e-6, 1 - 1e-6)  # noqa: E731
    yield (
        "NLL",
        metrics.negative_log_likelihood,
        "scikit-learn",
        lambda m: lambda q, y: m.log_loss(y, clipped(q)),
    )
    yield "AUROC", metrics.auroc, "scikit-learn", lambda m: lambda q, y: m.roc_auc_score(y, q)
    yield (
        "AUPRC of errors",
        metrics.auprc_error,
        "scikit-learn",
        lambda m: lambda q, y: m.average_precision_score(1 - y, 1 - q),
    )
    yield "AURC", metrics.aurc, None, None
    yield "excess AURC", metrics.excess_aurc, None, None
    yield "coverage at risk 0.2", lambda q, y: metrics.coverage_at_risk(q, y, 0.2), None, None
    yield "overconfident errors", metrics.overconfident_error_rate, None, None
    yield "calibration slope", metrics.calibration_slope, None, None


MODULES = {
    "netcal": "netcal.metrics",
    "uncertainty-calibration": "calibration",
    "relplot": "relplot",
    "scikit-learn": "sklearn.metrics",
}


def timed(figure: Figure, q: Floats, y: Floats, rounds: int) -> tuple[float, float]:
    """The value, and the processor's seconds of the fastest call."""
    taken = []
    for _ in range(rounds):
        started = time.process_time()
        value = float(figure(q, y))
        taken.append(time.process_time() - started)
    return value, min(taken)


def measure(options: Options) -> list[Line]:
    q, y = draw_pairs(options.pairs)
    lines = []
    for name, ours, peer, build in figures():
        line = Line(name, *timed(ours, q, y, options.rounds))
        if peer is not None and build is not None:
            try:
                theirs = build(import_module(MODULES[peer]))
            except ModuleNotFoundError as error:
                print(f"{peer} is left out: {error}.", file=sys.stderr)
            else:
                line = Line(name, line.value, line.seconds, peer, *timed(theirs, q, y, options.rounds))
        lines.append(line)
    return lines


def table(lines: list[Line], about: dict[str, Any]) -> str:
    head = "| figure | value | seconds | the same from | value | seconds |"
    rows = [head, "|---|---|---|---|---|---|"]
    for line in lines:
        theirs = ["", "", ""]
        if line.peer is not None:
            theirs = [f"{line.peer} {about['peers'][line.peer]}", f"{line.peer_value:.6f}", f"{line.peer_seconds:.3f}"]
        rows.append(f"| {' | '.join([line.figure, f'{line.value:.6f}', f'{line.seconds:.3f}', *theirs])} |")
    of = about["machine"]
    rows += [
        "",
        f"{about['pairs']:,} pairs, seconds of one processor, best of {about['rounds']}. `{about['command']}` at "
        f"{about['commit']}; {of['cpu']}, Python {of['python']}, NumPy {about['numpy']}.",
    ]
    return "\n".join(rows)


def main(options: Options) -> None:
    lines = measure(options)
    about = {
        "command": "python benchmarks/metrics.py",
        "commit": commit(),
        "machine": machine(),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "numpy": np.__version__,
        "pairs": options.pairs,
        "rounds": options.rounds,
        "peers": {line.peer: version(line.peer) for line in lines if line.peer},
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(about | {"figures": [asdict(line) for line in lines]}, indent=2) + "\n")
    text = table(lines, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
