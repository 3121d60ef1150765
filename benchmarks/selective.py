"""What a model's stated confidence buys: voting, abstention with a certified risk, stopping early.

    python benchmarks/selective.py                              # the demo's model, runs/demo/ccrl
    python benchmarks/selective.py --model PATH_OR_ID

Problems of two families are sampled: many attempts at each of some problems of test, for voting and stopping, and of
validation, for abstention by the vote's share; one attempt at each of many problems of validation (to calibrate), of
test, and of every out-of-distribution split that all families offer, for abstention by stated confidence. Written to
benchmarks/results/selective.json, as tables into docs/selective.md, and as pictures into docs/img.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from common import ROOT, commit, machine, write_between_marks
from selective_tables import draw, lowest_certified, tables

import reasoning_gym_ccrl
from reasoning_gym_ccrl.agents.engines.base import SamplingParams
from reasoning_gym_ccrl.agents.policy import LLMAgent
from reasoning_gym_ccrl.agents.rollout import rollout
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.envs.problems import FAMILIES, OOD_SPLITS, has_split, make_source
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.evaluation import metrics
from reasoning_gym_ccrl.evaluation import selective as s
from reasoning_gym_ccrl.seeding import derive_seed, numpy_random, python_random

MARKS = ("<!-- selective.py: begin -->", "<!-- selective.py: end -->")
ADAPTIVE_THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
STEP_THRESHOLDS = (0.0, *(round(0.05 + 0.1 * tenth, 2) for tenth in range(10)))


@dataclass(frozen=True)
class Options:
    """Measure what a model's stated confidence buys."""

    model: str = "runs/demo/ccrl"
    """A path or a Hugging Face id."""
    families: tuple[str, ...] = TINY_FAMILIES
    """Families of the problems; the demo's model knows these two."""
    difficulty: str = "easy"
    """Of the problems."""
    problems: int = 400
    """Test problems that are attempted many times."""
    samples: int = 16
    """Attempts at each of them."""
    pairs: int = 1000
    """Problems of validation and of test that are attempted once, for abstention."""
    shifted_pairs: int = 400
    """The same of each out-of-distribution split."""
    risks: tuple[float, ...] = (0.05, 0.1, 0.15, 0.2)
    """Levels to certify; the lowest that can be is drawn, and shown for every split."""
    delta: float = 0.1
    """The accepted chance of a wrong certificate."""
    resplits: int = 500
    """How often validation and test are pooled and split anew."""
    max_new_tokens: int = 160
    """Budget of tokens for an attempt."""
    seed: int = 0
    """Of problems, samples and resplits."""
    out: Path = ROOT / "benchmarks/results/selective.json"
    """Where the figures go."""
    docs: Path = ROOT / "docs/selective.md"
    """Where the tables go, between their two marks."""
    pictures: Path = ROOT / "docs/img"
    """The folder for selective_voting.png, selective_abstention.png and selective_stopping.png."""


# -- sampling ---------------------------------------------------------------------------------------------------------


def attempts(agent: LLMAgent, options: Options, split: str, count: int, samples: int) -> s.Attempts:
    """`samples` attempts at each of `count` problems of a split."""
    source = make_source(options.families, options.difficulty, split)
    rng = python_random(options.seed, "selective", split, samples)
    problems = draw_problems(source, count, rng)
    seed = derive_seed(options.seed, "selective", "sampling", split, samples)
    params = SamplingParams(options.max_new_tokens, samples_per_prompt=samples, seed=seed)
    groups = rollout(agent, problems, params)
    return s.attempts_of(episode for group in groups for episode in group)


def shifted_splits(options: Options) -> list[str]:
    return [name for name in OOD_SPLITS if all(has_split(FAMILIES[family], name) for family in options.families)]


# -- figures ----------------------------------------------------------------------------------------------------------


def standard_error(values: Any) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def voting(samples: s.Samples, seed: int) -> dict[str, Any]:
    """Accuracy with k samples for each rule, its standard error over problems, and its gap to the majority."""
    size = samples.answers.shape[1]
    counts = [k for k in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64) if k < size] + [size]
    found: dict[str, Any] = {"k": counts, "rules": {}}
    by_rule = {rule: [s.expected_accuracy(samples, k, rule, seed=seed) for k in counts] for rule in s.RULES}
    for rule, rows in by_rule.items():
        gaps = [row - majority for row, majority in zip(rows, by_rule["majority"], strict=True)]
        found["rules"][rule] = {
            "accuracy": [float(row.mean()) for row in rows],
            "standard_error": [standard_error(row) for row in rows],
            "gap_to_majority": [float(gap.mean()) for gap in gaps],
            "gap_standard_error": [standard_error(gap) for gap in gaps],
        }
        confidence, right = s.voted(samples, rule)
        found["rules"][rule] |= {
            "ece_of_the_vote": metrics.expected_calibration_error(confidence, right),
            "auroc_of_the_vote": metrics.auroc(confidence, right),
        }
    found["any_right"] = [float(s.any_right(samples, k).mean()) for k in counts]
    rows = zip(samples.confidences, samples.outcomes, strict=True)
    within = [metrics.auroc(q, y) for q, y in rows if 0 < y.sum() < size]
    found["auroc_over_all"] = metrics.auroc(samples.confidences.ravel(), samples.outcomes.ravel())
    found["auroc_within_problems"] = float(np.mean(within)) if within else np.nan
    found["problems_of_both_kinds"] = len(within)
    return found


Pairs = tuple[Any, Any]


