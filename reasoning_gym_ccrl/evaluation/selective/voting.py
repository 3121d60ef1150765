"""Voting over several sampled answers to one problem, with and without stated confidence.

Axes: P (problems), N (samples of each problem). An answer is a label that the caller has made equal where answers are
equal; None is no answer. It counts among the samples, and wins only where nobody answered.

    rule        score of an answer a                  confidence of the vote, in [0, 1]
    majority    number of samples that gave it        its share of the N samples
    weighted    sum of q_i over them                  the same, divided by N
    logit       sum of ln(q_i / (1 - q_i))            e^score / (1 + sum over answers of e^score)
    best        its highest q_i (best of N)           that q_i

Ties in the score go to the answer with the larger sum of confidence, then to the one that was seen first. Sums are
compared to 12 decimals, so that 0.1 + 0.2 ties with 0.3, whatever the order of the samples.

`logit` is what independent witnesses would warrant (naive Bayes; the 1 stands for an answer that nobody gave), with q
clipped to [clip, 1 - clip] first: 1 counts as 0.99. A confidence below 0.5 is a vote against. Samples of one model
share its mistakes and are not independent, so its confidence runs to the extremes; its order may still be of use.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InvalidInput, InvalidOption, unknown_name
from ...seeding import numpy_random
from ..metrics.pairs import Floats, Ints, pairs

Bools = NDArray[np.bool_]
Rule = Literal["majority", "weighted", "logit", "best"]
RULES: tuple[Rule, ...] = ("majority", "weighted", "logit", "best")
CLIP = 0.01
SUBSETS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """N sampled answers to each of P problems, as arrays [P, N].

    Attributes:
        answers: equal numbers of one row are equal answers, counted from 0 by first appearance; -1 is no answer.
        confidences: how sure each was, in [0, 1].
        outcomes: whether it is right.
    """

    answers: Ints
    confidences: Floats
    outcomes: Bools

    def take(self, columns: ArrayLike) -> Samples:
        """Some of the samples: column numbers [K], the same for all problems, or [P, K]."""
        places = np.asarray(columns, dtype=np.int64)
        if places.ndim == 1:
            places = np.broadcast_to(places, (len(self.answers), places.size))
        return Samples(
            np.take_along_axis(self.answers, places, axis=1),
            np.take_along_axis(self.confidences, places, axis=1),
            np.take_along_axis(self.outcomes, places, axis=1),
        )

    def rows(self, chosen: NDArray[Any]) -> Samples:
        """Some of the problems: a mask [P], or row numbers."""
        return Samples(self.answers[chosen], self.confidences[chosen], self.outcomes[chosen])


class Vote(NamedTuple):
    """What a vote came to.

    Attributes:
        sample: which of them stands for it: the first that gave the answer, the most confident one for "best". None
            where there are no samples.
        label: the answer; None where nobody answered.
        confidence: how sure the vote is, in [0, 1], by the rule.
    """

    sample: int | None
    label: Hashable | None
    confidence: float


def samples_of(
    labels: Sequence[Sequence[Hashable | None]], confidences: Sequence[ArrayLike], outcomes: Sequence[ArrayLike]
) -> Samples:
    """Checks and numbers the answers of P problems, N of each.

    Raises:
        InvalidInput: rows of different lengths, a confidence outside [0, 1], an outcome that is neither 0 nor 1.

    >>> samples_of([["12", None, "13", "12"]], [[0.9, 0.0, 0.4, 0.8]], [[1, 0, 0, 1]]).answers.tolist()
    [[0, -1, 1, 0]]
    """
    rows = list(labels)
    lengths = {len(row) for row in rows} | {np.size(row) for row in (*confidences, *outcomes)}
    if len(lengths) > 1 or not len(rows) == len(confidences) == len(outcomes):
        raise InvalidInput(
            "Each problem has the same number N of labels, confidences and outcomes; "
            f"received {len(rows)}, {len(confidences)} and {len(outcomes)} problems with {sorted(lengths)} samples."
        )
    shape = (len(rows), lengths.pop() if lengths else 0)
    q, y = pairs(np.reshape(np.asarray(confidences), -1), np.reshape(np.asarray(outcomes), -1))
    answers = np.array([_numbered(row) for row in rows], dtype=np.int64).reshape(shape)
    return Samples(answers, q.reshape(shape), y.reshape(shape) == 1.0)


def _numbered(labels: Sequence[Hashable | None]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [-1 if label is None else numbers.setdefault(label, len(numbers)) for label in labels]


def vote(
    labels: Sequence[Hashable | None], confidences: ArrayLike, rule: Rule = "majority", clip: float = CLIP
) -> Vote:
    """The answer that N samples of one problem vote for; the module's docstring has rules and ties.

    Args:
        labels: N answers; None is no answer.
        confidences: N confidences; 0 where none was stated.
        rule: one of `RULES`.
        clip: of the confidences in "logit", strictly between 0 and 0.5.

    Raises:
        InvalidInput: labels and confidences that do not fit together.
        InvalidOption, UnknownName: a clip or a rule that is none.

    Source: majority: Wang et al. 2022, self-consistency (arXiv 2203.11171); logit: Nitzan and Paroush 1982.

    >>> vote(["12", "13", "13"], [0.9, 0.3, 0.4])
    Vote(sample=1, label='13', confidence=0.6666666666666666)
    >>> vote(["12", "13", "13"], [0.9, 0.3, 0.4], "weighted")
    Vote(sample=0, label='12', confidence=0.3)
    """
    samples = samples_of([labels], [confidences], [np.zeros(np.shape(confidences))])
    index, confidence = winners(samples, rule, clip)
    if not len(labels):
        return Vote(None, None, 0.0)
    place = int(index[0])
    return Vote(place, labels[place], float(confidence[0]))


def winners(samples: Samples, rule: Rule = "majority", clip: float = CLIP) -> tuple[Ints, Floats]:
    """For each of P problems the sample that stands for the vote, [P], and the vote's confidence, [P].

    Where nobody answered it is sample 0 at confidence 0; without samples, index -1.
    """
    check_rule(rule, clip)
    answers, q = samples.answers, samples.confidences
    if not answers.shape[1]:
        return np.full(len(answers), -1), np.zeros(len(answers))
    given = answers >= 0
    credit = tally(samples, q)
    scores = credit if rule == "weighted" else tally(samples, weights_of(q, rule, clip))
    # Each sample carries the score of its answer; in best of N its own, since a weaker twin does not stand for it.
    score = np.round(q, 12) if rule == "best" else _of_each(scores, answers)
    leading = given.copy()
    for figure in (score, _of_each(credit, answers)):
        highest = np.max(figure, axis=1, where=leading, initial=-np.inf, keepdims=True)
        leading &= figure == highest
    index = np.argmax(leading, axis=1)
    rows = np.arange(len(answers))
    if rule == "logit":
        confidence = _naive_bayes(scores, answers)[rows, index]
    else:
        confidence = score[rows, index] / (1 if rule == "best" else answers.shape[1])
    return index, np.where(given.any(axis=1), confidence, 0.0)


def weights_of(confidences: Floats, rule: Rule, clip: float = CLIP) -> Floats:
    """What a sample's vote weighs: 1, q, or ln(q / (1 - q)) of the clipped q."""
    if rule == "majority":
        return np.ones_like(confidences)
    if rule == "logit":
        q = np.clip(confidences, clip, 1.0 - clip)
        return np.asarray(np.log(q) - np.log1p(-q))
    return confidences


