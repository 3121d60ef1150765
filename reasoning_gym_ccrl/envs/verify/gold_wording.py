"""Steps that say what a line of the gold solution says, word for word, of another number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ...types import Problem
from .agreement import rounds_to
from .equations import read_chains
from .letter_chains import ANNOTATION, word_set
from .sides import Chain, Side
from .tokens import Number, canonical

MIN_WORDS = 4  # that say something; with fewer, "Ray has 4 nickels", a sentence may well be true at two times
MAX_LINES = 60
MAX_SENTENCE = 400

_LABEL = re.compile(r"^\s*(?:step\s*\d+\s*[:.)]|\d+[.)]\s|[-*•]\s)\s*", re.I)
_SENTENCE = re.compile(r"(?<=[a-z\d%)])[.!]\s+(?=[A-Z])")
_RESULT = re.compile(r"=\s*-?[$]?-?\d[\d,]*(?:\.\d+)?([^=]*)$")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d,.]*|[%$]")
# Words that make no other quantity of what they stand beside.
_FILLER = word_set(
    "so therefore thus hence then finally altogether together total of the a an that this it which means is are was "
    "were there and"
)
_IN_TOTAL = re.compile(r"\bin (?:total|all)\b", re.I)


class _Saying(NamedTuple):
    """A sentence with one calculation: its words around the result, in order, and the result."""

    words: tuple[str, ...]
    chain: Chain

    @property
    def result(self) -> Side:
        return self.chain.sides[-1]


class _Gold(NamedTuple):
    """Of a gold solution: what its sentences say, how they may end, and all values in it."""

    sayings: Mapping[tuple[str, ...], _Saying]
    endings: frozenset[tuple[str, ...]]
    values: frozenset[Number]


def refute_by_gold_wording(problem: Problem, text: str) -> str | None:
    """Why a step contradicts the gold solution's own words, or None.

    It proves that the step states a quantity in the words in which a line of the gold solution states it, of another
    value: "Together, Jam and Meg have 24 + 46 = 70 pencils" where they have 72. It proves nothing where few words are
    the same, where the gold solution says the same words of two values, or where the value is another one of its own.

    >>> gold = {"solution_text": "Together, Jam and Meg have 26 + 46 = 72 pencils."}
    >>> problem = Problem("p", "How many pencils have Jam and Meg?", "72", metadata=gold)
    >>> refute_by_gold_wording(problem, "So Jam and Meg have 24 + 46 = 70 pencils.")
    'What the step says of 70 the gold solution says of another number, in the same words.'
    >>> refute_by_gold_wording(problem, "So Jam has 24 + 46 = 70 pencils.") is None
    True
    """
    solution = problem.metadata.get("solution_text")
    if not isinstance(solution, str) or "=" not in text:
        return None
    gold = _gold(solution)
    for sentence in _sentences(text) if gold.sayings else ():
        if _ending(sentence) not in gold.endings:
            continue
        said = _read(sentence)
        known = gold.sayings.get(said.words) if said is not None else None
        if said is None or known is None:
            continue
        result, wanted = said.result, known.result
        if (
            result.value not in gold.values
            and not rounds_to(wanted.value, result)
            and not rounds_to(result.value, wanted)
        ):
            number = canonical(result.value)
            return f"What the step says of {number[:40]} the gold solution says of another number, in the same words."
    return None


@lru_cache(maxsize=4_096)
def _gold(solution: str) -> _Gold:
    sayings: dict[tuple[str, ...], _Saying] = {}
    twice: set[tuple[str, ...]] = set()
    values: set[Number] = set()
    for line in solution.splitlines()[:MAX_LINES]:
        values.update(side.value for chain in read_chains(line).chains for side in chain.sides)
        for sentence in _sentences(line):
            said = _read(sentence)
            if said is None or sum(word[0].isalpha() for word in said.words) < MIN_WORDS:
                continue
            if said.words in sayings and sayings[said.words].result.value != said.result.value:
                twice.add(said.words)
            sayings[said.words] = said
    for words in twice:
        del sayings[words]
    endings = frozenset(_ending(said.chain.text) for said in sayings.values())
    return _Gold(sayings, endings, frozenset(values))


def _sentences(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if "=" in line:
            for sentence in _SENTENCE.split(_LABEL.sub("", ANNOTATION.sub("", line))):
                if "=" in sentence and len(sentence) <= MAX_SENTENCE:
                    yield sentence


def _ending(sentence: str) -> tuple[str, ...]:
    """The words after the last result, a quick look at whether the sentence can be one of the gold solution."""
    found = _RESULT.search(sentence)
    return _words(found.group(1)) if found else ("=",)


def _read(sentence: str) -> _Saying | None:
    """What a sentence with just one calculation says, or None."""
    reading = read_chains(sentence)
    if reading.unread or len(reading.chains) != 1:
        return None
    chain = reading.chains[0]
    if len(chain.sides) < 2 or not chain.tokens or not chain.sides[-1].sure:
        return None
    first, last = chain.sides[0], chain.sides[-1]
    before = sentence[: chain.tokens[first.start].start]
    result = sentence[chain.tokens[last.start].start :]
    if "=" in before or "=" in result:
        return None
    around = list(_words(result))
    number = next((index for index, word in enumerate(around) if word[0].isdigit()), None)
    if number is None:
        return None
    del around[number]
    return _Saying((*_words(before), "=", *around), chain)


def _words(text: str) -> tuple[str, ...]:
    found = (_stem(word) for word in _WORD.findall(_IN_TOTAL.sub(" ", text)))
    return tuple(word for word in found if word not in _FILLER)


def _stem(word: str) -> str:
    word = word.lower().rstrip(".,")
    if word.endswith(("'s", "’s")):
        word = word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
