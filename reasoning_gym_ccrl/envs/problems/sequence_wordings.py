"""Sequences in words: bare ones, each with the steps to what is asked."""

from __future__ import annotations

from . import sequence_parts as parts
from .sequence_parts import Progression, fixed
from .sketches import Pools, Wording

POOLS: Pools = {
    "person": (
        ("Tom", "Ann", "Sam", "Eva", "Leo", "Mia", "Ben", "Zoe", "Max", "Ida"),
        ("Noor", "Otto", "Yuki", "Pavel", "Carmen", "Hugo", "Selma", "Kofi"),
    ),
    "thing": (
        ("stamps", "shells", "coins", "cards", "marbles", "books"),
        ("badges", "pebbles", "magnets", "postcards", "feathers", "puzzles"),
    ),
    "hall": (("theatre", "cinema", "lecture hall", "stadium"), ("circus", "town hall", "chapel", "gymnasium")),
    "being": (("bacteria", "cells", "algae", "germs"), ("microbes", "spores", "mites", "amoebas")),
    "fish": (("carp", "trout", "perch", "pike"), ("salmon", "tench", "bream", "roach")),
}

SEQUENCE_DISTRACTORS = (
    "{person} wrote this down {number} days ago.",
    "On the same page stands the number {number}.",
    "{person} needed {number} seconds to read this.",
)
STORY_DISTRACTORS = (
    "An aunt of {person} is {number} years old.",
    "The town where {person} lives is {number} km from the sea.",
    "Last summer {person} travelled for {number} days.",
)

