"""`ccrl demo`: the whole method from nothing, its table, and its report."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .common import MEANINGS, claim_folder, figure_table, remarks, say, warn_of_collapse
from .console import Advance, output, progress

if TYPE_CHECKING:
    from ..agents.demo import DemoConfig

WIDE = 120  # columns of a terminal that has room for what the figures mean

TITLES = {
    "base": "1/3 Base: reading and calculating",
    "comt": "2/3 CoMT: plans without numbers",
    "ccrl": "3/3 CCRL: reinforcement learning",
}
NOTES = (
    "Base, CoMT and CCRL are one model at three moments. The base was trained from random weights to read problems, "
    "to calculate, and to carry out plans it is given; it has seen no multi-step solution. CoMT taught it plans "
    "without numbers. CCRL trained it in the environment, by GRPO with the reward `ccrl`.",
    "All three were measured on the same held-out problems, whose computation graphs occur in no training problem, "
    "by sampling at temperature 1.",
)
SMOKE_NOTE = "A smoke test: a few updates of each stage on a handful of problems. The figures mean nothing."


@dataclass(frozen=True)
class Options:
    """The whole method from nothing, on a CPU: a base model, CoMT fine-tuning, then CCRL, and one table.

    Builds a language model of about a million parameters and its tokenizer, trains it through the three stages,
    measures each on the same held-out problems, and writes models, figures, pictures and a page to read. The numbers
    of updates are fixed: the same seed on the same machine gives the same figures.

    Example: ccrl demo --seed 0
    """

    seed: int = 0
    """Of everything: weights, problems, samples."""

    out: Path = Path("runs/demo")
    """The folder to write to; an earlier demo in it is replaced."""

    smoke: bool = False
    """A few updates of everything, to see that it works; the figures mean nothing."""


def run(options: Options) -> int:
    """Trains, measures, reports."""
    from transformers.utils import logging

    import_module("matplotlib")  # for the report: if it is missing, say so now and not after minutes of training
    from ..agents.demo import DemoConfig, run_demo
    from ..evaluation.run_folder import build_report

    logging.disable_progress_bar()  # of the models that are written: a megabyte each
    config = smoke_config(options.seed) if options.smoke else DemoConfig(seed=options.seed)
    claim_folder(options.out, "demo")
    with ExitStack() as bars:
        summary = run_demo(options.out, config, _StageBars(bars, config))
    _write_cards(options, config, summary)
    warn_of_collapse(options.out / "metrics.jsonl")
    notes = (SMOKE_NOTE, *NOTES) if options.smoke else NOTES
    title = "Smoke test: base, CoMT and CCRL" if options.smoke else f"Base, CoMT and CCRL, seed {options.seed}"
    build_report(options.out, title=title, notes=notes)
    _show(options, config, summary["stages"], summary["seconds_total"])
    return 0


def _write_cards(options: Options, config: DemoConfig, summary: dict[str, Any]) -> None:
    """README.md beside each stage's weights: how it was trained, the figures up to it, and its calibration table."""
    from ..agents.model_card import card_of_run, write_card
    from ..evaluation.evaluate import read_episodes

    methods = {
        "base": f"Trained from random weights for {config.base.updates} updates to read problems, to calculate, and to "
        "carry out plans that it is given; its confidences were drawn carelessly.",
        "comt": f"The base, fine-tuned for {config.comt.updates} updates on plans without numbers (CoMT), with replay.",
        "ccrl": f"The CoMT model, trained for {config.ccrl.updates} updates of reinforcement learning with the reward "
        "`ccrl` and a little for keeping to the format.",
    }
    seen: dict[str, Any] = {}
    before = ""
    for stage, figures in summary["stages"].items():
        seen[stage] = figures
        episodes = read_episodes(options.out / "episodes" / f"{stage}.jsonl")
        method = f"{SMOKE_NOTE} {methods[stage]}" if options.smoke else methods[stage]
        settings = {"command": "demo", "seed": options.seed, "smoke": options.smoke}
        shown = summary | {"stages": dict(seen)}
        card = card_of_run(f"{options.out.name}-{stage}", before, method, shown, episodes, settings)
        write_card(options.out / stage, card)
        before = str(options.out / stage)


