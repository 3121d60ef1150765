"""Numbers in running text: where each stands, what it is worth, and of which kind it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["count", "money", "percent", "fraction", "times"]

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twelfth": 12,
}  # fmt: skip
_TIMES = {"twice": 2, "double": 2, "doubled": 2, "doubles": 2, "thrice": 3, "triple": 3, "tripled": 3, "quadruple": 4}
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000, "dozen": 12}

DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_WORD = "|".join(sorted(_SMALL, key=len, reverse=True))
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_MENTION = re.compile(
    rf"(?P<money>[$£€]\s?)?(?:(?P<whole>\d+)\s+)?(?P<top>{DIGITS})\s?/\s?(?P<bottom>\d+)(?:rds?|ths?)?(?!\d|\.\d)"
    rf"|(?P<money2>[$£€]\s?)?(?P<digits>{DIGITS})(?:(?P<percent>\s?%|\s?percent\b)|(?P<unit>\s(?:{'|'.join(_LARGE)})\b)?)"
    rf"|\b(?P<wordtop>a|{_WORD})?[\s-]?\b(?P<part>{_PART})s?\b(?!-\w)"
    rf"|\b(?P<times>{'|'.join(_TIMES)})\b"
    rf"|\b(?:(?P<words>(?:{_WORD})(?:[\s-](?:{'|'.join(_UNITS[1:10])}))?(?:\s(?:{'|'.join(_LARGE)}))*)"
    rf"|(?P<article>an?\s)?(?P<large>{'|'.join(_LARGE)}))\b(?P<wordpercent>\spercent\b)?",
    re.IGNORECASE,
)
_TIMES_AFTER = re.compile(r"\s*(?:times|x)\b", re.IGNORECASE)
_MONEY_AFTER = re.compile(r"\s*(?:(?:dollars?|cents?)\b|[$£€](?!\s?\d))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A number in a text: `text[start:end]`, the sign before and the percent sign after it included.

    `value` is that of a percentage as a part of one: 1/5 for "20%".
    """

    start: int
    end: int
    value: Fraction
    kind: Kind


def mentions_in(text: str) -> list[Mention]:
    """The numbers of a text in order, in digits or in words; ordinals such as "the third day" are none.

    >>> [(m.kind, str(m.value)) for m in mentions_in("She sold 1,200 eggs, half of them for $3.50, 20% more than two.")]
    [('count', '1200'), ('fraction', '1/2'), ('money', '7/2'), ('percent', '1/5'), ('count', '2')]
    """
    return [mention for match in _MENTION.finditer(text) if (mention := _read(match, text)) is not None]


def _read(match: re.Match[str], text: str) -> Mention | None:
    start, end = match.start(), match.end()
    start += len(match.group()) - len(match.group().lstrip(" -"))
    kind: Kind = "count"
    found = match.groupdict()
    if found["top"]:
        bottom = int(found["bottom"])
        if not bottom:
            return None
        value = _number(found["top"]) / bottom + int(found["whole"] or 0)
        kind = "money" if found["money"] else "fraction"
    elif found["digits"]:
        value = _number(found["digits"])
        if found["unit"]:
            value *= _LARGE[found["unit"].strip().lower()]
        if found["percent"]:
            value, kind = value / 100, "percent"
        elif found["money2"]:
            kind = "money"
    elif found["part"]:
        top = (found["wordtop"] or "").lower()
        if not top and found["part"].lower() not in ("half", "quarter"):
            return None  # an ordinal
        value, kind = Fraction(_SMALL.get(top, 1), _PARTS[found["part"].lower()]), "fraction"
    elif found["times"]:
        value, kind = Fraction(_TIMES[found["times"].lower()]), "times"
    else:
        value = Fraction(_in_words(found["words"] or found["large"]))
        if found["wordpercent"]:
            value, kind = value / 100, "percent"
    if kind == "count" and _TIMES_AFTER.match(text, end):
        kind = "times"
    elif kind == "count" and _MONEY_AFTER.match(text, end):
        kind = "money"
    return Mention(start, end, value, kind)


def _number(digits: str) -> Fraction:
    return Fraction(digits.replace(",", ""))


def _in_words(text: str) -> int:
    total = 0
    for word in re.split(r"[\s-]+", text.lower()):
        total = max(total, 1) * _LARGE[word] if word in _LARGE else total + _SMALL[word]
    return total