ARITHMETIC: dict[str, Progression] = {
    "missing term": Progression(
        parts.between_terms,
        (1,),
        fixed("middle term = (earlier term + later term) / number of ends"),
        Wording(
            seen=(
                "In an arithmetic sequence a term is missing: {earlier term}, ?, {later term}.|What is the missing "
                "term?",
                "The numbers {earlier term}, x and {later term} follow each other in an arithmetic sequence.|What is "
                "x?",
                "Which number must stand between {earlier term} and {later term} so that the three are in arithmetic "
                "progression?",
                "Find the term between {earlier term} and {later term} in an arithmetic sequence, if it is the only "
                "one between them.",
            ),
            unseen=(
                "A blot covers the middle one of the neighbours {earlier term}, __ and {later term} in an arithmetic "
                "sequence.|Which number is under it?",
                "From {earlier term} a sequence gets to {later term} by a pair of equal steps.|Where is it after the "
                "first of them?",
            ),
            turned=(
                "The number {later term} comes right after x, and x right after {earlier term}, in an arithmetic "
                "sequence.|What is x?",
                "Going down in equal steps, an arithmetic sequence has the neighbours {later term}, x and {earlier "
                "term}.|What is x?",
            ),
        ),
    ),
    "following term": Progression(
        parts.listed(parts.given_step),
        (2,),
        fixed(parts.LISTED, "following term = second term + difference"),
        Wording(
            seen=(
                "An arithmetic sequence begins {first term}, {second term}, …|What is the term that follows?",
                "The first terms of an arithmetic sequence are {first term} and {second term}.|Find the next term.",
                "{first term}, {second term}, ? are the first terms of an arithmetic sequence.|Which number comes "
                "next?",
                "In an arithmetic sequence {first term} is followed by {second term}.|Which number follows {second "
                "term}?",
            ),
            unseen=(
                "Steps of equal size lead from {first term} to {second term} and on.|Which number does the next step "
                "lead to?",
                "Continue the arithmetic progression {first term}, {second term} by a single term.|What is that term?",
            ),
            turned=(
                "In an arithmetic sequence {second term} comes right after {first term}.|Which number comes after it?",
                "Which number follows {second term} in an arithmetic sequence if {first term} stands right before "
                "{second term}?",
            ),
        ),
        many=False,
    ),
    "term": Progression(
        parts.given_term,
        (3,),
        fixed(*parts.TERM),
        Wording(
            seen=(
                "An arithmetic sequence starts with {first term} and has the common difference {difference}.|What is "
                "its {place th} term?",
                "The first term of an arithmetic sequence is {first term}, and its common difference is "
                "{difference}.|Find the {place th} term.",
                "In an arithmetic sequence with first term {first term} and common difference {difference}, what is "
                "the {place th} term?",
                "A sequence begins with {first term}, and each term is the one before it plus ({difference}).|Which "
                "number is its {place th} term?",
            ),
            unseen=(
                "Start at {first term} and keep adding ({difference}).|Which number is in the {place th} place, if "
                "the start is in the first place?",
                "Work out term number {place} of the arithmetic progression that has the first term {first term} and "
                "the difference {difference}.",
            ),
            turned=(
                "What is the {place th} term of an arithmetic sequence with common difference {difference} and first "
                "term {first term}?",
                "An arithmetic sequence has the common difference {difference} and starts with {first term}.|What is "
                "its {place th} term?",
            ),
        ),
        Wording(
            seen=(
                "Let {letter} be the {place th} term of the arithmetic sequence with first term {first term} and "
                "common difference {difference}.",
                "The number {letter} is the {place th} term of the arithmetic sequence that starts with {first term} "
                "and has the common difference {difference}.",
            ),
            unseen=(
                "Start at {first term}, keep adding ({difference}), and call the number in the {place th} place "
                "{letter}, the start being in the first place.",
            ),
        ),
    ),
    "listed term": Progression(
        parts.listed(parts.given_term),
        (4,),
        fixed(parts.LISTED, *parts.TERM),
        Wording(
            seen=(
                "An arithmetic sequence begins {first term}, {second term}, …|What is its {place th} term?",
                "The first terms of an arithmetic sequence are {first term} and {second term}.|Find the {place th} "
                "term.",
                "{first term}, {second term}, … is an arithmetic sequence.|Which number is its {place th} term?",
                "In the arithmetic sequence {first term}, {second term}, …, what is the {place th} term?",
            ),
            unseen=(
                "Steps of equal size lead from {first term} to {second term} and on.|Which number is in the {place "
                "th} place, if {first term} is in the first?",
                "Work out term number {place} of the arithmetic progression {first term}, {second term}, and so on.",
            ),
            turned=(
                "What is the {place th} term of the arithmetic sequence {first term}, {second term}, …?",
                "Find term number {place} of an arithmetic sequence that begins with {first term} and {second term}.",
            ),
        ),
        Wording(
            seen=(
                "Let {letter} be the {place th} term of the arithmetic sequence {first term}, {second term}, …",
                "The number {letter} is the {place th} term of the arithmetic sequence that begins {first term}, "
                "{second term}, …",
            ),
            unseen=("Call term number {place} of the arithmetic progression {first term}, {second term}, … {letter}.",),
        ),
    ),
    "sum": Progression(
        parts.given_sum,
        (5,),
        fixed(*parts.SUM),
        Wording(
            seen=(
                "An arithmetic sequence starts with {first term} and has the common difference {difference}.|What is "
                "the sum of its first {count} terms?",
                "The first term of an arithmetic sequence is {first term}, and its common difference is "
                "{difference}.|Find the sum of the first {count} terms.",
                "In an arithmetic sequence with first term {first term} and common difference {difference}, what do "
                "the first {count} terms add up to?",
                "A sequence begins with {first term}, and each term is {difference} more than the one before it.|What "
                "is the sum of its first {count} terms?",
            ),
            unseen=(
                "Start at {first term}, keep adding {difference} until there are {count} numbers, the start "
                "included.|What is their total?",
                "Work out the arithmetic series of {count} terms that has the first term {first term} and the "
                "difference {difference}.",
            ),
            turned=(
                "What is the sum of the first {count} terms of an arithmetic sequence with common difference "
                "{difference} and first term {first term}?",
                "An arithmetic sequence has the common difference {difference} and starts with {first term}.|What do "
                "its first {count} terms add up to?",
            ),
        ),
        Wording(
            seen=(
                "Let {letter} be the sum of the first {count} terms of the arithmetic sequence with first term {first "
                "term} and common difference {difference}.",
                "The number {letter} is the sum of the first {count} terms of the arithmetic sequence that starts "
                "with {first term} and has the common difference {difference}.",
            ),
            unseen=(
                "Start at {first term}, keep adding {difference} until there are {count} numbers, the start included, "
                "and call their total {letter}.",
            ),
        ),
    ),
    "listed sum": Progression(
        parts.listed(parts.given_sum),
        (6,),
        fixed(parts.LISTED, *parts.SUM),
        Wording(
            seen=(
                "An arithmetic sequence begins {first term}, {second term}, …|What is the sum of its first {count} "
                "terms?",
                "The first terms of an arithmetic sequence are {first term} and {second term}.|Find the sum of the "
                "first {count} terms.",
                "{first term}, {second term}, … is an arithmetic sequence.|What do its first {count} terms add up to?",
                "In the arithmetic sequence {first term}, {second term}, …, how large is the sum of the first {count} "
                "terms?",
            ),
            unseen=(
                "Steps of equal size lead from {first term} to {second term} and on, until there are {count} "
                "numbers.|What is their total?",
                "Work out the arithmetic series {first term} + {second term} + … with {count} terms.",
            ),
            turned=(
                "What is the sum of the first {count} terms of the arithmetic sequence {first term}, {second term}, …?",
                "Add the first {count} terms of an arithmetic sequence that begins with {first term} and {second "
                "term}.|How much is that?",
            ),
        ),
    ),
    "place": Progression(
        parts.given_place,
        (3,),
        fixed(*parts.PLACE),
        Wording(
            seen=(
                "An arithmetic sequence starts with {first term} and has the common difference {difference}.|At which "
                "place is the term {term}?",
                "The first term of an arithmetic sequence is {first term}, and its common difference is {difference}."
                "|For which n is {term} the nth term?",
                "In an arithmetic sequence with first term {first term} and common difference {difference}, which "
                "place does {term} have?",
                "A sequence begins with {first term}, and each term is {difference} more than the one before it.|How "
                "many terms are there up to and including {term}?",
            ),
            unseen=(
                "Start at {first term} and keep adding {difference}.|In which place does {term} turn up, if the start "
                "is in the first?",
                "Work out the number n for which term number n of the arithmetic progression with first term {first "
                "term} and difference {difference} is {term}.",
            ),
            turned=(
                "Which place does {term} have in an arithmetic sequence with first term {first term} and common "
                "difference {difference}?",
                "An arithmetic sequence has the common difference {difference} and starts with {first term}.|At which "
                "place is the term {term}?",
            ),
        ),
    ),
    "listed place": Progression(
        parts.listed(parts.given_place),
        (4,),
        fixed(parts.LISTED, *parts.PLACE),
        Wording(
            seen=(
                "An arithmetic sequence begins {first term}, {second term}, …|At which place is the term {term}?",
                "The first terms of an arithmetic sequence are {first term} and {second term}.|Which place does "
                "{term} have?",
                "{first term}, {second term}, …, {term} is an arithmetic sequence.|How many terms does it have?",
                "In the arithmetic sequence {first term}, {second term}, …, how many terms are there up to and "
                "including {term}?",
            ),
            unseen=(
                "Steps of equal size lead from {first term} to {second term} and on.|In which place is {term}, if "
                "{first term} is in the first?",
                "Work out how many numbers the arithmetic progression {first term}, {second term}, …, {term} has.",
            ),
            turned=(
                "Which place does {term} have in the arithmetic sequence {first term}, {second term}, …?",
                "The number {term} is a term of the arithmetic sequence {first term}, {second term}, …|At which place "
                "is it?",
            ),
        ),
    ),
    "common difference": Progression(
        parts.apart,
        (3,),
        fixed(*parts.APART),
        Wording(
            seen=(
                "In an arithmetic sequence the {earlier place th} term is {earlier term} and the {later place th} "
                "term is {later term}.|What is the common difference?",
                "The {earlier place th} term of an arithmetic sequence is {earlier term}, its {later place th} term "
                "is {later term}.|Find the common difference.",
                "An arithmetic sequence has {earlier term} as its {earlier place th} term and {later term} as its "
                "{later place th} term.|By how much does each term exceed the one before it?",
                "Term number {earlier place} of an arithmetic sequence is {earlier term}, and term number {later "
                "place} is {later term}.|What is the difference of neighbouring terms?",
            ),
            unseen=(
                "Steps of equal size lead to {earlier term} in the {earlier place th} place and to {later term} in "
                "the {later place th} place.|How large is a step?",
                "Work out the common difference of an arithmetic progression with {earlier term} in place {earlier "
                "place} and {later term} in place {later place}.",
            ),
            turned=(
                "In an arithmetic sequence the {later place th} term is {later term} and the {earlier place th} term "
                "is {earlier term}.|What is the common difference?",
                "Term number {later place} of an arithmetic sequence is {later term}, and term number {earlier place} "
                "is {earlier term}.|What is the difference of neighbouring terms?",
            ),
        ),
    ),
    "first from two": Progression(
        parts.apart,
        (6,),
        fixed(
            *parts.APART,
            "jumps = earlier place - first place",
            "drop = jumps * difference",
            "first term = earlier term - drop",
        ),
        Wording(
            seen=(
                "In an arithmetic sequence the {earlier place th} term is {earlier term} and the {later place th} "
                "term is {later term}.|What is the first term?",
                "The {earlier place th} term of an arithmetic sequence is {earlier term}, its {later place th} term "
                "is {later term}.|Find its first term.",
                "An arithmetic sequence has {earlier term} as its {earlier place th} term and {later term} as its "
                "{later place th} term.|Which number does it start with?",
                "Term number {earlier place} of an arithmetic sequence is {earlier term}, and term number {later "
                "place} is {later term}.|What was its first term?",
            ),
            unseen=(
                "Steps of equal size lead to {earlier term} in the {earlier place th} place and to {later term} in "
                "the {later place th} place.|Where did they start, in the first place?",
                "Work out the first term of an arithmetic progression with {earlier term} in place {earlier place} "
                "and {later term} in place {later place}.",
            ),
            turned=(
                "In an arithmetic sequence the {later place th} term is {later term} and the {earlier place th} term "
                "is {earlier term}.|What is the first term?",
                "Term number {later place} of an arithmetic sequence is {later term}, and term number {earlier place} "
                "is {earlier term}.|What was its first term?",
            ),
        ),
    ),
    "term from two": Progression(
        parts.apart_term,
        (6,),
        fixed(
            *parts.APART,
            "jumps = place - later place",
            "growth = jumps * difference",
            "term = later term + growth",
        ),
        Wording(
            seen=(
                "In an arithmetic sequence the {earlier place th} term is {earlier term} and the {later place th} "
                "term is {later term}.|What is the {place th} term?",
                "The {earlier place th} term of an arithmetic sequence is {earlier term}, its {later place th} term "
                "is {later term}.|Find its {place th} term.",
                "An arithmetic sequence has {earlier term} as its {earlier place th} term and {later term} as its "
                "{later place th} term.|Which number is its {place th} term?",
                "Term number {earlier place} of an arithmetic sequence is {earlier term}, and term number {later "
                "place} is {later term}.|What is term number {place}?",
            ),
            unseen=(
                "Steps of equal size lead to {earlier term} in the {earlier place th} place and to {later term} in "
                "the {later place th} place.|Where have they got to in the {place th} place?",
                "Work out what is in place {place} of an arithmetic progression with {earlier term} in place {earlier "
                "place} and {later term} in place {later place}.",
            ),
            turned=(
                "In an arithmetic sequence the {later place th} term is {later term} and the {earlier place th} term "
                "is {earlier term}.|What is the {place th} term?",
                "What is term number {place} of an arithmetic sequence in which term number {earlier place} is "
                "{earlier term} and term number {later place} is {later term}?",
            ),
        ),
    ),
}  # fmt: skip

FORMULA = Wording(
    seen=("What is {formula}?", "Find {formula}.", "Calculate {formula}.", "What is the value of {formula}?"),
    unseen=("How much is {formula}?", "Work out {formula}."),
)
