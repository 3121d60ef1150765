"""Where a confidence comes from: what the model says, how probable its digits were, its other samples, or a question.

Pure functions: log-probabilities and entropies in nats, answers as labels; `confidence_sources` finds these numbers for
episodes and a model. `CONFIDENCES` is the table of all sources, and what each costs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidInput, InvalidOption, unknown_name
from ..evaluation.metrics import auroc, brier_score, expected_calibration_error

_ROUNDING = 1e-4
"""How far a sum of rounded logarithms may go beyond its bound: entropies come from float32 logits."""


def mean_probability(logprobs: Sequence[float]) -> float:
    """exp(mean log p), the geometric mean, in (0, 1]: digits of probability 0.9 and 0.4 give 0.6.

    Source: the documented choice for the confidence of a computed number in CCRL (arXiv 2601.21909 leaves it open).
    """
    return math.exp(math.fsum(logprobs) / len(logprobs))


def product_probability(logprobs: Sequence[float]) -> float:
    """exp(sum log p): the probability of the whole number; digits of 0.9 and 0.4 give 0.36."""
    return math.exp(math.fsum(logprobs))


def minimum_probability(logprobs: Sequence[float]) -> float:
    """The least probable digit's probability; digits of 0.9 and 0.4 give 0.4."""
    return math.exp(min(logprobs))


def entropy_confidence(entropies: Sequence[float], vocabulary_size: int) -> float:
    """1 - mean(H) / log V, in [0, 1]: 1 where the next token is certain, 0 where all V tokens are alike.

    It asks how decided the model was where it wrote the number's digits, and not what it wrote. A large vocabulary
    makes it high throughout: torn between two digits with V = 100 it is 1 - log 2 / log 100 = 0.85. Its order tells
    more than its size.

    Args:
        entropies: in nats, at the positions of a number's digits; at least one.
        vocabulary_size: V, at least 2.

    Raises:
        InvalidInput: no position, a vocabulary of fewer than two tokens, or an entropy outside [0, log V].

    Source: normalised entropy (Shannon 1948); the "1 - H / log V" of the inferred readings of arXiv 2601.21909.

    >>> entropy_confidence([0.0, math.log(100)], 100)
    0.5
    """
    if vocabulary_size < 2 or not entropies:
        raise InvalidInput(
            "An entropy confidence needs a position and two tokens to choose from; "
            f"received {len(entropies)} positions and a vocabulary of {vocabulary_size}."
        )
    largest = math.log(vocabulary_size)
    if not all(-_ROUNDING <= entropy <= largest + _ROUNDING for entropy in entropies):
        raise InvalidInput(
            f"Entropies are in nats, from 0 to log V = {largest:.4g}; received {min(entropies)} to {max(entropies)}."
        )
    return min(1.0, max(0.0, 1.0 - math.fsum(entropies) / len(entropies) / largest))


def self_consistency(answers: Sequence[Hashable | None]) -> list[float]:
    """For each of k samples of one problem the share of all k that give its answer, itself among them: in [1/k, 1].

    Args:
        answers: labels that are equal where answers are equal (`evaluation.selective.answer_label`). None is no answer:
            it counts among the k, agrees with nothing, and has confidence 0.

    Source: the vote's share in self-consistency, Wang et al. 2022 (arXiv 2203.11171).

    >>> self_consistency(["12", "13", "12", None])
    [0.5, 0.25, 0.5, 0.0]
    """
    given = Counter(answers)
    return [0.0 if answer is None else given[answer] / len(answers) for answer in answers]


