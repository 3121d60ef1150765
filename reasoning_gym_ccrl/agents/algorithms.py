"""The algorithms by name: what each takes as advantage, loss and aggregation, its paper, and how ours departs.

All are choices among the same pure functions (`advantages`, `losses`), made by fields of `TrainConfig`; a field that
the user gives goes before the algorithm's. Two things are the same for all, and are this project's, not the papers':

- every step's payment counts from that step on (`credit="step"`); the papers pay an episode once, which is
  `credit="episode"`;
- the tokens that state a confidence are trained on what stating it changed (`confidence_credit`, see
  `confidence_credit.py`); `confidence_credit="return"` treats them like any other.

No torch here: the table is read before anything is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One line of the table.

    Attributes:
        title: as its paper calls it.
        paper: where it comes from.
        departs: how ours differs, beside the two points that all share.
        defaults: fields of `TrainConfig` that it sets.
    """

    title: str
    paper: str
    departs: str
    defaults: Mapping[str, Any] = field(default_factory=dict)


SHARED: Mapping[str, Any] = {
    "advantage": "group",
    "scale": "none",
    "policy_loss": "clip",
    "epsilon_low": 0.2,
    "epsilon_high": 0.2,
    "loss_aggregation": "token",
    "kl_in": "loss",
    "kl_estimator": "k3",
    "epochs": 1,
    "minibatches": 1,
    "dynamic_sampling": False,
    "overlong_buffer": 0,
}
"""What a field is where neither the user nor the algorithm names it."""

ALGORITHMS: Mapping[str, Algorithm] = {
    "grpo": Algorithm(
        "GRPO",
        "arXiv 2402.03300",
        "Not divided by the group's standard deviation (scale='std' does), and one token count for the whole step as "
        "denominator (loss_aggregation='episode' is the paper's): either would weigh the calibration term by how "
        "unsure or how long an answer is. No KL term unless kl_coefficient asks for one.",
    ),
    "dr_grpo": Algorithm(
        "Dr. GRPO",
        "arXiv 2503.20783",
        "As the paper: no standard deviation, and a constant in place of the length.",
        {"loss_aggregation": "constant"},
    ),
    "dapo": Algorithm(
        "DAPO",
        "arXiv 2503.14476",
        "As the paper: the upper clip is higher, groups with nothing to compare are sampled anew, answers near the "
        "budget pay for their length (in its last fifth), the loss is a mean over tokens.",
        {"scale": "std", "epsilon_high": 0.28, "dynamic_sampling": True, "overlong_buffer": 0.2},
    ),
    "gspo": Algorithm(
        "GSPO",
        "arXiv 2507.18071",
        "The ratio is that of whole sequences, per token; with step credit its token variant (GSPO-token).",
        {
            "scale": "std",
            "policy_loss": "gspo",
            "epsilon_low": 3e-4,
            "epsilon_high": 4e-4,
            "loss_aggregation": "episode",
            "minibatches": 4,
        },
    ),
    "cispo": Algorithm(
        "CISPO",
        "arXiv 2506.13585",
        "The ratio is a weight, cut from above and not differentiated; no token loses its gradient.",
        {"scale": "std", "policy_loss": "cispo", "epsilon_high": 4.0, "minibatches": 4},
    ),
    "rloo": Algorithm(
        "RLOO",
        "arXiv 2402.14740",
        "The baseline is the mean of the others in the group; with a KL coefficient it is paid (k1), not in the loss.",
        {"advantage": "leave_one_out", "policy_loss": "reinforce", "kl_in": "reward", "kl_estimator": "k1"},
    ),
    "reinforce++": Algorithm(
        "REINFORCE++",
        "arXiv 2501.03262",
        "No baseline by problem; returns are whitened over all tokens of the update. KL is paid (k1).",
        {"advantage": "batch", "scale": "std", "kl_in": "reward", "kl_estimator": "k1"},
    ),
    "ppo": Algorithm(
        "PPO",
        "arXiv 1707.06347",
        "Over tokens, the policy's own alone, with steps paid where they end; the value head starts at zero. Whitened "
        "advantages. A budget that ran out bootstraps from the value, an answer does not.",
        {"advantage": "gae", "scale": "std", "epochs": 2, "minibatches": 4, "kl_in": "reward", "kl_estimator": "k1"},
    ),
}
