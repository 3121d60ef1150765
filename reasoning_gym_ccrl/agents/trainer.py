"""The training loop: sample, judge and pay, learn, log, save; and go on after whatever stopped it.

What an update samples is a function of the seed, its number and the process, and nothing is carried from one update to
the next but weights, optimiser, value head, the reward's state and the generators: what a checkpoint holds. A run that
is killed in the middle of an update makes that update again, to the same numbers.
"""

from __future__ import annotations

import copy
import math
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..envs.sources import Problems
from ..errors import InvalidOption
from ..evaluation.collapse import confidence_spread
from ..evaluation.evaluate import mean_reward_terms, stated_pairs, summarise
from ..rewards import CheckedReward, RewardSpec, make_reward
from ..rewards.state import load_reward_state, observe_episodes, reward_state
from ..seeding import derive_seed, python_random
from ..types import Episode, Problem
from .checkpoint import (
    check_replaceable,
    find_checkpoint,
    generator_states,
    load_checkpoint,
    read_tensors,
    restore_generators,
    save_checkpoint,
    write_atomically,
)
from .config import TrainConfig
from .credit import is_informative
from .engines.base import SamplingParams
from .experience import Reference, make_experience
from .policy import LLMAgent
from .rollout import measure, rollout
from .runtime import Runtime, check_share
from .sharding import copy_pieces, copy_whole, load_whole, whole
from .update import Learner

OnUpdate = Callable[[int, dict[str, float], Sequence[Episode]], None]

BEST = "accuracy"
"""The figure on held-out problems by which the best weights are chosen."""


def train(
    agent: LLMAgent,
    problems: Problems,
    config: TrainConfig,
    reward: RewardSpec = "ccrl",
    *,
    folder: Path | None = None,
    held_out: Sequence[Problem] = (),
    on_update: OnUpdate | None = None,
    runtime: Runtime | None = None,
) -> None:
    """Trains the agent's model in place.

    Args:
        agent: the policy.
        problems: where the problems of every update come from.
        config: the settings.
        reward: what pays.
        folder: where checkpoints go; a run that was stopped goes on from there to the same numbers. None keeps none.
        held_out: problems to measure on every `eval_every` updates; the best weights are kept in `best` beside folder.
        on_update: called after each update with its number from 0, the figures to log, and the episodes; in the main
            process alone, and before the update is saved: a run that goes on calls it again for what it makes again.
        runtime: the processes; by default those that the launcher started.

    Raises:
        TrainingDiverged: when a loss or gradient is no longer finite; the last checkpoint stays.
        InvalidOption: the folder holds a checkpoint of other settings.
        DataError: the folder holds something that is no checkpoint, or one of another model; or the disk is full.
        KeyboardInterrupt: after Ctrl-C, when the update under way is done and saved; a second one does not wait.
    """
    run = _Run(agent, problems, config, make_reward(reward), folder, held_out, runtime or Runtime(agent.model.device))
    start = run.resume()
    if start or is_shared(agent):  # another run may have left a server with other weights
        hand_over(agent, run.runtime)
    with _interrupts() as is_interrupted:
        for update in range(start, config.updates):
            figures, episodes = run.update(update)
            stopped = run.runtime.max(float(is_interrupted())) > 0
            # Told first: a run that is killed in between tells of this update again, and not never.
            if on_update is not None and run.runtime.is_main:
                on_update(update, figures, episodes)
            if run.is_due(update, config.checkpoint_every) or stopped or update + 1 == config.updates:
                run.save(update + 1)
            if stopped:
                raise KeyboardInterrupt