def p_true(true_logprob: float, false_logprob: float) -> float:
    """P("True") / (P("True") + P("False")), in [0, 1], asked after the answer was given.

    Args:
        true_logprob: log-probability in nats of "True" as the next word.
        false_logprob: of "False".

    Raises:
        InvalidInput: a log-probability above 0 or nan, or both minus infinity: neither word can be said.

    Source: P(True), Kadavath et al. 2022 (arXiv 2207.05221); here normalised over the two words.

    >>> round(p_true(math.log(0.6), math.log(0.2)), 12)
    0.75
    """
    highest = max(true_logprob, false_logprob)
    if not (true_logprob <= _ROUNDING and false_logprob <= _ROUNDING and highest > -math.inf):
        raise InvalidInput(
            f"Log-probabilities are at most 0, and one of them is finite; received {true_logprob}, {false_logprob}."
        )
    yes, no = math.exp(true_logprob - highest), math.exp(false_logprob - highest)
    return yes / (yes + no)


def p_true_question(question: str, answer: str, reasoning: str = "") -> str:
    r"""What a model is asked about an answer; it is to go on with `TRUE_WORD` or `FALSE_WORD`.

    Source: the self-evaluation format of Kadavath et al. 2022, in our words.

    >>> print(p_true_question("1 + 1?", "3"))
    Question: 1 + 1?
    Proposed answer: 3
    Is the proposed answer true? Reply with True or False.
    Reply:
    """
    shown = f"Reasoning:\n{reasoning.strip()}\n" if reasoning.strip() else ""
    ask = "Is the proposed answer true? Reply with True or False.\nReply:"
    return f"Question: {question.strip()}\n{shown}Proposed answer: {answer.strip()}\n{ask}"


def hybrid_confidence(stated: float | None, of_digits: float | None) -> float | None:
    """(stated + of_digits) / 2, in [0, 1]; where there is but one of them, that one.

    What the model says, held against how probable its own digits were: 0.9 stated of digits of 0.6 is 0.75.

    Args:
        stated: in [0, 1]; None where nothing was stated.
        of_digits: a probability, such as `mean_probability`; None where no number was computed.

    >>> hybrid_confidence(0.9, 0.6), hybrid_confidence(None, 0.6)
    (0.75, 0.6)
    """
    if stated is None or of_digits is None:
        return of_digits if stated is None else stated
    return (stated + of_digits) / 2


TRUE_WORD, FALSE_WORD = "True", "False"

TOKEN_CONFIDENCES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "token_mean": mean_probability,
    "token_product": product_probability,
    "token_minimum": minimum_probability,
}
"""The sources that need the log-probabilities of a number's digits and nothing else."""

Cost = Literal["nothing", "a forward pass", "k samples", "a question"]


@dataclass(frozen=True, slots=True)
class ConfidenceSource:
    """A line of `CONFIDENCES`.

    Attributes:
        formula: with p the probability of each digit of the computed number, H the entropy where it was written.
        costs: what it takes beside the episode as the sampler returned it.
        covers: "steps" (each step and answer has one) or "answers" (the answer alone).
        meaning: one line.
    """

    formula: str
    costs: Cost
    covers: Literal["steps", "answers"]
    meaning: str


CONFIDENCES: Mapping[str, ConfidenceSource] = {
    "stated": ConfidenceSource("as written", "nothing", "steps", "What the model says in its confidence tag."),
    "token_mean": ConfidenceSource("exp(mean log p)", "nothing", "steps", "Geometric mean of its digits' probability."),
    "token_product": ConfidenceSource("exp(sum log p)", "nothing", "steps", "Probability of the whole number."),
    "token_minimum": ConfidenceSource("min p", "nothing", "steps", "Probability of its least probable digit."),
    "hybrid": ConfidenceSource("(stated + exp(mean log p)) / 2", "nothing", "steps", "What it says, and its digits."),
    "token_entropy": ConfidenceSource("1 - mean H / log V", "a forward pass", "steps", "How decided it was there."),
    "self_consistency": ConfidenceSource("share of k", "k samples", "answers", "Samples that give the same answer."),
    "p_true": ConfidenceSource("P(True) / (P(True) + P(False))", "a question", "answers", "Asked if it is true."),
}