def smoke_config(seed: int) -> DemoConfig:
    """The demo at the smallest size at which every part still runs."""
    from ..agents.demo import DemoConfig

    full = DemoConfig(seed=seed)
    return replace(
        full,
        test_problems=16,
        validation_problems=8,
        validate_every=2,
        base=replace(full.base, updates=3, batch_size=8, warmup_updates=1, pool_batches=2),
        comt=replace(full.comt, updates=2, batch_size=8, warmup_updates=1, pool_batches=2),
        ccrl=replace(full.ccrl, updates=2, problems_per_update=2, group_size=2, max_new_tokens=32),
        sampling=replace(full.sampling, max_new_tokens=48),
    )


class _StageBars:
    """A progress bar for each stage, one after the other; each stays until its stage has been measured too."""

    def __init__(self, stack: ExitStack, config: DemoConfig) -> None:
        self._stack = stack
        self._n_tests = config.test_problems
        self._stage, self._done = "", 0
        self._advance: Advance | None = None
        self("base", 0, config.base.updates, "")

    def __call__(self, stage: str, done: int, total: int, note: str) -> None:
        if stage != self._stage or self._advance is None:
            self._stack.close()
            self._advance = self._stack.enter_context(progress(TITLES[stage], total))
            self._stage, self._done = stage, 0
        if done == total:
            note = f"{note}; now measuring on {self._n_tests} problems"
        self._advance(done - self._done, note)
        self._done = done


def _show(options: Options, config: DemoConfig, stages: dict[str, dict[str, float | None]], seconds: float) -> None:
    from ..evaluation.evaluate import FIGURES, read_episodes
    from ..evaluation.plots import stage_label

    title = f"MathCCRL-v0, {config.test_problems} held-out problems, seed {options.seed}, {seconds:.0f} s"
    if options.smoke:
        title = f"Smoke test: these figures mean nothing. {title}"
    console = output()
    console.print()
    labelled = {stage_label(name): figures for name, figures in stages.items()}
    meanings = MEANINGS | {"seconds": "Wall-clock time of training and measuring."}
    wide = console.width >= WIDE
    console.print(figure_table(title, labelled, meanings if wide else None))
    for figure in () if wide else FIGURES:
        console.print(f"  {figure.label}: {meanings[figure.key]}", style="dim", markup=False, soft_wrap=True)
    say("\nCCRL: " + " ".join(remarks(read_episodes(options.out / "episodes" / "ccrl.jsonl"))))
    for name, what in _files(options.out):
        say(f"  {options.out / name!s:<28} {what}")
    say(
        f"\nNext: open {options.out / 'report.html'}; `ccrl eval --model {options.out / 'ccrl'} "
        "--families word_problems arithmetic --split more_steps`; "
        f"`ccrl train --model {options.out / 'comt'} --reward brier`; or solve some yourself: `ccrl play`."
    )


def _files(folder: Path) -> list[tuple[str, str]]:
    """What the folder holds, in the order in which a reader wants it."""
    files = [
        ("report.html", "the table, the pictures, and every transcript with its verdicts"),
        ("summary.json", "the figures"),
        ("reliability.png", "what was said against how often it was right"),
        ("curves.png", "training"),
        ("metrics.jsonl", "a line for every update"),
        ("episodes", "what was measured, one file a stage"),
        ("base", "the base model, in Hugging Face format, as are"),
        ("comt", "this after fine-tuning on plans"),
        ("ccrl", "and this after reinforcement learning"),
    ]
    return [(name, what) for name, what in files if (folder / name).exists()]