def tally(samples: Samples, weights: Floats) -> Floats:
    """The sum of weights of each answer, [P, A] with A the largest number of answers; to 12 decimals."""
    answers = samples.answers
    size = int(answers.max(initial=0)) + 1
    given = answers >= 0
    flat = (np.arange(len(answers))[:, None] * size + answers)[given]
    sums = np.bincount(flat, weights[given], minlength=len(answers) * size).astype(np.float64)
    return np.round(sums, 12).reshape(-1, size)


def _of_each(scores: Floats, answers: Ints) -> Floats:
    return np.asarray(np.take_along_axis(scores, np.maximum(answers, 0), axis=1))


def _naive_bayes(scores: Floats, answers: Ints) -> Floats:
    """e^score / (1 + the sum of it over the answers given), for the answer of each sample; never overflows."""
    present = np.zeros(scores.shape, dtype=bool)
    rows, columns = np.nonzero(answers >= 0)
    present[rows, answers[rows, columns]] = True
    top = np.maximum(np.max(scores, axis=1, where=present, initial=0.0), 0.0)[:, None]
    whole = np.exp(-top) + np.where(present, np.exp(np.minimum(scores - top, 0.0)), 0.0).sum(axis=1, keepdims=True)
    return np.asarray(np.exp(np.minimum(_of_each(scores, answers) - top, 0.0)) / whole)


