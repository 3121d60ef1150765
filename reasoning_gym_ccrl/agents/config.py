"""The settings of a training run, checked when they are made: before a model is loaded or a folder claimed.

No torch here, so that `ccrl train` can say what is wrong at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from ..errors import InvalidOption, unknown_name
from .algorithms import ALGORITHMS, SHARED

AdvantageKind = Literal["group", "leave_one_out", "batch", "gae"]
Scale = Literal["none", "std", "batch"]
Credit = Literal["episode", "step"]
ConfidenceCredit = Literal["expected", "own", "return"]
PolicyLoss = Literal["clip", "gspo", "cispo", "reinforce"]
LossAggregation = Literal["token", "episode", "constant"]
KlPlace = Literal["loss", "reward"]
KlEstimator = Literal["k1", "k2", "k3"]
Reference = Literal["auto", "none"]
ImportanceCorrection = Literal["none", "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"]
ValueTrunk = Literal["auto", "own", "shared"]
Schedule = Literal["constant", "linear", "cosine"]
Optimizer = Literal["adamw", "muon"]
Precision = Literal["float32", "bfloat16"]

_CHOICES: Mapping[str, Any] = {
    "advantage": AdvantageKind,
    "scale": Scale,
    "credit": Credit,
    "confidence_credit": ConfidenceCredit,
    "policy_loss": PolicyLoss,
    "loss_aggregation": LossAggregation,
    "kl_in": KlPlace,
    "kl_estimator": KlEstimator,
    "reference": Reference,
    "importance_correction": ImportanceCorrection,
    "value_trunk": ValueTrunk,
    "schedule": Schedule,
    "optimizer": Optimizer,
    "precision": Precision,
}
_AT_LEAST_ONE = (
    "problems_per_update",
    "group_size",
    "max_new_tokens",
    "tokens_per_micro_batch",
    "epochs",
    "minibatches",
    "dynamic_sampling_rounds",
)
_AT_LEAST_ZERO = (
    "updates",
    "warmup_updates",
    "checkpoint_every",
    "keep_checkpoints",
    "eval_every",
    "value_warmup_updates",
)
_POSITIVE = ("learning_rate", "max_grad_norm", "importance_cap")
_NOT_NEGATIVE = (
    *("weight_decay", "kl_coefficient", "entropy_coefficient", "value_coefficient", "confidence_coefficient"),
    *("epsilon_low", "epsilon_high", "overlong_buffer"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Settings of a run. A field that is None is what its algorithm says (`algorithms.py`), and then holds that.

    An update samples `problems_per_update` x `group_size` episodes, and makes epochs x minibatches optimiser steps on
    them.

    Attributes:
        algorithm: a key of `ALGORITHMS`.
        updates: fixed, never by the clock.
        problems_per_update: problems, and so groups, of an update, over all processes.
        group_size: episodes of each problem.
        epochs: times that the episodes of an update are learned from.
        minibatches: optimiser steps per epoch, on parts of about equally many sampled tokens.
        optimizer: "adamw", or "muon" for a small model that has a lot to learn.
        learning_rate: warmed up linearly over `warmup_updates`, then by `schedule`.
        warmup_updates: length of the warm-up.
        schedule: "constant"; "linear" or "cosine" down to a tenth at the last update.
        weight_decay: on matrices.
        max_grad_norm: gradients are scaled down to this norm.
        advantage: "group" (against the mean of the problem's episodes), "leave_one_out" (of the others), "batch" (none
            by problem; whitened over the update) or "gae" (against the value head).
        scale: "std" divides advantages by their standard deviation: within the group, or over the update's tokens for
            "batch" and "gae"; "batch" by that of all episodes' returns of the update; "none" does not.
        credit: "step", each step answers for what is paid from it on; "episode", all tokens for the whole.
        discount: gamma of "batch" and "gae", per token.
        gae_lambda: of "gae".
        confidence_credit: "expected", "own" or "return"; see `confidence_credit.py`.
        confidence_coefficient: weight of the confidence tokens under "expected" and "own".
        confidence: where confidence comes from: "stated", "token_mean" and its like, or "hybrid", the mean of the two.
        policy_loss: "clip", "gspo", "cispo" or "reinforce"; see `losses.POLICY_LOSSES`.
        epsilon_low, epsilon_high: the clip range of the ratio, 1 - low to 1 + high.
        two_sided_clip: largest ratio that a negative advantage is multiplied with; None sets no limit.
        loss_aggregation: "token" (mean over the step's tokens), "episode" (mean of the episodes' means), "constant" (by
            `max_new_tokens`).
        entropy_coefficient: weight of the entropy bonus.
        kl_coefficient: weight of the divergence from the reference; 0 keeps none.
        kl_in: "loss", or "reward", where every token pays for its own.
        kl_estimator: "k1", "k2" or "k3"; see `losses.KL_ESTIMATORS`.
        reference: "auto", the weights at the start, which are the model with its adapter off where it has one, else a
            frozen copy; "none".
        importance_correction: for an engine whose log-probabilities are not the trainer's: see
            `losses.importance_weights`.
        importance_cap: its largest ratio.
        value_trunk: of "gae": "own", a head on a copy of the policy's layers; "shared", on the policy's own hidden
            states, which costs no memory and was seen to hold a small policy back; "auto", own, and shared where the
            model has an adapter.
        value_learning_rate: of the value head and its own trunk; None takes `learning_rate`.
        value_coefficient: weight of the value loss.
        value_clip: how far a value may move from its old one in an update; None does not clip.
        value_warmup_updates: updates at the start in which the value alone learns.
        temperature: of sampling, and of every log-probability.
        top_k, top_p: accepted at 0 and 1 alone: see the error.
        max_new_tokens: token budget of an episode.
        dynamic_sampling: groups in which all episodes earned the same are sampled anew, from other problems.
        dynamic_sampling_rounds: times that this is tried in an update.
        overlong_buffer: share of the budget, at its end, in which length is punished (DAPO, equation 13), up to 1.
        mask_truncated: episodes that a budget cut off teach nothing.
        tokens_per_micro_batch: padding included; changes memory, never the result.
        share_prompts: each prompt is read once for all attempts at it; False for a model that keeps no cache of keys
            and values while it is trained. Never changes the result.
        gradient_checkpointing: recomputes the layers in the backward pass, for memory; prompts are then not shared.
        precision: "bfloat16" runs the training passes in mixed precision.
        seed: of problems and samples.
        checkpoint_every: updates between checkpoints; 0 writes none but the last.
        keep_checkpoints: earlier checkpoints kept beside the last.
        eval_every: updates between measurements on held-out problems; 0 measures none.

    Raises:
        InvalidOption: a value or combination that cannot work.
        UnknownName: an algorithm, or a choice, that is in no table.
    """

    algorithm: str = "grpo"
    updates: int = 80
    problems_per_update: int = 24
    group_size: int = 8
    epochs: int = None  # type: ignore[assignment]
    minibatches: int = None  # type: ignore[assignment]
    optimizer: Optimizer = "adamw"
    learning_rate: float = 1e-4
    warmup_updates: int = 5
    schedule: Schedule = "constant"
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    advantage: AdvantageKind = None  # type: ignore[assignment]
    scale: Scale = None  # type: ignore[assignment]
    credit: Credit = "step"
    discount: float = 1.0
    gae_lambda: float = 0.95
    confidence_credit: ConfidenceCredit = "expected"
    confidence_coefficient: float = 1.0
    confidence: str = "stated"
    policy_loss: PolicyLoss = None  # type: ignore[assignment]
    epsilon_low: float = None  # type: ignore[assignment]
    epsilon_high: float = None  # type: ignore[assignment]
    two_sided_clip: float | None = None
    loss_aggregation: LossAggregation = None  # type: ignore[assignment]
    entropy_coefficient: float = 0.0
    kl_coefficient: float = 0.0
    kl_in: KlPlace = None  # type: ignore[assignment]
    kl_estimator: KlEstimator = None  # type: ignore[assignment]
    reference: Reference = "auto"
    importance_correction: ImportanceCorrection = "none"
    importance_cap: float = 2.0
    value_trunk: ValueTrunk = "auto"
    value_learning_rate: float | None = None
    value_coefficient: float = 0.5
    value_clip: float | None = 0.2
    value_warmup_updates: int = 0
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    max_new_tokens: int = 160
    dynamic_sampling: bool = None  # type: ignore[assignment]
    dynamic_sampling_rounds: int = 4
    overlong_buffer: float = None  # type: ignore[assignment]
    mask_truncated: bool = False
    tokens_per_micro_batch: int = 8192
    share_prompts: bool = True
    gradient_checkpointing: bool = False
    precision: Precision = "float32"
    seed: int = 0
    checkpoint_every: int = 20
    keep_checkpoints: int = 0
    eval_every: int = 0

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise unknown_name("algorithm", self.algorithm, ALGORITHMS)
        said = dict(SHARED) | dict(ALGORITHMS[self.algorithm].defaults)
        for name, value in said.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        _check_values(self)
        _check_combinations(self)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> TrainConfig:
        """From a mapping, such as a table of a TOML file.

        Raises:
            UnknownName: a key that is no setting.
        """
        known = {each.name for each in fields(cls)}
        for name in settings:
            if name not in known:
                raise unknown_name("setting", name, known)
        return cls(**settings)

    @property
    def steps_per_update(self) -> int:
        """Optimiser steps of an update."""
        return self.epochs * self.minibatches

    def learning_rate_at(self, update: int) -> float:
        """The rate of an update, counted from 0: warm-up, then the schedule."""
        warm = min(1.0, (update + 1) / max(1, self.warmup_updates))
        if self.schedule == "constant":
            return self.learning_rate * warm
        after = max(0, update + 1 - self.warmup_updates) / max(1, self.updates - self.warmup_updates)
        fallen = after if self.schedule == "linear" else (1 - math.cos(math.pi * after)) / 2
        return self.learning_rate * warm * (1 - 0.9 * min(1.0, fallen))