class _Run:
    """Everything that a run holds."""

    def __init__(
        self,
        agent: LLMAgent,
        problems: Problems,
        config: TrainConfig,
        reward: CheckedReward,
        folder: Path | None,
        held_out: Sequence[Problem],
        runtime: Runtime,
    ) -> None:
        self.agent, self.problems, self.config, self.reward = agent, problems, config, reward
        self.folder, self.held_out, self.runtime = folder, held_out, runtime
        check_share(config.problems_per_update, runtime.world_size)
        self.n_problems = config.problems_per_update // runtime.world_size
        # Before the weights are loaded that a killed run had reached: the reference is what it started from.
        self.reference = Reference(agent.model) if config.kl_coefficient else None
        # In a sharded run a copy is cut in pieces and trained, and the agent's own model stays whole.
        trained = copy.deepcopy(agent.model) if runtime.is_sharded else agent.model
        self.learner = Learner(trained, config, agent.tokenizer.pad_token_id, runtime)
        self.settings = asdict(config) | {"reward": repr(reward)}
        self.best = -math.inf

    def is_due(self, update: int, every: int) -> bool:
        """Whether something that happens every so many updates happens after this one."""
        return every > 0 and (update + 1) % every == 0

    # -- an update --

    def update(self, update: int) -> tuple[dict[str, float], list[Episode]]:
        """One update: its figures, and its episodes of all processes."""
        started = time.perf_counter()
        groups, sampling = self._sample(update)
        sampled = time.perf_counter()
        experience = make_experience(
            groups, self.config, self.reward, self.learner.scorer, self.reference, self.agent.tokenizer, self.runtime
        )
        figures = self.learner.learn(experience, update) | experience.figures | sampling
        if self.runtime.is_sharded:
            copy_whole(self.learner.scorer.policy, self.agent.model)
        hand_over(self.agent, self.runtime)
        episodes = self.runtime.gather([episode for group in groups for episode in group])
        figures |= describe(episodes, sampled - started, time.perf_counter() - sampled)
        observe_episodes(self.reward, episodes)
        if self.held_out and self.is_due(update, self.config.eval_every):
            figures |= self._evaluate()
        return figures, episodes

    def _sample(self, update: int) -> tuple[list[list[Episode]], dict[str, float]]:
        """The groups of this process; with dynamic sampling, others in place of those that all earned the same."""
        config = self.config
        groups: list[list[Episode]] = []
        idle: list[list[Episode]] = []
        rounds = 0
        for rounds in range(1, 1 + (config.dynamic_sampling_rounds if config.dynamic_sampling else 1)):
            for group in self._sample_round(update, rounds - 1):
                (groups if not config.dynamic_sampling or is_informative(group, config) else idle).append(group)
            if len(groups) >= self.n_problems:
                break
        if not config.dynamic_sampling:
            return groups, {}
        kept = groups[: self.n_problems] or idle[:1]
        n_kept, n_tried, most = *self.runtime.sum([len(groups), len(groups) + len(idle)]), self.runtime.max(rounds)
        return kept, {"informative": n_kept / n_tried, "sampling_rounds": most}

    def _sample_round(self, update: int, number: int) -> list[list[Episode]]:
        """Groups that are a function of (seed, update, round, process), so that a resumed run draws the same."""
        config, runtime = self.config, self.runtime
        where = (update,) if not number else (update, number)
        rng = python_random(config.seed, "grpo", "problems", *where)
        asked = runtime.share([self.problems.sample(rng) for _ in range(config.problems_per_update)])
        place = where if not runtime.rank else (*where, "process", runtime.rank)
        params = SamplingParams(
            max_new_tokens=config.max_new_tokens,
            temperature=config.temperature,
            samples_per_prompt=config.group_size,
            seed=derive_seed(config.seed, "grpo", "sampling", *place),
        )
        return rollout(self.agent, asked, params, self.reward, confidence=config.confidence)

    def _evaluate(self) -> dict[str, float]:
        """Figures on the held-out problems, as eval/NAME; keeps the weights where they are the best so far."""
        config, runtime = self.config, self.runtime
        params = SamplingParams(
            config.max_new_tokens, config.temperature, seed=derive_seed(config.seed, "grpo", "evaluation", runtime.rank)
        )
        mine = runtime.share(self.held_out)
        _, own = measure(self.agent, mine, params, self.reward, confidence=config.confidence) if mine else ({}, [])
        episodes = runtime.gather(own)
        figures = summarise(episodes, seconds=0.0)
        names = ("accuracy", "ece", "brier", "auroc", "overconfident_error_rate")
        found = {f"eval/{name}": float(v) for name in names if (v := figures[name]) is not None}
        found["eval/reward_mean"] = statistics.fmean(episode.total_reward for episode in episodes)
        if self.folder is not None and found[f"eval/{BEST}"] > self.best:
            self.best = found[f"eval/{BEST}"]
            if runtime.is_main:
                write_atomically(self.folder.with_name("best"), self.agent.save_pretrained)
        return found

    # -- checkpoints --

    def save(self, done: int) -> None:
        """Writes a checkpoint after so many updates, where there is a folder for it."""
        if self.folder is None:
            return
        learner, is_main = self.learner, self.runtime.is_main
        generators = self.runtime.gather([generator_states()])
        optimizer = whole(learner.optimizer.state_dict(), keep=is_main)
        value = None if learner.value is None else whole(learner.value.state_dict(), keep=is_main)
        if is_main:
            state = {
                "update": done,
                "config": self.settings,
                "reward_state": reward_state(self.reward),
                "best": None if math.isinf(self.best) else self.best,
            }
            extra: dict[str, Any] = {"generators.pt": generators}
            if value is not None:
                extra["value.pt"] = value
            save_checkpoint(
                self.folder,
                self.agent.model,
                self.agent.tokenizer,
                optimizer,
                state,
                extra=extra,
                keep=self.config.keep_checkpoints,
            )
        self.runtime.wait()

    def resume(self) -> int:
        """The number of the first update to make: after the last checkpoint, or 0."""
        if self.folder is None:
            return 0
        found = find_checkpoint(self.folder)
        if found is None:
            check_replaceable(self.folder)  # now, and not when the first hours of training are to be saved
            return 0
        state = load_checkpoint(found, self.agent.model, self.learner.optimizer)
        self._check_settings(found, dict(state["config"]))
        if self.learner.value is not None:
            load_whole(self.learner.value, read_tensors(found / "value.pt"))
        if self.runtime.is_sharded:
            copy_pieces(self.agent.model, self.learner.scorer.policy)
        self.runtime.weights_were_loaded()
        load_reward_state(self.reward, state.get("reward_state", {}))
        self.best = -math.inf if state.get("best") is None else float(state["best"])
        generators = read_tensors(found / "generators.pt")
        if len(generators) != self.runtime.world_size:
            raise InvalidOption(
                f"A run goes on with as many processes as it began with; {found} is of {len(generators)}, and these "
                f"are {self.runtime.world_size}."
            )
        restore_generators(generators[self.runtime.rank])
        return int(state["update"])

    def _check_settings(self, found: Path, saved: Mapping[str, Any]) -> None:
        free = {"updates"} if self.config.schedule == "constant" else set()
        differing = [key for key in self.settings if key not in free and saved.get(key) != self.settings[key]]
        if differing:
            raise InvalidOption(
                f"A run goes on with the settings it began with; {found} differs in {', '.join(differing)}. "
                "Use another folder, or the settings of the checkpoint."
            )