def voted(samples: Samples, rule: Rule = "majority", clip: float = CLIP) -> tuple[Floats, Bools]:
    """The confidence of each problem's vote and whether its answer is right, [P] each: pairs for any metric."""
    index, confidence = winners(samples, rule, clip)
    if not samples.answers.shape[1]:
        return confidence, np.zeros(len(index), dtype=bool)
    return confidence, samples.outcomes[np.arange(len(index)), index] & (samples.answers >= 0).any(axis=1)


def expected_accuracy(
    samples: Samples, k: int, rule: Rule = "majority", *, clip: float = CLIP, subsets: int = SUBSETS, seed: int = 0
) -> Floats:
    """The chance that a vote of k of the N samples is right, for each problem, [P]; their mean is the accuracy at k.

    The mean over all subsets of k samples where there are at most `subsets` of them, and else over so many drawn at
    random: unbiased either way for the accuracy of k fresh samples. (Resampling *with* replacement is not: it sees
    samples twice, and twins always agree.) A subset keeps the samples in the order in which they were drawn.

    Raises:
        InvalidOption: k outside 1 to N, or subsets below 1.

    >>> samples = samples_of([["a", "b", "b"]], [[0.9, 0.8, 0.7]], [[0, 1, 1]])
    >>> expected_accuracy(samples, 1).tolist(), expected_accuracy(samples, 3).tolist()
    ([0.6666666666666666], [1.0])
    """
    size = samples.answers.shape[1]
    if isinstance(k, bool) or not 1 <= k <= size or subsets < 1:
        raise InvalidOption(
            f"k lies from 1 to the {size} samples of a problem, subsets from 1; got {k!r}, {subsets!r}."
        )
    right = np.zeros(len(samples.answers))
    chosen = _subsets(size, k, subsets, seed)
    for columns in chosen:
        right += voted(samples.take(columns), rule, clip)[1]
    return right / len(chosen)


def _subsets(size: int, k: int, at_most: int, seed: int) -> Sequence[Sequence[int]]:
    if math.comb(size, k) <= at_most:
        return list(combinations(range(size), k))
    random = numpy_random(seed, "voting", k)
    return [sorted(random.choice(size, k, replace=False).tolist()) for _ in range(at_most)]


def any_right(samples: Samples, k: int) -> Floats:
    """The chance that at least one of k samples is right, [P], exactly: 1 - C(N - c, k) / C(N, k) with c right ones.

    What no way of choosing among k samples can exceed.

    Source: Chen et al. 2021 (arXiv 2107.03374), equation 1, pass@k.

    >>> any_right(samples_of([["a", "b", "b"]], [[0.9, 0.8, 0.7]], [[1, 0, 0]]), 2).round(4).tolist()
    [0.6667]
    """
    size = samples.answers.shape[1]
    if not 1 <= k <= size:
        raise InvalidOption(f"k lies from 1 to the {size} samples of a problem; received {k!r}.")
    wrong = size - samples.outcomes.sum(axis=1)
    return np.array([1.0 - math.comb(int(each), k) / math.comb(size, k) for each in wrong])


def check_rule(rule: str, clip: float, known: Sequence[str] = RULES) -> None:
    """Raises what is wrong with a rule or a clip."""
    if rule not in known:
        raise unknown_name("voting rule", rule, known)
    if not 0.0 < clip < 0.5:
        raise InvalidOption(f"clip lies strictly between 0 and 0.5; received {clip!r}.")
