"""Controlled English about propositions, read: what a sentence may mean, and what a step infers from what.

English has no brackets, so a sentence can have several readings ("A or B and C"). All are found, within bounds; who
judges says something is wrong only where it is wrong in each. Text that holds anything else is not read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from .logic_words import MAX_CHARS, MAX_TOKENS, Phrases, Token
from .propositions import MAX_DEPTH, Formula, FormulaError, TruthTable, joined, negate, parse_formula

MAX_READINGS = 24  # of one sentence
_MAX_WORK = 6_000  # combinations tried in one sentence

_LISTED = ("comma", "semicolon", "and", "or")
_CLAUSE_ENDS = ("comma", "semicolon", "and")


class Unread(ValueError):
    """The text is no controlled English, or has too many readings; says which."""


@dataclass(frozen=True, slots=True)
class Inference:
    """One claim of a step.

    Attributes:
        conclusion: what it may mean; at least one reading.
        cited: the premises it names, each with its readings; None where it names none.
    """

    conclusion: tuple[Formula, ...]
    cited: tuple[tuple[Formula, ...], ...] | None = None


def read_statement(text: str, phrases: Phrases, table: TruthTable) -> tuple[Formula, ...]:
    """What one sentence may mean.

    Raises:
        Unread: it is not read, says nothing, or has more than `MAX_READINGS` readings.

    >>> phrases, table = Phrases({"a": "Ann is tall", "b": "Ben is kind"}), TruthTable("ab")
    >>> read_statement("Ben is kind if Ann isn't tall.", phrases, table)
    (('if', ('not', 'a'), 'b'),)
    """
    sentences = _sentences(text, phrases)
    if len(sentences) != 1:
        raise Unread(f"One sentence is wanted; the text holds {len(sentences)}.")
    return _readings(sentences[0], table)


def read_inferences(text: str, phrases: Phrases, table: TruthTable) -> list[list[Inference]]:
    """The claims of a step, in order, each as its alternative readings.

    "P, Q, so C" and "C because P and Q" cite P and Q; what follows a leading "So" cites the sentences before it in the
    step; a sentence alone cites nothing. Sentences in which no atom occurs are prose and left out.

    Raises:
        Unread: a sentence with an atom in it is not read, or the step holds none.
    """
    claims: list[list[Inference]] = []
    said: list[tuple[Formula, ...]] = []
    for tokens in _sentences(text, phrases):
        for alternatives in _claims_of(tokens, said, table):
            claims.append(alternatives)
            said.append(tuple(reading for claim in alternatives for reading in claim.conclusion))
    if not claims:
        raise Unread("There is no statement about the facts of the problem to check.")
    return claims


def _sentences(text: str, phrases: Phrases) -> list[Sequence[Token]]:
    """The tokens of each sentence that speaks of an atom."""
    if len(text) > MAX_CHARS:
        raise Unread(f"A text of more than {MAX_CHARS} characters is not read.")
    found: list[Sequence[Token]] = []
    sentence: list[Token] = []
    for token in [*phrases.tokens(text), Token("stop")]:
        if token.kind != "stop":
            sentence.append(token)
            continue
        if any(token.kind == "atom" for token in sentence):
            if any(token.kind in ("other", "question") for token in sentence):
                raise Unread("The sentence holds words that are not read.")
            if len(sentence) > MAX_TOKENS:
                raise Unread(f"A sentence of more than {MAX_TOKENS} phrases and connectives is not read.")
            found.append(sentence)
        sentence = []
    return found


# -- claims ------------------------------------------------------------------------------------------------------


def _claims_of(
    tokens: Sequence[Token], said: list[tuple[Formula, ...]], table: TruthTable
) -> Iterator[list[Inference]]:
    """The claims of one sentence; `said` is what the step has said before it."""
    kinds = [token.kind for token in tokens]
    if "because" in kinds:
        yield _reasoned(tokens, kinds, said, table)
        return
    if "so" not in kinds:
        yield [Inference(_readings(tokens, table))]
        return
    parts = _split(tokens, lambda token: token.kind == "so")
    first = _trimmed(parts[0])
    cited = [_readings(first, table)] if first else list(said)
    for part in parts[1:]:
        conclusion = _readings(_trimmed(part), table)
        yield [Inference(conclusion, tuple(cited) or None)]
        cited = [conclusion]


def _reasoned(
    tokens: Sequence[Token], kinds: list[str], said: list[tuple[Formula, ...]], table: TruthTable
) -> list[Inference]:
    """The claim of "C because P" or "Because P, C"; of the latter one reading for each place where P may end."""
    if kinds.count("because") > 1:
        raise Unread("A sentence with more than one reason is not read.")
    place = kinds.index("because")
    before = _trimmed([token for token in tokens[:place] if token.kind != "so"])
    after = tokens[place + 1 :]
    if before and "so" in kinds[place:]:
        raise Unread("A sentence with a reason and a consequence is not read.")
    if before:
        reasons = _readings(_trimmed(after), table)
        return [Inference(_readings(before, table), (reasons,))]
    found: list[Inference] = []
    for end in reversed(range(len(after))):  # the last place first: what follows is rather one statement than two
        if after[end].kind in ("comma", "then", "so"):
            reason, conclusion = _trimmed(after[:end]), _trimmed(after[end + 1 :])
            readings = _maybe(reason, table), _maybe(conclusion, table)
            if all(readings):
                found.append(Inference(readings[1], (readings[0],)))
    if not found:
        raise Unread("What follows from the reason is not read.")
    return found


def _maybe(tokens: Sequence[Token], table: TruthTable) -> tuple[Formula, ...]:
    try:
        return _readings(tokens, table)
    except Unread:
        return ()


def _trimmed(tokens: Sequence[Token]) -> Sequence[Token]:
    """Without the commas and "and" at either end: "Ann is tall, and" before a "so"."""
    start, end = 0, len(tokens)
    while start < end and tokens[start].kind in _CLAUSE_ENDS:
        start += 1
    while end > start and tokens[end - 1].kind in _CLAUSE_ENDS:
        end -= 1
    return tokens[start:end]


def _split(tokens: Sequence[Token], is_border: Callable[[Token], bool]) -> list[Sequence[Token]]:
    borders = [place for place, token in enumerate(tokens) if is_border(token)]
    return [
        tokens[start:end] for start, end in zip([0, *(b + 1 for b in borders)], [*borders, len(tokens)], strict=True)
    ]


# -- the readings of a statement ---------------------------------------------------------------------------------


def _readings(tokens: Sequence[Token], table: TruthTable) -> tuple[Formula, ...]:
    found = _Chart(tokens, table).readings(0, len(tokens))
    if not found:
        raise Unread("The sentence is not read.")
    return found


class _Chart:
    """All readings of each stretch of a sentence, found once; readings with the same truth table are the same."""

    def __init__(self, tokens: Sequence[Token], table: TruthTable):
        self.tokens = tokens
        self.kinds = [token.kind for token in tokens]
        self.table = table
        self.known: dict[tuple[int, int], tuple[Formula, ...]] = {}
        self.work = 0
        self.depths = []
        depth = 0
        for kind in self.kinds:
            depth -= kind == "close"
            self.depths.append(depth)
            depth += kind == "open"
            if depth < 0 or depth > MAX_DEPTH:
                raise Unread("The brackets do not match, or nest too deep.")
        if depth:
            raise Unread("A bracket is not closed.")

    def readings(self, start: int, end: int) -> tuple[Formula, ...]:
        """What the tokens from `start` up to `end` may mean; () where that is nothing."""
        while start < end and self.kinds[end - 1] == "comma":
            end -= 1
        if (start, end) not in self.known:
            self.known[start, end] = ()  # nothing reads itself
            self.known[start, end] = self._distinct(self._read(start, end)) if start < end else ()
        return self.known[start, end]

    def _distinct(self, formulas: Iterator[Formula]) -> tuple[Formula, ...]:
        found: dict[int, Formula] = {}
        for formula in formulas:
            self.work += 1
            found.setdefault(self.table.mask(formula), formula)
            if len(found) > MAX_READINGS or self.work > _MAX_WORK:
                raise Unread("The sentence has too many readings.")
        return tuple(found.values())

    def _read(self, start: int, end: int) -> Iterator[Formula]:
        kind = self.kinds[start]
        if end - start == 1:
            if kind == "atom":
                yield self.tokens[start].formula
            return
        if all(token.sign for token in self.tokens[start:end]):  # a formula, with the precedence of its signs
            yield from self._formula(start, end)
            return
        match self.kinds[end - 1]:
            case "not both":
                first = start + (kind == "either")
                for place in self._places(("or",), start, end - 1):
                    yield from (("xor", left, right) for left, right in self._pairs(first, place, end - 1))
            case "mutual":
                yield from (("iff", *f[1:]) for f in self.readings(start, end - 1) if f[0] == "if")
        if kind == "open" and self._closing(start) == end - 1:
            yield from self.readings(start + 1, end - 1)
            return
        if kind in ("at least one", "exactly one"):
            yield from self._listed(start, end)
            return
        # What stands apart first: "if A, then B, and C" is above all two statements.
        for place in self._borders(start, end):
            yield from self._joined(start, place, end)
        yield from self._prefixed(kind, start, end)

    def _formula(self, start: int, end: int) -> Iterator[Formula]:
        try:
            yield parse_formula(" ".join(token.sign for token in self.tokens[start:end]))
        except FormulaError:
            return

    def _closing(self, start: int) -> int:
        """The bracket that closes the one at `start`."""
        place = start + 1
        while self.depths[place] > self.depths[start]:
            place += 1
        return place

    def _places(self, kinds: Collection[str], start: int, end: int) -> list[int]:
        """Where words of some kinds stand within a stretch, but not within brackets, and not as its first."""
        depth = self.depths[start]
        return [p for p in range(start + 1, end) if self.kinds[p] in kinds and self.depths[p] == depth]

    def _borders(self, start: int, end: int) -> list[int]:
        """Where a stretch may fall into two: at its semicolons, where it has any, else at any connective or comma."""
        return self._places(("semicolon",), start, end) or self._places(_INFIX, start, end - 1)

    def _pairs(self, start: int, place: int, end: int) -> Iterator[tuple[Formula, Formula]]:
        left = self.readings(start, place)
        if left:
            yield from product(left, self.readings(place + 1, end))

    def _joined(self, start: int, place: int, end: int) -> Iterator[Formula]:
        """The readings with the connective at `place` as the last to be applied."""
        kind = self.kinds[place]
        for left, right in self._pairs(start, place, end):
            if kind in ("and", "comma") and self.table.mask(left) == self.table.mask(right):
                continue  # "if A, then B, and B" means two statements: nobody says "B and B"
            yield _INFIX[kind](left, right)
            # The commas of a list stand for the word before its last item.
            if kind == "comma" and "or" in self.kinds[place:end]:
                yield joined("or", (left, right))

    def _prefixed(self, kind: str, start: int, end: int) -> Iterator[Formula]:
        """The readings with the word at `start` as the last to be applied."""
        match kind:
            case "not":
                yield from map(negate, self.readings(start + 1, end))
            case "if":
                for place in self._places(("then", "comma"), start, end):
                    if self.kinds[place] == "then" or self.kinds[place + 1] != "then":
                        yield from (("if", left, right) for left, right in self._pairs(start + 1, place, end))
            case "either" | "both" | "neither":
                joint, operator = _PAIRED[kind]
                for place in self._places((joint,), start, end):
                    for left, right in self._pairs(start + 1, place, end):
                        if kind == "neither":
                            left, right = negate(left), negate(right)
                        yield joined(operator, (left, right))

    def _listed(self, start: int, end: int) -> Iterator[Formula]:
        """The reading of "at least one of these is true: A; B; C" or "exactly one of these is true: A; B"."""
        items = _split(self.tokens[start + 1 : end], lambda token: token.kind in _LISTED)
        formulas = [item[0].formula for item in items if len(item) == 1 and item[0].kind == "atom"]
        empty = sum(not item for item in items)  # between a comma and an "and"
        if len(formulas) + empty != len(items) or len(formulas) < 2:
            return
        if self.kinds[start] == "at least one":
            yield joined("or", formulas)
        elif len(formulas) == 2:
            yield ("xor", *formulas)


_PAIRED = {"either": ("or", "or"), "both": ("and", "and"), "neither": ("nor", "and")}
_INFIX: dict[str, Callable[[Formula, Formula], Formula]] = {
    "and": lambda left, right: joined("and", (left, right)),
    "comma": lambda left, right: joined("and", (left, right)),
    "semicolon": lambda left, right: joined("and", (left, right)),
    "or": lambda left, right: joined("or", (left, right)),
    "unless": lambda left, right: joined("or", (left, right)),  # the weaker of its usual meanings
    "implies": lambda left, right: ("if", left, right),
    "iff": lambda left, right: ("iff", left, right),
    "xor": lambda left, right: ("xor", left, right),
    "if": lambda left, right: ("if", right, left),
}
