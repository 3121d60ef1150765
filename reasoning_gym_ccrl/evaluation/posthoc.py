"""Post-hoc calibration: confidences rescaled by a curve that was fitted on validation pairs.

The baseline that a trained confidence must beat: it costs a hundred labelled answers and no training. Each curve is
one function of confidence alone, fitted with scikit-learn on validation and applied to the test set:

- temperature: sigmoid(b logit q), b >= 0, which is 1 / T. It changes the level; the order stays.
- platt: sigmoid(a + b logit q). The order stays, or is turned where b < 0.
- isotonic: the rising curve nearest to the outcomes. It may tie confidences, and needs more pairs.

All are scikit-learn's: its logistic regression without a penalty, through the origin for the temperature, and its
isotonic regression. None can tell two answers of equal confidence apart, so AUROC stays (nearly) what it was: it is
where a trained confidence has to be better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InvalidInput, unknown_name
from . import metrics
from .metrics.logistic import logit, sigmoid
from .metrics.pairs import Floats, pairs

Pairs = tuple[ArrayLike, ArrayLike]

FEWEST = 10
"""Fewest validation pairs to fit on; below, any curve follows the noise."""

FIGURES: dict[str, Callable[[Floats, Floats], float]] = {
    "ece": metrics.expected_calibration_error,
    "smooth_ece": metrics.smooth_ece,
    "brier": metrics.brier_score,
    "nll": metrics.negative_log_likelihood,
    "auroc": metrics.auroc,
}


@dataclass(frozen=True)
class Rescaling:
    """A fitted curve from confidence to confidence: call it on an array.

    Attributes:
        method: a name in METHODS.
        parameters: its numbers, each a tuple of floats: "slope" and "intercept" on the logit scale, or the "knots"
            and "values" of a curve that is linear between knots and flat beyond them.

    >>> Rescaling("temperature", {"slope": (0.5,), "intercept": (0.0,)})([0.9, 0.5, 0.1]).round(4).tolist()
    [0.75, 0.5, 0.25]
    """

    method: str
    parameters: Mapping[str, tuple[float, ...]]

    def __call__(self, confidences: ArrayLike) -> Floats:
        """The rescaled confidences, each in [0, 1]."""
        q, _ = pairs(confidences, np.zeros(np.shape(confidences)))
        if "knots" in self.parameters:
            return np.asarray(np.interp(q, self.parameters["knots"], self.parameters["values"]))
        return sigmoid(self.parameters["intercept"][0] + self.parameters["slope"][0] * logit(q))

    def to_json(self) -> dict[str, Any]:
        return {"method": self.method, "parameters": {name: list(each) for name, each in self.parameters.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rescaling:
        return cls(data["method"], {name: tuple(map(float, each)) for name, each in data["parameters"].items()})


def fit_posthoc(method: str, confidences: ArrayLike, outcomes: ArrayLike) -> Rescaling:
    """Fits a rescaling on validation pairs, which must not be those it is judged on.

    Logits are those of q clipped to [1e-6, 1 - 1e-6]. Nothing is penalised and no prior is added, so figures are
    plain maximum likelihood (temperature, platt) and least squares (isotonic).

    Args:
        method: "temperature", "platt" or "isotonic".
        confidences: N validation confidences.
        outcomes: N validation outcomes, both right and wrong ones among them.

    Raises:
        UnknownName: no such method.
        InvalidInput: fewer than 10 pairs; one class; right and wrong separated by a threshold, so that no finite
            slope is likeliest (temperature, platt).
        ModuleNotFoundError: scikit-learn is not installed.

    Source: temperature: Guo et al. 2017 (arXiv 1706.04599), section 4.2; Platt 1999; isotonic: Zadrozny and Elkan 2002.

    >>> q, y = [0.9] * 6 + [0.6] * 6, [1, 1, 1, 1, 0, 0] + [1, 1, 1, 0, 0, 0]
    >>> fit_posthoc("isotonic", q, y)([0.9, 0.6]).round(4).tolist()
    [0.6667, 0.5]
    """
    if method not in METHODS:
        raise unknown_name("post-hoc method", method, METHODS)
    q, y = pairs(confidences, outcomes)
    if q.size < FEWEST:
        raise InvalidInput(
            f"A rescaling is fitted on at least {FEWEST} validation pairs; received {q.size}. Evaluate more problems."
        )
    if y.min() == y.max():
        raise InvalidInput(
            f"A rescaling is fitted on right and wrong pairs; all {q.size} received are "
            f"{'right' if y[0] else 'wrong'}. Evaluate more or other problems."
        )
    return Rescaling(method, METHODS[method](q, y))


def posthoc_table(validation: Pairs, test: Pairs) -> dict[str, dict[str, float]]:
    """Figures on the test pairs as they are ("none") and after each rescaling fitted on the validation pairs.

    Returns:
        method -> {"ece", "smooth_ece", "brier", "nll", "auroc"}, in the order none, temperature, platt, isotonic.

    Raises:
        InvalidInput: validation pairs on which a method cannot be fitted, as for `fit_posthoc`.
    """
    q, y = pairs(*test)
    rescaled = {"none": q} | {method: fit_posthoc(method, *validation)(q) for method in METHODS}
    return {method: {name: figure(each, y) for name, figure in FIGURES.items()} for method, each in rescaled.items()}


def _temperature(q: Floats, y: Floats) -> dict[str, tuple[float, ...]]:
    """Logistic regression on the logit, through the origin. Where that is reversed the best T is infinite: q = 0.5."""
    x = logit(q)
    if x[y == 1.0].min() >= 0.0 >= x[y == 0.0].max() and x.any():
        raise _separated("temperature", "0.5")
    if x[y == 0.0].min() >= 0.0 >= x[y == 1.0].max():
        return {"slope": (0.0,), "intercept": (0.0,)}
    model = _logistic_regression(fit_intercept=False).fit(x[:, None], y)
    return {"slope": (max(float(model.coef_[0, 0]), 0.0),), "intercept": (0.0,)}


def _platt(q: Floats, y: Floats) -> dict[str, tuple[float, ...]]:
    """Logistic regression on the logit. A constant confidence says nothing: every answer gets the share right."""
    x = logit(q)
    if x.min() == x.max():
        share = float(y.mean())
        return {"slope": (0.0,), "intercept": (math.log(share / (1.0 - share)),)}
    right, wrong = x[y == 1.0], x[y == 0.0]
    if right.min() >= wrong.max() or right.max() <= wrong.min():
        raise _separated("platt", "a threshold")
    model = _logistic_regression(fit_intercept=True).fit(x[:, None], y)
    return {"slope": (float(model.coef_[0, 0]),), "intercept": (float(model.intercept_[0]),)}


def _isotonic(q: Floats, y: Floats) -> dict[str, tuple[float, ...]]:
    model = _scikit_learn()[1](y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(q, y)
    return {"knots": tuple(model.X_thresholds_.tolist()), "values": tuple(model.y_thresholds_.tolist())}


METHODS: dict[str, Callable[[Floats, Floats], dict[str, tuple[float, ...]]]] = {
    "temperature": _temperature,
    "platt": _platt,
    "isotonic": _isotonic,
}


def _logistic_regression(*, fit_intercept: bool) -> Any:
    # C infinite is no penalty. Newton's method, since a temperature is stated to three digits and must repeat.
    return _scikit_learn()[0](C=math.inf, fit_intercept=fit_intercept, solver="newton-cholesky", tol=1e-10)


def _separated(method: str, where: str) -> InvalidInput:
    return InvalidInput(
        f"{method} needs right and wrong pairs that overlap in confidence; all right ones received lie on one side of "
        f"{where}, so that no finite slope is likeliest. Evaluate more problems."
    )


def _scikit_learn() -> tuple[Any, Any]:
    """LogisticRegression and IsotonicRegression, imported where they are needed."""
    try:
        from sklearn.isotonic import IsotonicRegression
        from sklearn.linear_model import LogisticRegression
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        raise ModuleNotFoundError(
            "Post-hoc calibration needs scikit-learn: pip install 'reasoning-gym-ccrl[report]'", name="sklearn"
        ) from error
    return LogisticRegression, IsotonicRegression
