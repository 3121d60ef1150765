"""Reads a word problem back from its text alone.

It knows the sentences of the stories and nothing of how a problem is made. It finds every way to read a question as a
walk through its story and works each out with fractions.
"""

from __future__ import annotations

import re
from fractions import Fraction

from reasoning_gym_ccrl.envs.problems.stories import DISTRACTORS, STORIES

from .problem_tools import number

BY_NAME = {story.name: story for story in STORIES}
ORDINALS = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"]
NUMBER = r"(\d+(?:/\d+)?%?)"


def pattern(text):
    """What a sentence of a story looks like once it is told, numbers and names as named groups."""
    found = re.sub(r"\\\[(\d)\\\]", lambda m: NUMBER.replace("(", f"(?P<number{m[1]}>", 1), re.escape(text))
    for hole in "abn":
        marked = rf"\{{{hole}\}}"
        found = found.replace(marked, rf"(?P<{hole}>\w+)", 1).replace(marked, rf"(?P={hole})")
    return re.compile(found)


def all_texts(wordings):
    return (*wordings.plain, *wordings.rich, *wordings.unseen)


PATTERNS = {
    text: pattern(text)
    for story in STORIES
    for beat in story.beats
    for text in (*all_texts(beat.texts), *all_texts(beat.asks))
} | {text: pattern(text) for story in STORIES for text in (*story.asides, *DISTRACTORS)}


def sentences_of(question):
    return re.findall(r"[^.?]+[.?]", question)


def parts_of(question):
    """The sentences of a story in the order that it happened, and the question."""
    pieces = [piece.strip() for piece in sentences_of(question)]
    numbered = sorted(
        (ORDINALS.index(ordinal), sentence)
        for ordinal, colon, sentence in (piece.partition(": ") for piece in pieces)
        if colon and ordinal in ORDINALS
    )
    if not numbered:
        return pieces[:-1], pieces[-1]
    assert [place for place, _ in numbered] == list(range(len(numbered)))
    told = [sentence for _, sentence in numbered]
    first, last = pieces[0], pieces[-1]
    return told, last if last.partition(": ")[0] not in ORDINALS else first


def read(problem):
    """The answers of every way to read the question as a walk through its story."""
    story = BY_NAME[problem.metadata["story"]]
    sentences, ask = parts_of(problem.question)
    if sentences and sentences[0] == story.opening:
        sentences = sentences[1:]
    useless = (*story.asides, *DISTRACTORS)
    sentences = [s for s in sentences if not any(PATTERNS[text].fullmatch(s) for text in useless)]
    if story.opening and ask == story.opening:  # "Elves grow old. How old ...? First: ..."
        ask = sentences_of(problem.question)[1].strip()
    return set(walks(story, "start", sentences, ask, {}, "", {}))


def walks(story, state, sentences, ask, known, running, cast):
    for beat in story.beats:
        if state not in beat.source.split() or not sentences:
            continue
        for text in dict.fromkeys(all_texts(beat.texts)):
            match = PATTERNS[text].fullmatch(sentences[0])
            names = agreed(cast, match)
            if names is None:
                continue
            values = worked_out(beat, match, known, running)
            if len(sentences) == 1:
                if beat.steps and any(agreed(names, PATTERNS[text].fullmatch(ask)) for text in all_texts(beat.asks)):
                    yield values[last_name(beat)]
            else:
                yield from walks(story, beat.target, sentences[1:], ask, values, last_name(beat), names)


def agreed(cast, match):
    """The names so far with those of this sentence, or None where they contradict each other."""
    if match is None:
        return None
    names = {hole: name for hole, name in match.groupdict().items() if hole in "abn"}
    if any(cast.get(hole, name) != name for hole, name in names.items()):
        return None
    return {**cast, **names} or {"read": "without names"}


def last_name(beat):
    return beat.steps[-1].split(" = ")[0] if beat.steps else beat.givens[-1][0]


def worked_out(beat, match, known, running):
    values = dict(known)
    for index, (name, role) in enumerate(beat.givens):
        values[name] = Fraction(role[1:]) if role[0] == "=" else number(match[f"number{index}"])
    for step in beat.steps:
        name, right_side = step.split(" = ")
        left, operator, right = re.fullmatch(r"(.+) ([-+*/]) (.+)", right_side).groups()
        one, other = (known[running] if operand == "$" else values[operand] for operand in (left, right))
        values[name] = {"+": one + other, "-": one - other, "*": one * other, "/": one / other}[operator]
    return values
