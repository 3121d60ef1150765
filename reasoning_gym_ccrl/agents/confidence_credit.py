"""What the tokens that state a confidence learn: what stating it changed, and not the outcome of the steps around.

Two ways, which share `reward_if`, the episode's reward had a confidence been another:

- "own": the reward with the stated confidence less that with none, against the mean over those with the same outcome;
- "expected": where every level is one token, the reward at each level, and the gradient of its expectation. Nothing
  is sampled, so nothing is noisy.

Both ask the reward function again, whatever it is, and leave the judgements as they are: they do not depend on
confidences.

Axes: S sampled tokens of a micro-batch, N choices, L levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ..evaluation.evaluate import scored_pair
from ..rewards import CheckedReward
from ..step_format import format_confidence
from ..types import Episode, StepContext, StepRecord, Verdict
from . import advantages as adv
from . import losses
from .base_corpus import CONFIDENCE_LEVELS
from .confidence import hybrid_confidence

Choices = dict[int, list[float]]
"""Token position of a stated confidence in its episode -> what each level would have earned there."""


@dataclass(frozen=True, slots=True)
class Levels:
    """The tokens that state a confidence by themselves, and the choices made among them.

    Attributes:
        token_ids: one per level.
        places: (row of the batch, column of its response) of every choice.
        effects: for every choice what each level would have earned.
    """

    token_ids: list[int]
    places: list[tuple[int, int]]
    effects: list[list[float]]

    def rows_of(self, response_mask: Tensor) -> Tensor:
        """[N] which of the batch's sampled tokens each choice is: [B, R] mask with S True -> numbers below S."""
        number_of = (response_mask.flatten().cumsum(0) - 1).view(response_mask.shape)
        return number_of[tuple(torch.tensor(self.places).T)]


def confidence_levels(tokenizer: Any) -> dict[int, float]:
    """Token id -> confidence, for the levels in tenths that are one token; empty where the tokenizer has none such."""
    levels = {}
    for level in CONFIDENCE_LEVELS:
        ids = tokenizer(f"<confidence>{format_confidence(level)}</confidence>", add_special_tokens=False)["input_ids"]
        if len(ids) == 1:
            levels[ids[0]] = level
    return levels


def reward_if(episode: Episode, number: int, confidence: float | None, reward: CheckedReward) -> float:
    """What the episode would have been paid from a step on, had that step been said with another confidence."""
    records = list(episode.records)
    records[number] = replace(records[number], step=replace(records[number].step, confidence=confidence))
    last = len(records) - 1
    return sum(
        reward(
            StepContext(episode.problem, records[:index], records[index].step, records[index].judgement, index == last)
        ).total
        for index in range(number, last + 1)
    )


def confidence_effect(episode: Episode, number: int, reward: CheckedReward, otherwise: float | None = None) -> float:
    """What stating a confidence changed: the episode's reward from this step on, less that with none stated.

    Under `ccrl` with n steps that count this is weight / n times the step's own score, and so it is for any reward
    of that kind.

    Args:
        episode: as it was paid.
        number: of the step.
        reward: what pays.
        otherwise: the confidence that there is where none is stated, such as that of the digits.
    """
    paid = sum(record.reward.total for record in episode.records[number:])
    return paid - reward_if(episode, number, otherwise, reward)


def is_scored(record: StepRecord) -> bool:
    """Whether a step's confidence has an outcome: it counts, or was proven right or wrong."""
    return record.step.kind != "plan" and scored_pair(record) is not None


def credit_confidences(
    episodes: Sequence[Episode],
    advantages: Sequence[list[float]],
    reward: CheckedReward,
    coefficient: float,
    levels: Mapping[int, float],
    digits: Sequence[Sequence[float | None]] | None = None,
) -> list[Choices]:
    """Replaces, in place, the advantages of the tokens that state a confidence.

    Args:
        episodes: any number, from one or more groups.
        advantages: one list per episode, one number per token.
        reward: what pays.
        coefficient: multiplies what is put there.
        levels: token id -> confidence of the tokens that are to be credited by expectation, see `confidence_levels`;
            empty credits all by "own".
        digits: for each episode and record the probability of its digits, where confidences are `hybrid_confidence`s:
            what is stated is averaged with it, and where nothing is stated, it stands alone.

    Returns:
        For each episode its choices. Their advantage is 0: `level_loss` is what trains them.
    """

    def beside(index: int, number: int) -> float | None:
        return None if digits is None else digits[index][number]

    choices: list[Choices] = [{} for _ in episodes]
    own: list[tuple[int, int, tuple[int, int]]] = []
    for index, number, span in _scored_confidences(episodes):
        start, end = span
        if end - start == 1 and episodes[index].token_ids[start] in levels:
            advantages[index][start] = 0.0
            stated = [hybrid_confidence(level, beside(index, number)) for level in levels.values()]
            choices[index][start] = [coefficient * reward_if(episodes[index], number, each, reward) for each in stated]
        else:
            own.append((index, number, span))
    effects = [confidence_effect(episodes[i], n, reward, beside(i, n)) for i, n, _ in own]
    outcomes = [episodes[i].records[n].judgement.verdict is Verdict.CORRECT for i, n, _ in own]
    values = adv.confidence_advantages(effects, outcomes)
    for (index, _, (start, end)), advantage in zip(own, values, strict=True):
        advantages[index][start:end] = [coefficient * advantage] * (end - start)
    return choices


def _scored_confidences(episodes: Sequence[Episode]) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """(episode, record, tokens) of every stated confidence whose step was found right or wrong."""
    for index, episode in enumerate(episodes):
        for number, record in enumerate(episode.records):
            if record.confidence_span is not None and is_scored(record):
                yield index, number, record.confidence_span


def level_loss(logits: Tensor, levels: Levels) -> Tensor:
    """The expected loss of a micro-batch's choices, summed.

    Args:
        logits: [N, L] of every choice's levels, at the policy's temperature.
        levels: the N choices.
    """
    return losses.expected_loss(logits, torch.tensor(levels.effects, device=logits.device)).sum()