def _check_values(config: TrainConfig) -> None:
    """Each setting by itself."""
    for name, known in _CHOICES.items():
        if getattr(config, name) not in get_args(known):
            raise unknown_name(name, getattr(config, name), get_args(known))
    for names, least in ((_AT_LEAST_ONE, 1), (_AT_LEAST_ZERO, 0)):
        for name in names:
            value = getattr(config, name)
            if not isinstance(value, int) or value < least:
                raise InvalidOption(f"{name} is a whole number, at least {least}; received {value}.")
    for name in _POSITIVE:
        if not 0 < getattr(config, name) < math.inf:
            raise InvalidOption(f"{name} is a positive number; received {getattr(config, name)}.")
    for name in _NOT_NEGATIVE:
        if not 0 <= getattr(config, name) < math.inf:
            raise InvalidOption(f"{name} is a number, 0 or more; received {getattr(config, name)}.")
    for name in ("discount", "gae_lambda"):
        if not 0 <= getattr(config, name) <= 1:
            raise InvalidOption(f"{name} lies between 0 and 1; received {getattr(config, name)}.")
    _check_limits(config)
    if not config.temperature > 0:
        raise InvalidOption(f"Sampling for training needs temperature > 0; received {config.temperature}.")
    if config.overlong_buffer > 1:
        raise InvalidOption(
            f"overlong_buffer is a share of max_new_tokens, from 0 to 1; received {config.overlong_buffer}."
        )