def abstention(sets: dict[str, Pairs], options: Options) -> list[dict[str, Any]]:
    """For each level the certificate from the first set, and what it comes to on every set."""
    calibration = next(iter(sets.values()))
    rows = []
    for risk in options.risks:
        certificate = s.certify_abstention(*calibration, risk, options.delta)
        tempting = s.plug_in_threshold(*calibration, risk)
        rows.append(
            {
                "risk": risk,
                "threshold": certificate.threshold,
                "reason": certificate.reason,
                "plug_in_threshold": tempting,
                "sets": {name: outcome_of(certificate.apply(*pairs), risk) for name, pairs in sets.items()},
            }
        )
    return rows


def outcome_of(found: s.Selection, risk: float) -> dict[str, Any]:
    low, high = (float(end) for end in metrics.wilson_interval(found.errors, found.selected))
    return {
        "n": found.n,
        "coverage": found.coverage,
        "risk": None if not found.selected else found.risk,
        "interval": None if not found.selected else [low, high],
        "broken": bool(found.selected and low > risk),
    }


def resplit(sets: dict[str, Pairs], options: Options) -> list[dict[str, Any]]:
    """Calibration and test pooled: how often a threshold from one half has a risk above the level in the whole pool."""
    q, y = (np.concatenate([sets["calibration"][side], sets["test"][side]]) for side in (0, 1))
    rows = []
    for risk in options.risks:
        broken, found, coverage = {"certified": 0, "plug-in": 0}, {"certified": 0, "plug-in": 0}, 0.0
        for split in range(options.resplits):
            half = numpy_random(options.seed, "resplit", split).permutation(q.size)[: q.size // 2]
            picked = {
                "certified": s.certify_abstention(q[half], y[half], risk, options.delta).threshold,
                "plug-in": s.plug_in_threshold(q[half], y[half], risk),
            }
            for how, threshold in picked.items():
                there = s.select(q, y, threshold)
                found[how] += threshold is not None
                broken[how] += bool(there.selected and there.risk > risk)
                coverage += there.coverage / options.resplits if how == "certified" else 0.0
        share = {how: count / options.resplits for how, count in broken.items()}
        rows.append({"risk": risk, "broken": share, "found": found, "mean_coverage": coverage})
    return rows


def plain(value: Any) -> Any:
    """What JSON can hold: nan becomes null."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def curve_of(curve: s.StoppingCurve) -> dict[str, list[float | None]]:
    names = ("thresholds", "cost", "accuracy", "coverage", "right_kept")
    return {name: [None if np.isnan(v) else float(v) for v in getattr(curve, name)] for name in names}


def stopping(tried: s.Attempts, seed: int) -> dict[str, Any]:
    """Adaptive sampling by both rules; stopping within solutions, and the same with confidences dealt out blindly."""
    solutions = tried.flat()
    adaptive = {
        rule: curve_of(s.adaptive_curve(tried.samples, ADAPTIVE_THRESHOLDS, rule, seed=seed))
        for rule in s.ADAPTIVE_RULES
    }
    steps = {mode: curve_of(s.stopping_curve(solutions, STEP_THRESHOLDS, mode)) for mode in s.MODES}
    blind = curve_of(s.stopping_curve(dealt_out(solutions, seed), STEP_THRESHOLDS, "product"))
    return {"adaptive": adaptive, "steps": steps, "blind": blind}


def dealt_out(solutions: Sequence[s.Solution], seed: int) -> list[s.Solution]:
    """The control: the confidences of each solution given to another one with as many steps."""
    random, found = numpy_random(seed, "blind"), list(solutions)
    for size in {len(each.ends) for each in solutions}:
        places = [place for place, each in enumerate(solutions) if len(each.ends) == size]
        for place, other in zip(places, random.permutation(places), strict=True):
            found[place] = replace(solutions[place], confidences=solutions[int(other)].confidences)
    return found


def main(options: Options) -> None:
    path = ROOT / options.model
    agent = LLMAgent.from_pretrained(str(path) if path.is_dir() else options.model)
    many, calibrating = (
        attempts(agent, options, split, options.problems, options.samples) for split in ("test", "validation")
    )
    names = {"calibration": "validation", "test": "test"} | {name: name for name in shifted_splits(options)}
    sets: dict[str, Pairs] = {}
    for name, split in names.items():
        count = options.pairs if name in ("calibration", "test") else options.shifted_pairs
        sets[name] = attempts(agent, options, split, count, 1).first()
    votes = {"calibration": s.voted(calibrating.samples), "test": s.voted(many.samples)}
    about = {
        "command": "python benchmarks/selective.py" + ("" if options.model == Options.model else " --model MODEL"),
        "commit": commit(),
        "version": reasoning_gym_ccrl.__version__,
        "machine": machine(),
        "model": options.model if options.model == Options.model else Path(options.model).name,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "problems": len(many.problem_ids),
        "samples": options.samples,
        "delta": options.delta,
    }
    shares = {name: float(np.mean(outcomes)) for name, (_, outcomes) in sets.items()}
    found = {
        "voting": voting(many.samples, options.seed),
        "accuracy": shares,
        "abstention": abstention(sets, options),
        "resplits": resplit(sets, options),
        "abstention_by_vote": abstention(votes, options),
        "resplits_by_vote": resplit(votes, options),
        "stopping": stopping(many, options.seed),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(plain(about | found), indent=1, allow_nan=False) + "\n")
    level = lowest_certified(found["abstention"])["risk"]
    draw(found, sets, s.certify_abstention(*sets["calibration"], level, options.delta), options.pictures)
    text = tables(found, about)
    write_between_marks(options.docs, text, MARKS)
    print(text)


if __name__ == "__main__":
    main(tyro.cli(Options))
