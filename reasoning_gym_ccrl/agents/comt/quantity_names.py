"""Names for the numbers of a text, taken from the words around them; no language model.

"Mary had 89 stickers in May" names its number "stickers Mary had in May": the noun, and the rest of the clause as what
is said of it. "Each cookie costs $1.25" gives "cost of each cookie", "The total cost of cookies is $5" the subject
itself, "4 shirts at $15 each" a "price of each shirt", "20% of his money" a "percentage of his money".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .number_mentions import Mention
from .phrase_words import (
    ABSTRACT,
    ADVERBS,
    AUXILIARIES,
    COMPARATIVES,
    CONJUNCTIONS,
    COPULAS,
    COSTS,
    DETERMINERS,
    FILLERS,
    NOUN_ENDS,
    OPENERS,
    POSSESSIVES,
    PREPOSITIONS,
    PRONOUNS,
    VERBS,
    WEIGHS,
    singular,
    words_in,
)
from .phrases import (
    Surroundings,
    counted_noun,
    ended,
    has_verb,
    is_finite,
    opened,
    phrase_length,
    stripped,
    subject_of,
    surroundings,
    tidy,
)

_OPERATOR = re.compile(r"\s[-+*/×÷−–=]\s|[+*×÷=]")
_AGES = frozenset({"turn", "turns", "turned", "aged"})
_NO_MONEY = words_in(
    "number age length width area volume perimeter time distance speed weight height size depth temperature score "
    "population capacity count duration quantity diameter radius circumference"
)
_EMPTY_SUBJECTS = frozenset({"there", "this", "that", "it", "which", "that's", "here", "these", "what", "she", "he"})


def name_of_mention(text: str, mention: Mention, mentions: Sequence[Mention], noun: str = "") -> str:
    """The name of a number by the words around it, "" where they give none.

    Args:
        text: prose.
        mention: the number.
        mentions: all numbers of the text.
        noun: what is counted where the text leaves the noun out, as in "He gave 12 to his brother".
    """
    around = surroundings(text, mention, mentions)
    if _OPERATOR.search(around.text):
        return ""
    before, near = opened(around.before), around.near
    if around.cut and near[:1] and near[0].lower() == "of":
        return ""  # the whole of a part, "a third of the 90 eggs": the clause is about the part
    if around.cut and (own := _own_clause(near)):
        if own[-1].lower() in COPULAS and around.previous is not None:
            own = _whole_subject(around, own)
        before, around = own, replace(around, cut=False)
    if set(w.lower() for w in before) & {"how", "what"}:  # asked, not told
        before, near = [], []
    asked = next((i for i, word in enumerate(around.after) if word.lower() in ("how", "what")), len(around.after))
    after = ended(around.after[:asked])
    if mention.kind == "percent":
        return _percentage(before, near, after)
    if mention.kind in ("fraction", "times"):
        return _part(mention, before, after)
    if after[:1] and after[0].lower() in ("year", "years", "yr") and "old" in [w.lower() for w in after[1:2]]:
        return tidy(["age", "of", *subject_of(before)], after[2:])
    if after[:1] and after[0].lower() in ("more", "less", "fewer", "extra", "additional") and mention.kind == "money":
        after = after[1:] if len(after) > 1 and after[1].lower() in ("dollars", "money") else after
    if before and before[-1].lower() in _AGES and mention.kind == "count":
        return tidy(["age", "of", *subject_of(before[:-1])], [])
    if mention.kind == "money":
        if after[:1] and after[0].lower() in ("more", "less", "fewer", "cheaper") and before and not around.cut:
            return tidy(["dollars", *before], after)
        if price := _price(near, after):
            return price
        if valued := _valued(before, around, after):
            return valued
    return _clause_name(mention, before, around, after, noun)


def _valued(before: list[str], around: Surroundings, after: list[str]) -> str:
    """As in "discount he got" for "He got a $5 discount", or "value of each bill" for "$10 bills"; else ""."""
    size = phrase_length(after)
    if (
        not size
        or after[0].lower() in ("dollars", "dollar", "cents", "cent", "more", "bonus")
        or after[0].lower() in ADVERBS
    ):
        return ""
    thing, rest = after[:size], after[size:]
    if thing[0].lower().endswith("ing"):
        return ""
    if thing[-1].lower().endswith("s") and singular(thing[-1]) != thing[-1] and "of" not in thing:
        return tidy(["value", "of", "each", *thing[:-1], singular(thing[-1])], [])
    if not {word.lower() for word in thing} & ABSTRACT:
        thing = ["value", "of", *thing]
    return tidy([*thing, *([] if around.cut else _reduced(before))], rest)


def _clause_name(mention: Mention, before: list[str], around: Surroundings, after: list[str], noun: str) -> str:
    counted, rest = counted_noun(after, mention, noun)
    before = _without_there(before)
    verb = before[-1].lower() if before else ""
    if around.cut and before:
        verb = ""  # another number is the object of it
        before = stripped(before)
    if verb in COSTS | WEIGHS:
        return tidy(["cost" if verb in COSTS else "weight", "of", *subject_of(before[:-1])], _rate(rest or after))
    if verb in COPULAS:
        return _of_subject(before[:-1], counted, rest, verb)
    if not counted:
        return ""
    if not has_verb(before) and (around.cut or (before[:1] and before[0].lower() not in PREPOSITIONS)):
        before = []
    if rest[:1] and rest[0].lower() == "of" and len(rest) > 1 and rest[1].lower() in PRONOUNS:
        rest = rest[2:]
    if before and before[0].lower() in VERBS | {"them", "him", "her", "us", "me"} - POSSESSIVES:
        before = []  # a verb without its subject
    if not before and rest and is_finite(rest[0]):
        rest = ["that", *rest]
    if sum(word.lower() in VERBS - AUXILIARIES for word in before) > 2 or len(before) > 10:
        before = []
    return tidy([*counted, *before], rest)


def _whole_subject(around: Surroundings, own: list[str]) -> list[str]:
    """The subject of "twice the width is 8" is a multiple, that of "the apples in one basket are 8" begins before."""
    kind = around.previous.kind if around.previous else "count"
    if kind != "count":
        whole = ["multiple" if kind == "times" else "part", "of", *own]
        return whole if not around.before or around.before[0].lower() in OPENERS else own
    before = opened(around.before)
    return [*before, *around.near] if {word.lower() for word in before} & ABSTRACT else own


def _own_clause(near: list[str]) -> list[str]:
    """The clause after another number, from its subject on: "years the amount at the bank is" -> "the amount …"."""
    for index, word in enumerate(near):
        lower = word.lower()
        if lower in (PRONOUNS | DETERMINERS) - CONJUNCTIONS - {"each", "every", "them", "him", "all"} or (
            word[0].isupper() and index and lower not in OPENERS
        ):
            clause = stripped(near[index:], FILLERS)
            return clause if has_verb(clause) else []
    return stripped(near, FILLERS) if _is_clause(near) else []


def _is_clause(words: list[str]) -> bool:
    """A noun and the verb right before the number: "chickens laid"."""
    return 2 <= len(words) <= 4 and words[-1].lower() in VERBS and words[0].lower() not in VERBS | PREPOSITIONS


def _without_there(before: list[str]) -> list[str]:
    """As "excluding him there are" counts as "there are", what comes before is left out."""
    lowered = [word.lower() for word in before]
    return before[lowered.index("there") :] if "there" in lowered else before


def _of_subject(before: list[str], counted: list[str], rest: list[str], verb: str) -> str:
    """The name where the number is said to be something: "total cost" or "square feet of the house"."""
    subject = subject_of(before)
    heads = [word.lower() for word in subject]
    until = next((i for i, word in enumerate(heads) if word in PREPOSITIONS | {"of"} | (VERBS - ABSTRACT)), len(heads))
    head = heads[:until][-1:] or [""]
    if not subject or (heads[-1] in _EMPTY_SUBJECTS and len(heads) == 1) or heads[0] == "there":
        return tidy(counted, rest) if counted else ""
    if counted and rest and rest[0].lower() in COMPARATIVES and verb in ("is", "are", "was", "were", "be"):
        return tidy([*counted, *before, verb], rest)
    if heads[0] in ("multiple", "part"):
        return tidy(subject, [])
    amounts = ABSTRACT - _NO_MONEY if counted == ["dollars"] else ABSTRACT
    if head[0] in amounts or set(heads[:until]) & amounts:
        return tidy(subject, _rate(rest))
    if not counted or (counted == ["number"]):
        return tidy(subject, rest)
    if has_verb(subject):
        return tidy([*counted, *subject], rest)
    if counted == ["dollars"]:
        return tidy(["price", "of", *(subject[1:] if heads[0] in ("a", "an", "the") else subject)], rest)
    if any(word.lower() == heads[-1] for word in counted):
        return tidy(subject, rest)
    return tidy([*counted, "of", *subject], rest)


def _percentage(before: list[str], near: list[str], after: list[str]) -> str:
    lowered = [word.lower() for word in after]
    if lowered[:1] == ["of"]:
        until = next((i for i, w in enumerate(lowered[1:], 1) if w in VERBS | PREPOSITIONS | CONJUNCTIONS), len(after))
        return tidy(["percentage", *after[:until], *_reduced(before)], after[until:])
    if lowered[:1] and (lowered[0] in NOUN_ENDS or lowered[0] in ("off", "more", "less", "discount")):
        return tidy(["percentage"], after)
    counted, rest = counted_noun(after, None, "")
    if counted and counted != ["number"]:
        return tidy([*counted, "percentage"], rest)
    return tidy(["percentage", *_reduced(before or near)], after)


def _part(mention: Mention, before: list[str], after: list[str]) -> str:
    lowered = [word.lower() for word in after]
    if mention.kind == "times" or lowered[:1] == ["as"]:
        if lowered[:1] in (["times"], ["x"]):
            after, lowered = after[1:], lowered[1:]
        if lowered[:1] in (["as"], ["more"], ["the"], ["that"], ["this"], ["her"], ["his"], ["their"]):
            return tidy(["times"], after)
        return tidy(["number", "of", "times", *_reduced(before)], after)
    if lowered[:1] in (["of"], ["the"], ["a"], ["an"], ["that"], ["this"], ["his"], ["her"], ["their"], ["its"]):
        if lowered[0] != "of":
            after, lowered = ["of", *after], ["of", *lowered]
        until = next((i for i, w in enumerate(lowered[1:], 1) if w in VERBS | PREPOSITIONS | CONJUNCTIONS), len(after))
        return tidy(["fraction", *after[:until], *_reduced(before)], after[until:])
    counted, rest = counted_noun(after, mention, "")
    if counted and counted != ["number"]:
        return tidy([*counted, *_reduced(before)], rest)
    return tidy(["fraction", *_reduced(before)], after)


def _price(near: list[str], after: list[str]) -> str:
    """As "price of each shirt" where the words before are "shirts at", or "a hat for"."""
    words = list(near)
    while words and words[-1].lower() in FILLERS and len(words) > 1:
        words.pop()
    if len(words) < 2 or words[-1].lower() not in ("at", "for", "cost", "costs", "costing", "worth"):
        return ""
    body = words[:-1]
    while body and body[-1].lower() in ("that", "which", "each", "priced", "sold", "valued", "them", "were", "are"):
        body.pop()
    start = next((i for i in range(len(body) - 1, -1, -1) if body[i].lower() in NOUN_ENDS - {"a", "an"}), -1) + 1
    thing = [word for word in body[start:] if word.lower() not in DETERMINERS]
    if thing[:1] == ["of"]:
        thing = thing[1:]
    if not thing or len(thing) > 4:
        return ""
    lowered = [word.lower() for word in after]
    if words[-2].lower() == "each" or (lowered[:1] and lowered[0] in ("each", "apiece", "per", "a", "an")):
        if lowered[:1] and lowered[0] in ("per", "a", "an") and len(after) > 1:
            return tidy(["price", "of", *thing, "per", singular(after[1])], [])
        return tidy(["price", "of", "each", *thing[:-1], singular(thing[-1])], [])
    return tidy(["price", "of", *thing], [])


def _reduced(before: list[str]) -> list[str]:
    """A clause with a verb, which can follow the noun that it is about."""
    return before if has_verb(before) else []


def _rate(rest: list[str]) -> list[str]:
    """What says for what, per what, or when."""
    return rest if rest[:1] and rest[0].lower() in ("per", "for", "in", "after", "before", "left", "a", "an") else []