def hand_over(agent: LLMAgent, runtime: Runtime) -> None:
    """Gives the agent's engine its model's weights of now: one that is a process of its own would keep the old ones."""
    if runtime.is_main or not is_shared(agent):
        agent.engine.sync(agent.model)
    runtime.wait()


def is_shared(agent: LLMAgent) -> bool:
    """Whether all processes of a run sample from one and the same engine, a server."""
    return bool(getattr(agent.engine, "is_shared", False))


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Ctrl-C inside is noted, so that the update under way ends and is saved; a second one interrupts at once."""
    seen = threading.Event()

    def note(number: int, frame: Any) -> None:
        if seen.is_set():
            raise KeyboardInterrupt
        seen.set()

    if threading.current_thread() is not threading.main_thread():
        yield seen.is_set
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield seen.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def describe(episodes: Sequence[Episode], sampling_seconds: float, training_seconds: float) -> dict[str, float]:
    """The figures of an update's own episodes, for the log."""
    summary = summarise(episodes, seconds=sampling_seconds + training_seconds)
    names = ("accuracy", "ece", "overconfident_error_rate", "step_accuracy", "confidence_stated", "brier", "auroc")
    figures = {name: math.nan if (value := summary[name]) is None else float(value) for name in names}
    confidences, outcomes = stated_pairs(episodes)
    n_tokens = sum(episode.response_tokens for episode in episodes)
    return figures | {
        "reward_mean": sum(episode.total_reward for episode in episodes) / len(episodes),
        **{f"reward/{term}": value for term, value in mean_reward_terms(episodes).items()},
        "confidence_mean": statistics.fmean(confidences) if confidences else math.nan,
        "confidence_std": statistics.pstdev(confidences) if confidences else math.nan,
        **confidence_spread(confidences, outcomes),
        "response_tokens_mean": n_tokens / len(episodes),
        "truncated": sum(episode.truncated for episode in episodes) / len(episodes),
        "sampling_seconds": sampling_seconds,
        "training_seconds": training_seconds,
        "tokens_per_second": n_tokens / (sampling_seconds + training_seconds),
    }