def check_confidence_source(name: str, samples_per_prompt: int | None = None) -> str:
    """Returns the name of a source that is in CONFIDENCES.

    Args:
        name: of the source.
        samples_per_prompt: attempts at each problem, where they are known.

    Raises:
        UnknownName: no such source.
        InvalidOption: self-consistency of single attempts, which would be 1 throughout.
    """
    if name not in CONFIDENCES:
        raise unknown_name("confidence source", name, CONFIDENCES)
    if name == "self_consistency" and samples_per_prompt is not None and samples_per_prompt < 2:
        raise InvalidOption(
            f"Self-consistency compares attempts at one problem, at least 2 of them; received {samples_per_prompt}."
        )
    return name


def is_found_while_playing(name: str) -> bool:
    """Whether a source needs the sampler's log-probabilities alone; the others ask the model again afterwards."""
    return is_stated(name) or name in TOKEN_CONFIDENCES


def is_stated(name: str) -> bool:
    """Whether a source depends on what the model states, so that the tokens that state it have something to learn."""
    return name in ("stated", "hybrid")


def computed_number_span(text: str) -> tuple[int, int] | None:
    """The half-open range of characters of the number a step computes: the last one, after the last "=".

    Operands that were copied in front of the "=" do not count, nor do superscripts ("12 m²"). None where there is
    no digit.

    >>> computed_number_span("cost = 3 * 4 = 12 dollars")
    (15, 17)
    """
    end = len(text)
    start = text.rfind("=") + 1
    while end > start and not text[end - 1].isdecimal():
        end -= 1
    if end == start:
        return None
    first = end
    while first > start and (text[first - 1].isdecimal() or text[first - 1] in ".,/"):
        first -= 1
    return (first, end)


Scores = Mapping[str, Sequence[float | None]]


def compare_confidences(
    scores: Scores, outcomes: Sequence[bool | None], *, common: bool = True
) -> dict[str, dict[str, float | None]]:
    """How well each source of confidence knows what was right, on the same N answers.

    Args:
        scores: source -> N confidences in [0, 1]; None where it has none, as where nothing is stated.
        outcomes: N; True where right, None where that could not be checked, which is left out.
        common: compare on the answers that have a confidence from every source; else each on its own, which lets a
            source win by keeping silent where it is hard. "share" says how many each has, either way.

    Returns:
        source -> {"ece", "brier", "auroc", "mean", "accuracy", "count", "share"}; None where a figure is undefined.
        `accuracy` is of the answers compared on, so that `mean` can be read against it.

    Raises:
        InvalidInput: sources and outcomes of different lengths.

    >>> compared = compare_confidences({"a": [0.9, 0.2, 0.6], "b": [0.5, 0.5, None]}, [True, False, True])
    >>> compared["a"]["auroc"], compared["b"]["auroc"], compared["b"]["brier"], compared["a"]["share"]
    (1.0, 0.5, 0.25, 1.0)
    """
    sizes = {name: len(values) for name, values in scores.items()}
    if any(size != len(outcomes) for size in sizes.values()):
        raise InvalidInput(f"Each source has one confidence per answer; received {sizes} for {len(outcomes)} answers.")
    checked = [place for place, outcome in enumerate(outcomes) if outcome is not None]
    in_all = {place for place in checked if all(values[place] is not None for values in scores.values())}
    result = {}
    for name, values in scores.items():
        own = [place for place in checked if values[place] is not None]
        places = [place for place in own if place in in_all] if common else own
        result[name] = _figures([values[place] for place in places], [outcomes[place] for place in places])
        result[name]["share"] = len(own) / len(checked) if checked else None
    return result


def _figures(confidences: Sequence[float | None], outcomes: Sequence[bool | None]) -> dict[str, float | None]:
    pairs = [(q, y) for q, y in zip(confidences, outcomes, strict=True) if q is not None and y is not None]
    q, y = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    count = len(pairs)
    figures = {
        "ece": expected_calibration_error(q, y),
        "brier": brier_score(q, y),
        "auroc": auroc(q, y),
        "mean": math.fsum(q) / count if count else math.nan,
        "accuracy": sum(y) / count if count else math.nan,
        "count": float(count),
    }
    return {name: None if math.isnan(value) else value for name, value in figures.items()}
