"""PPO-C, whose threshold may follow the policy: the one reward of the table that can have a state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import InvalidOption, RewardError, unknown_name
from ..types import Episode, Reward, StepContext
from .card import Card, answer_outcome, is_checked_answer

FORMS = ("sign", "difference")
UNSTATED = 0.5
"""The confidence that PPO-C reads into an answer that states none: it moves nothing."""


@dataclass(slots=True)
class PPOC:
    """PPO-C: the outcome, raised by confidence in a good answer and lowered by confidence in a bad one.

    - R = y + weight * s * (c - 1/2) for the answer, 0 for every other step; terms `outcome` and `ppo_c`.
      `form="sign"`, the default: s = +1 where right and -1 where wrong; range [-weight / 2, 1 + weight / 2].
      `form="difference"`: s = y - threshold; the same range or narrower. A confidence not stated is read as 1/2, which
      adds 0; an UNCHECKED answer pays 0.
    - The threshold is fixed, or, with `ema` > 0, follows the share of right answers: after each update
      threshold <- (1 - ema) * threshold + ema * share. See `rewards.state` for who moves it and when: never a call.
    - Improper: the mean is linear in c, highest at c = 1 where p is above 1/2 (above the threshold, in the second
      form) and at c = 0 below. Compatible with accuracy, each confidence being the best one for it, up to weight 1 (2).
    - Known failure: confidences go to 0 and 1. In the second form an answer is "good" for being better than the
      others of late, so that a policy that has improved is told to doubt what it was told to assert.
    - Source: Leng et al. (2024), arXiv 2410.09724, section on PPO-C: r +- weight |r| (c - 1/2), by whether r >= the
      threshold, and r + weight (r - threshold) (c - 1/2); weight 0.5, ema 0.1. Their r is a reward model's score. A
      verified r is 1 or 0, and |r| = 0 would let every wrong answer be said with certainty at no cost; so we take
      the size 1, and the sign from the verdict, which needs no threshold. In the second form r = y as it stands.
    - Worked: right and said with 0.9: 1 + 0.5 * 0.4 = 1.2; wrong and said with 0.9: -0.2.

    Args:
        weight: of the confidence, at least 0.
        form: "sign" or "difference".
        threshold: of the second form, in [0, 1]; with `ema`, where it starts.
        ema: how much of each update's share of right answers goes into the threshold, in [0, 1]; 0.1 in the paper.

    Raises:
        UnknownName: no such form.
        InvalidOption: a number out of its range; an `ema` with a form that has no threshold.
    """

    weight: float = 0.5
    form: Literal["sign", "difference"] = "sign"
    threshold: float = 0.5
    ema: float = 0.0
    # The state. Not shown and not compared: checkpoints know a reward by its settings.
    _threshold: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise unknown_name("form", self.form, FORMS)
        if not 0.0 <= self.weight < float("inf"):
            raise InvalidOption(f"The weight of ppo_c is a finite number, at least 0; received {self.weight}.")
        for name, value in (("threshold", self.threshold), ("ema", self.ema)):
            if not 0.0 <= value <= 1.0:
                raise InvalidOption(f"The {name} of ppo_c lies between 0 and 1; received {value}.")
        if self.ema and self.form == "sign":
            raise InvalidOption(f'ema moves a threshold, which form="sign" has not; received ema={self.ema}.')
        self._threshold = self.threshold

    @property
    def card(self) -> Card:
        half = self.weight / 2
        compatible = self.weight <= (1.0 if self.form == "sign" else 2.0)
        proper = False if self.weight else None
        return Card(-half, 1.0 + half, proper=proper, accuracy_compatible=compatible)

    def __call__(self, context: StepContext) -> Reward:
        if not is_checked_answer(context):
            return Reward(0.0, {"outcome": 0.0, "ppo_c": 0.0})
        outcome = answer_outcome(context)
        confidence = UNSTATED if context.step.confidence is None else context.step.confidence
        side = 2.0 * outcome - 1.0 if self.form == "sign" else outcome - self._threshold
        moved = self.weight * side * (confidence - 0.5)
        return Reward(outcome + moved, {"outcome": outcome, "ppo_c": moved})

    # -- state: see rewards/state.py -----------------------------------------------------------------------------------

    def observe(self, episodes: Sequence[Episode]) -> None:
        """Moves the threshold by the share of right answers; those that could not be checked are left out."""
        outcomes = [episode.is_correct for episode in episodes if episode.outcome in ("correct", "wrong", "unanswered")]
        if self.ema and outcomes:
            self._threshold += self.ema * (sum(outcomes) / len(outcomes) - self._threshold)

    def state_dict(self) -> dict[str, Any]:
        return {"threshold": self._threshold}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        threshold = state.get("threshold")
        if not isinstance(threshold, int | float) or not 0.0 <= threshold <= 1.0:
            raise RewardError(f'The state of ppo_c is {{"threshold": a number from 0 to 1}}; received {dict(state)}.')
        self._threshold = float(threshold)
