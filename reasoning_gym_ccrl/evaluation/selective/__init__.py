"""What calibrated confidence is good for: voting, abstention with a certified risk, stopping early.

Pure functions of what a model answered and how sure it was; docs/selective.md has examples and what was measured.
"""

from __future__ import annotations

from .abstention import (
    GRID,
    STARTS,
    Certificate,
    Selection,
    binomial_tail,
    certify_abstention,
    least_abstention,
    pairs_needed,
    plug_in_threshold,
    select,
)
from .attempts import Attempts, answer_label, attempts_of, solution_of
from .stopping import (
    ADAPTIVE_RULES,
    MODES,
    Adaptive,
    AdaptiveRule,
    Mode,
    Solution,
    StoppingCurve,
    adaptive_curve,
    adaptive_sampling,
    running,
    settled,
    stop_step,
    stopping_curve,
)
from .voting import CLIP, RULES, Rule, Samples, Vote, any_right, expected_accuracy, samples_of, vote, voted, winners

__all__ = [
    "ADAPTIVE_RULES",
    "CLIP",
    "GRID",
    "MODES",
    "RULES",
    "STARTS",
    "Adaptive",
    "AdaptiveRule",
    "Attempts",
    "Certificate",
    "Mode",
    "Rule",
    "Samples",
    "Selection",
    "Solution",
    "StoppingCurve",
    "Vote",
    "adaptive_curve",
    "adaptive_sampling",
    "answer_label",
    "any_right",
    "attempts_of",
    "binomial_tail",
    "certify_abstention",
    "expected_accuracy",
    "least_abstention",
    "pairs_needed",
    "plug_in_threshold",
    "running",
    "samples_of",
    "select",
    "settled",
    "solution_of",
    "stop_step",
    "stopping_curve",
    "vote",
    "voted",
    "winners",
]