def _check_limits(config: TrainConfig) -> None:
    """Limits of the ratio."""
    if config.epsilon_low > 1:
        raise InvalidOption(f"A ratio is never below 0, so epsilon_low is at most 1; received {config.epsilon_low}.")
    if config.two_sided_clip is not None and config.two_sided_clip <= 1 + config.epsilon_high:
        raise InvalidOption(
            "two_sided_clip lies beyond the clip range, so it is more than 1 + epsilon_high = "
            f"{1 + config.epsilon_high:g}; received {config.two_sided_clip}."
        )
    if config.importance_cap <= 1:
        raise InvalidOption(
            f"importance_cap is more than 1, the ratio of probabilities that agree; received {config.importance_cap}."
        )
    for name in ("two_sided_clip", "value_clip", "value_learning_rate"):
        value = getattr(config, name)
        if value is not None and not 0 < value < math.inf:
            raise InvalidOption(f"{name} is a positive number, or left out; received {value}.")


def _check_combinations(config: TrainConfig) -> None:
    """What the settings must not be together."""
    from .confidence import check_confidence_source, is_stated

    check_confidence_source(config.confidence, config.group_size)
    if config.group_size < 2 and config.advantage in ("group", "leave_one_out"):
        raise InvalidOption(
            f'advantage="{config.advantage}" compares episodes of one problem, so group_size is at least 2; received '
            f'{config.group_size}. Raise it, or take algorithm="ppo" or "reinforce++".'
        )
    if config.scale == "batch" and config.advantage in ("batch", "gae"):
        raise InvalidOption(
            f'advantage="{config.advantage}" is whitened over the update by scale="std"; received scale="batch", which '
            "is for advantages by group."
        )
    if config.dynamic_sampling and (config.group_size < 2 or config.advantage in ("batch", "gae")):
        raise InvalidOption(
            "dynamic_sampling leaves out groups in which all episodes earned the same, so it needs group_size of at "
            f"least 2 and an advantage by group; received group_size={config.group_size} and "
            f'advantage="{config.advantage}".'
        )
    if config.top_k != 0 or config.top_p != 1:
        raise InvalidOption(
            "Training samples from the whole distribution, top_k=0 and top_p=1: cut off, the ratio of new to old "
            f"probability would be that of another policy; received top_k={config.top_k}, top_p={config.top_p}. Lower "
            "the temperature instead, which the ratio takes into account."
        )
    if config.kl_coefficient:
        _check_kl(config)
    if config.policy_loss == "reinforce" and config.steps_per_update > 1:
        raise InvalidOption(
            'policy_loss="reinforce" has no ratio to correct for weights that have moved, so epochs and minibatches '
            f'are 1; received {config.epochs} and {config.minibatches}. Take policy_loss="clip".'
        )
    if not is_stated(config.confidence) and config.confidence_credit != "return":
        raise InvalidOption(
            f'confidence_credit="{config.confidence_credit}" trains the tokens that state a confidence, but '
            f'confidence="{config.confidence}" is not stated; set confidence_credit="return".'
        )


def _check_kl(config: TrainConfig) -> None:
    """What a KL term asks of the other settings."""
    if config.reference == "none":
        raise InvalidOption(
            f'A KL term is against a reference; received kl_coefficient={config.kl_coefficient} and reference="none". '
            'Set reference="auto", or kl_coefficient=0.'
        )
    if config.kl_in == "reward" and config.advantage in ("group", "leave_one_out") and config.credit == "step":
        raise InvalidOption(
            f'kl_in="reward" with advantage="{config.advantage}" pays the whole episode for its KL, so it needs '
            'credit="episode"; received credit="step". Set kl_in="loss", or credit="episode".'
        )
    if config.kl_in == "reward" and config.kl_estimator != "k1":
        raise InvalidOption(
            'What is paid for a token is its k1, whose mean is the KL; received kl_in="reward" with '
            f'kl_estimator="{config.kl_estimator}". Set kl_estimator="k1", or kl_in="loss".'
        )
    if config.kl_in == "loss" and config.kl_estimator == "k1":
        raise InvalidOption(
            'The gradient of k1 in the loss is zero on average, so it would hold nothing; received kl_in="loss" with '
            'kl_estimator="k1". Set kl_estimator="k3", or kl_in="reward".'
        )
