"""The words of controlled English about propositions: text to tokens, and formulas to sentences.

Each atom is a phrase with a verb that takes "not": "Ann is tall" is denied by "Ann is not tall", "Ann isn't tall",
"Ann cannot be tall" and "it is not true that Ann is tall".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from .propositions import SIGNS, Formula, negate

MAX_CHARS = 2_000
MAX_TOKENS = 60

_AUXILIARIES = frozenset(
    {"is", "are", "was", "were", "am", "can", "will", "would", "has", "have", "had", "does", "do", "did", "should"}
)

# What is said -> its kind of token; "" is left out, as it changes nothing.
_KEYWORDS: Mapping[str, str] = {
    "and": "and", "but": "and", "or": "or", "nor": "nor", "either": "either", "both": "both", "neither": "neither",
    "if": "if", "whenever": "if", "when": "if", "provided that": "if", "then": "then",
    "implies that": "implies", "implies": "implies", "only if": "implies", "means that": "implies",
    "if and only if": "iff", "exactly when": "iff", "exactly if": "iff", "iff": "iff", "unless": "unless",
    "but not both": "not both", "or both": "or both", "not": "not", "xor": "xor",
    "and vice versa": "mutual", "and the other way round": "mutual", "and conversely": "mutual",
    "it is not true that": "not", "it is not the case that": "not", "it is false that": "not",
    "at least one of these is true": "at least one", "at least one of the following holds": "at least one",
    "exactly one of these is true": "exactly one", "exactly one of the following holds": "exactly one",
    "so": "so", "therefore": "so", "thus": "so", "hence": "so", "consequently": "so", "it follows that": "so",
    "which means that": "so", "this means that": "so", "we conclude that": "so", "we can conclude that": "so",
    "because": "because", "since": "because", "as": "because",
    "it is true that": "", "it is known that": "", "it is given that": "", "we know that": "", "we know": "",
    "we are told that": "", "we have": "", "we have that": "", "that": "", "also": "", "indeed": "", "clearly": "",
    "by modus ponens": "", "by modus tollens": "", "by disjunctive syllogism": "", "by hypothetical syllogism": "",
    "by contradiction": "", "by case split": "", "modus ponens": "", "modus tollens": "",
    "first": "", "next": "", "now": "", "finally": "",
    "~": "not", "¬": "not", "!": "not", "&": "and", "∧": "and", "|": "or", "∨": "or", "^": "xor", "⊕": "xor",
    "->": "implies", "→": "implies", "=>": "implies", "⇒": "implies", "<->": "iff", "↔": "iff", "<=>": "iff",
    "⇔": "iff", "∴": "so", "⊢": "so", "|-": "so", ",": "comma", ";": "semicolon", ":": "",
    ".": "stop", "\n": "stop", "?": "question", "(": "open", ")": "close",
}  # fmt: skip
_SIGN_OF = {"not": SIGNS["not"], "and": SIGNS["and"], "or": SIGNS["or"], "implies": SIGNS["if"], "iff": SIGNS["iff"],
            "xor": SIGNS["xor"], "open": "(", "close": ")"}  # fmt: skip

_PIECES = re.compile(r"<->|<=>|->|=>|\|-|!(?=[\w(])|[^\W_]+(?:['-][^\W_]+)*|\n|[^\s*_`\"“”!]")
_LABEL = re.compile(r"\s*(?:step\s*)?\d{1,3}\s*[.:)]\s*", re.I)
_CONTRACTION = re.compile(r"\b(is|are|was|were|would|has|have|had|does|do|did|should)n't\b")
_SHORT_FORMS = (("can't", "can not"), ("cannot", "can not"), ("won't", "will not"))


@dataclass(frozen=True, slots=True)
class Token:
    """A connective, mark or atom; `sign` is how a formula writes it, "" where it is a word.

    `kind` is a value of `_KEYWORDS`, "atom" with its (maybe negated) formula, or "other" for what is not read.
    """

    kind: str
    sign: str = ""
    formula: Formula = ""


def words_of(text: str) -> list[str]:
    """The words and marks of a text in small letters, short forms written out: "isn't" is "is", "not"."""
    text = text.casefold().replace("’", "'")
    if "n't" in text or "cannot" in text:
        for short, full in _SHORT_FORMS:
            text = text.replace(short, full)
        text = _CONTRACTION.sub(r"\1 not", text)
    return _PIECES.findall(text)


_BY_FIRST: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _phrase, _kind in _KEYWORDS.items():
    _key = tuple(_PIECES.findall(_phrase)) or (_phrase,)
    _BY_FIRST.setdefault(_key[0], []).append((_key, _kind))
for _options in _BY_FIRST.values():
    _options.sort(key=lambda option: -len(option[0]))


class Phrases:
    """How the atoms of a problem are said, and read back.

    Args:
        atoms: name in formulas -> phrase, {"a": "Ann is tall"}.

    >>> phrases = Phrases({"a": "Ann is tall", "b": "Ben is kind"})
    >>> phrases.say(("if", "a", ("not", "b")))
    'if Ann is tall, then Ben is not kind'
    >>> [token.kind for token in phrases.tokens("So Ann isn't tall")], phrases.tokens("Ann isn't tall")[0].formula
    (['so', 'atom'], ('not', 'a'))
    """

    def __init__(self, atoms: Mapping[str, str]):
        self.atoms = dict(atoms)
        self._denied: dict[str, str] = {}

    @cached_property
    def _index(self) -> dict[tuple[str, ...], tuple[Formula, int]]:
        """The words of each phrase -> its formula, and how many of the words lead up to the verb and with it."""
        return {
            words: (formula, verb)
            for name, phrase in self.atoms.items()
            for words, formula, verb in _ways_to_say(name, phrase)
        }

    @cached_property
    def _lengths(self) -> dict[str, list[int]]:
        """First word -> the lengths of the phrases that begin with it, longest first."""
        lengths: dict[str, set[int]] = {}
        for words in self._index:
            lengths.setdefault(words[0], set()).add(len(words))
        return {word: sorted(found, reverse=True) for word, found in lengths.items()}

    # -- writing -------------------------------------------------------------------------------------------------

    def say(self, formula: Formula) -> str:
        """A formula in words, without a capital or a full stop; `readings` reads it back.

        Compound parts of a compound stand in brackets, but the condition of an "if … then".
        """
        if isinstance(formula, str):
            return self.atoms[formula]
        operator, *operands = formula
        first = operands[0]
        match operator:
            case "not":
                if not isinstance(first, str):
                    return f"it is not true that ({self.say(first)})"
                if first not in self._denied:
                    self._denied[first] = self.deny(first)
                return self._denied[first]
            case "and" | "or":
                return f" {operator} ".join(self._part(operand) for operand in operands)
            case "if":
                simple = isinstance(first, str) or first[0] in ("not", "and", "or")
                condition = self.say(first) if simple else self._part(first)
                return f"if {condition}, then {self._part(operands[1])}"
            case "iff":
                return f"{self._part(first)} if and only if {self._part(operands[1])}"
        return f"either {self._part(first)} or {self._part(operands[1])}, but not both"

    def _part(self, formula: Formula) -> str:
        text = self.say(formula)
        is_literal = isinstance(formula, str) or (formula[0] == "not" and isinstance(formula[1], str))
        return text if is_literal else f"({text})"

    def deny(self, name: str) -> str:
        """The negation of an atom in words: "Ann is not tall"."""
        words = self.atoms[name].split()
        for place, word in enumerate(words):
            if word.lower() in _AUXILIARIES:
                return " ".join([*words[: place + 1], "not", *words[place + 1 :]])
        return f"it is not true that {self.atoms[name]}"

    # -- reading -------------------------------------------------------------------------------------------------

    def tokens(self, text: str) -> list[Token]:
        """The tokens of a text; "other" stands for a word that is neither a connective nor part of a phrase.

        "Ann is tall or kind" is read as "Ann is tall or Ann is kind", where both are phrases.
        """
        words = words_of(_LABEL.sub("", text, count=1) if _LABEL.match(text) else text)
        found: list[Token] = []
        subject: tuple[str, ...] = ()
        place = 0
        while place < len(words):
            if (atom := self._atom(words, place, subject)) is not None:
                token, place, subject = atom
                found.append(token)
                continue
            kind, length = _keyword(words, place)
            if kind == "or both":  # "A or B, or both": what "or" means anyway
                while found and found[-1].kind == "comma":
                    found.pop()
            elif kind:
                word = words[place]
                found.append(Token(kind, _SIGN_OF.get(kind, "") if not word[0].isalpha() else ""))
            place += length
        return found

    def _atom(
        self, words: list[str], place: int, subject: tuple[str, ...]
    ) -> tuple[Token, int, tuple[str, ...]] | None:
        """The phrase or name that begins at a word, where it ends, and its words up to the verb."""
        for length in self._lengths.get(words[place], ()):
            key = tuple(words[place : place + length])
            if (found := self._index.get(key)) is not None:
                formula, verb = found
                sign = formula if length == 1 and isinstance(formula, str) else ""
                return Token("atom", sign, formula), place + length, key[:verb]
        if not subject or (words[place] in _BY_FIRST and words[place] != "not"):
            return None
        for length in self._lengths[subject[0]]:
            rest = length - len(subject)
            key = (*subject, *words[place : place + rest])
            if rest > 0 and (found := self._index.get(key)) is not None:
                return Token("atom", "", found[0]), place + rest, subject
        return None


def _ways_to_say(name: str, phrase: str) -> list[tuple[tuple[str, ...], Formula, int]]:
    """(words, formula, words up to the verb) of an atom: its name, its phrase, and the phrase denied."""
    ways: list[tuple[tuple[str, ...], Formula, int]] = [((name.casefold(),), name, 0)]
    words = tuple(words_of(phrase))
    if not words:
        return ways
    verb = next((place + 1 for place, word in enumerate(words) if word in _AUXILIARIES), 0)
    ways.append((words, name, verb))
    if verb:
        start, rest = words[:verb], words[verb:]
        ways.append(((*start, "not", *rest), negate(name), verb))
        if start[-1] in ("is", "are"):
            must, never = (*start[:-1], "must", "be"), (*start[:-1], "can", "not", "be")
            ways += [((*must, *rest), name, 0), ((*never, *rest), negate(name), 0)]
            ways.append(((*start[:-1], "must", "not", "be", *rest), negate(name), 0))
    return ways


def _keyword(words: list[str], place: int) -> tuple[str, int]:
    """The kind of the longest keyword that begins at a word, and its length in words."""
    for key, kind in _BY_FIRST.get(words[place], ()):
        if tuple(words[place : place + len(key)]) == key:
            return kind, len(key)
    return "other", 1
