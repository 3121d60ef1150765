"""Recurrences of one or two terms in words."""

from __future__ import annotations

from . import sequence_parts as parts
from .sequence_parts import Progression
from .sketches import Wording

RECURRENCES: dict[str, Progression] = {
    "two terms": Progression(
        parts.two_terms,
        tuple(range(2, 9)),
        parts.two_term_lines,
        Wording(
            seen=(
                "A sequence starts with {first term} and {second term}, and each further term is the sum of the two "
                "before it.|What is its {place th} term?",
                "The first two terms of a sequence are {first term} and {second term}; every later term is the sum of "
                "the two terms before it.|Find the {place th} term.",
                "In a sequence that begins {first term}, {second term}, …, each term from the third on is the sum of "
                "its two predecessors.|Which number is the {place th} term?",
                "As in the Fibonacci sequence, each term is the sum of the two before it, but the sequence starts "
                "with {first term} and {second term}.|What is the {place th} term?",
            ),
            unseen=(
                "Write down {first term} and {second term}, then again and again the sum of the last two "
                "numbers.|Which number is the {place th} one on the paper?",
                "Work out term number {place} of a sequence with the first terms {first term} and {second term} in "
                "which two neighbours always add up to the number after them.",
            ),
            turned=(
                "What is the {place th} term of a sequence that starts with {first term} and {second term} and in "
                "which each further term is the sum of the two before it?",
                "Find the {place th} term of the sequence {first term}, {second term}, …, in which each term from the "
                "third on is the sum of its two predecessors.",
            ),
        ),
        Wording(
            seen=(
                "A sequence starts with {first term} and {second term}, each further term is the sum of the two "
                "before it, and {letter} is its {place th} term.",
                "Let {letter} be the {place th} term of the sequence that starts with {first term} and {second term} "
                "and in which each further term is the sum of the two before it.",
            ),
            unseen=(
                "Write down {first term} and {second term}, then again and again the sum of the last two numbers, and "
                "call the {place th} number on the paper {letter}.",
            ),
        ),
    ),
    "weighted": Progression(
        parts.weighted,
        tuple(range(2, 8)),
        parts.weighted_lines,
        Wording(
            seen=(
                "A sequence starts with {first term} and {second term}, and each further term is {factor} times the "
                "term before it, plus the term before that.|What is its {place th} term?",
                "The first terms of a sequence are {first term} and {second term}; to get the next one, the last term "
                "is multiplied by {factor} and the last but one is added.|Find the {place th} term.",
                "In a sequence that begins {first term}, {second term}, …, each term from the third on is {factor} "
                "times its predecessor plus the predecessor of that.|Which number is the {place th} term?",
                "Terms number one and two of a sequence are {first term} and {second term}. Each later term is "
                "{factor} times the term before it, plus the term before that.|What is the {place th} term?",
            ),
            unseen=(
                "Write down {first term} and {second term}, then again and again {factor} times the last number plus "
                "the number before it.|Which number is the {place th} one on the paper?",
                "Work out term number {place} of a sequence with the first terms {first term} and {second term} and "
                "the rule: new term = {factor} * last term + last but one.",
            ),
            turned=(
                "Each term of a sequence is {factor} times the term before it, plus the term before that; the first "
                "terms are {first term} and {second term}.|What is its {place th} term?",
                "What is the {place th} term of the sequence {first term}, {second term}, …, in which each further "
                "term is {factor} times the term before it, plus the term before that?",
            ),
        ),
        Wording(
            seen=(
                "A sequence starts with {first term} and {second term}, each further term is {factor} times the term "
                "before it, plus the term before that, and {letter} is its {place th} term.",
                "Let {letter} be the {place th} term of the sequence that starts with {first term} and {second term} "
                "and in which each further term is {factor} times the term before it, plus the term before that.",
            ),
            unseen=(
                "Write down {first term} and {second term}, then again and again {factor} times the last number plus "
                "the number before it, and call the {place th} number on the paper {letter}.",
            ),
        ),
    ),
    "one term": Progression(
        parts.one_term,
        tuple(range(2, 8)),
        parts.one_term_lines,
        Wording(
            seen=(
                "A sequence starts with {first term}, and each further term is {factor} times the term before it, "
                "plus {addend}.|What is its {place th} term?",
                "The first term of a sequence is {first term}; to get the next term, multiply by {factor} and add "
                "{addend}.|Find the {place th} term.",
                "In a sequence with first term {first term}, each term from the second on is {factor} times its "
                "predecessor plus {addend}.|Which number is the {place th} term?",
                "A sequence begins with {first term}, and the rule for the next term is: times {factor}, plus "
                "{addend}.|What is the {place th} term?",
            ),
            unseen=(
                "Write down {first term}, then again and again {factor} times the last number plus {addend}.|Which "
                "number is the {place th} one on the paper?",
                "Work out term number {place} of a sequence with the first term {first term} and the rule: new term = "
                "{factor} * last term + {addend}.",
            ),
            turned=(
                "Each term of a sequence is {factor} times the term before it, plus {addend}; the first term is "
                "{first term}.|What is its {place th} term?",
                "What is the {place th} term of a sequence that starts with {first term} and in which each further "
                "term is {factor} times the term before it, plus {addend}?",
            ),
        ),
        Wording(
            seen=(
                "A sequence starts with {first term}, each further term is {factor} times the term before it, plus "
                "{addend}, and {letter} is its {place th} term.",
                "Let {letter} be the {place th} term of the sequence that starts with {first term} and in which each "
                "further term is {factor} times the term before it, plus {addend}.",
            ),
            unseen=(
                "Write down {first term}, then again and again {factor} times the last number plus {addend}, and call "
                "the {place th} number on the paper {letter}.",
            ),
        ),
    ),
}  # fmt: skip
