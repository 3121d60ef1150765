"""Geometric and quadratic sequences, formulas and recurrences in words."""

from __future__ import annotations

from . import sequence_parts as parts
from .sequence_parts import Progression, fixed
from .sketches import Wording

GROWTH: dict[str, Progression] = {
    "common ratio": Progression(
        parts.listed_power(parts.ratio_step),
        (1,),
        fixed(parts.RATIO),
        Wording(
            seen=(
                "A geometric sequence begins {first term}, {second term}, …|What is its common ratio?",
                "The first terms of a geometric sequence are {first term} and {second term}.|Find the common ratio.",
                "In a geometric sequence {first term} is followed by {second term}.|By which number is each term "
                "multiplied?",
                "{first term}, {second term}, … is a geometric sequence.|How many times its predecessor is each term?",
            ),
            unseen=(
                "A number is multiplied by the same factor again and again, and {first term} turns into {second term} "
                "at first.|Which factor is that?",
                "Work out the common ratio of the geometric progression {first term}, {second term}, and so on.",
            ),
            turned=(
                "In a geometric sequence {second term} comes right after {first term}.|What is the common ratio?",
                "The number {second term} follows {first term} in a geometric sequence.|By which number is each term "
                "multiplied?",
            ),
        ),
        many=False,
    ),
    "power term": Progression(
        parts.power_term,
        (3,),
        fixed(*parts.POWER_TERM),
        Wording(
            seen=(
                "A geometric sequence starts with {first term} and has the common ratio {ratio}.|What is its {place "
                "th} term?",
                "The first term of a geometric sequence is {first term}, and its common ratio is {ratio}.|Find the "
                "{place th} term.",
                "In a geometric sequence with first term {first term} and common ratio {ratio}, what is the {place "
                "th} term?",
                "A sequence begins with {first term}, and each term is {ratio} times the one before it.|Which number "
                "is its {place th} term?",
            ),
            unseen=(
                "Start at {first term} and keep multiplying by {ratio}.|Which number is in the {place th} place, if "
                "the start is in the first place?",
                "Work out term number {place} of the geometric progression that has the first term {first term} and "
                "the ratio {ratio}.",
            ),
            turned=(
                "What is the {place th} term of a geometric sequence with common ratio {ratio} and first term {first "
                "term}?",
                "A geometric sequence has the common ratio {ratio} and starts with {first term}.|What is its {place "
                "th} term?",
            ),
        ),
        Wording(
            seen=(
                "Let {letter} be the {place th} term of the geometric sequence with first term {first term} and "
                "common ratio {ratio}.",
                "The number {letter} is the {place th} term of the geometric sequence that starts with {first term} "
                "and has the common ratio {ratio}.",
            ),
            unseen=(
                "Start at {first term}, keep multiplying by {ratio}, and call the number in the {place th} place "
                "{letter}, the start being in the first place.",
            ),
        ),
    ),
    "listed power term": Progression(
        parts.listed_power(parts.power_term),
        (4,),
        fixed(parts.RATIO, *parts.POWER_TERM),
        Wording(
            seen=(
                "A geometric sequence begins {first term}, {second term}, …|What is its {place th} term?",
                "The first terms of a geometric sequence are {first term} and {second term}.|Find the {place th} term.",
                "{first term}, {second term}, … is a geometric sequence.|Which number is its {place th} term?",
                "In the geometric sequence {first term}, {second term}, …, what is the {place th} term?",
            ),
            unseen=(
                "From {first term} to {second term} and on, each number is the same multiple of the one before.|Which "
                "number is in the {place th} place, if {first term} is in the first?",
                "Work out term number {place} of the geometric progression {first term}, {second term}, and so on.",
            ),
            turned=(
                "What is the {place th} term of the geometric sequence {first term}, {second term}, …?",
                "Find term number {place} of a geometric sequence that begins with {first term} and {second term}.",
            ),
        ),
        Wording(
            seen=(
                "Let {letter} be the {place th} term of the geometric sequence {first term}, {second term}, …",
                "The number {letter} is the {place th} term of the geometric sequence that begins {first term}, "
                "{second term}, …",
            ),
            unseen=("Call term number {place} of the geometric progression {first term}, {second term}, … {letter}.",),
        ),
    ),
    "power sum": Progression(
        parts.power_sum,
        (5,),
        fixed(*parts.POWER_SUM),
        Wording(
            seen=(
                "A geometric sequence starts with {first term} and has the common ratio {ratio}.|What is the sum of "
                "its first {count} terms?",
                "The first term of a geometric sequence is {first term}, and its common ratio is {ratio}.|Find the "
                "sum of the first {count} terms.",
                "In a geometric sequence with first term {first term} and common ratio {ratio}, what do the first "
                "{count} terms add up to?",
                "A sequence begins with {first term}, and each term is {ratio} times the one before it.|What is the "
                "sum of its first {count} terms?",
            ),
            unseen=(
                "Start at {first term}, keep multiplying by {ratio} until there are {count} numbers, the start "
                "included.|What is their total?",
                "Work out the geometric series of {count} terms that has the first term {first term} and the ratio "
                "{ratio}.",
            ),
            turned=(
                "What is the sum of the first {count} terms of a geometric sequence with common ratio {ratio} and "
                "first term {first term}?",
                "A geometric sequence has the common ratio {ratio} and starts with {first term}.|What do its first "
                "{count} terms add up to?",
            ),
        ),
    ),
    "listed power sum": Progression(
        parts.listed_power(parts.power_sum),
        (6,),
        fixed(parts.RATIO, *parts.POWER_SUM),
        Wording(
            seen=(
                "A geometric sequence begins {first term}, {second term}, …|What is the sum of its first {count} "
                "terms?",
                "The first terms of a geometric sequence are {first term} and {second term}.|Find the sum of the "
                "first {count} terms.",
                "{first term}, {second term}, … is a geometric sequence.|What do its first {count} terms add up to?",
                "In the geometric sequence {first term}, {second term}, …, how large is the sum of the first {count} "
                "terms?",
            ),
            unseen=(
                "From {first term} to {second term} and on, until there are {count} numbers, each is the same "
                "multiple of the one before.|What is their total?",
                "Work out the geometric series {first term} + {second term} + … with {count} terms.",
            ),
            turned=(
                "What is the sum of the first {count} terms of the geometric sequence {first term}, {second term}, …?",
                "Add the first {count} terms of a geometric sequence that begins with {first term} and {second "
                "term}.|How much is that?",
            ),
        ),
    ),
    "missing factor": Progression(
        parts.skipped_power,
        (3,),
        fixed(
            "squared ratio = later term / earlier term",
            "ratio = sqrt(squared ratio)",
            "middle term = earlier term * ratio",
        ),
        Wording(
            seen=(
                "In a geometric sequence of positive numbers a term is missing: {earlier term}, ?, {later term}.|What "
                "is the missing term?",
                "The positive numbers {earlier term}, x and {later term} follow each other in a geometric "
                "sequence.|What is x?",
                "Which positive number must stand between {earlier term} and {later term} so that the three are in "
                "geometric progression?",
                "Find the positive term between {earlier term} and {later term} in a geometric sequence, if it is the "
                "only one between them.",
            ),
            unseen=(
                "A blot covers the middle one of the neighbours {earlier term}, __ and {later term} in a geometric "
                "sequence of positive numbers.|Which number is under it?",
                "Multiplying by the same positive number and then by it again leads from {earlier term} to {later "
                "term}.|Which number comes in between?",
            ),
            turned=(
                "The number {later term} comes right after x, and x right after {earlier term}, in a geometric "
                "sequence of positive numbers.|What is x?",
                "Which positive number stands right before {later term} and right after {earlier term} in a geometric "
                "sequence?",
            ),
        ),
        many=False,
    ),
    "quadratic": Progression(
        parts.quadratic,
        (5, 7),
        parts.quadratic_lines,
        Wording(
            seen=(
                "A sequence begins {first term}, {second term}, {term c}, …, and its differences grow by the same "
                "amount each time.|What is its {asked} term?",
                "The first terms of a sequence are {first term}, {second term} and {term c}; the differences of "
                "neighbouring terms form an arithmetic sequence.|Find the {asked} term.",
                "{first term}, {second term}, {term c}, … is a sequence whose second differences are all "
                "equal.|Which number is its {asked} term?",
                "In the sequence {first term}, {second term}, {term c}, …, each step is larger than the step "
                "before it, always by the same amount.|What is the {asked} term?",
            ),
            unseen=(
                "From {first term} to {second term} to {term c} and on, the steps get longer by a fixed "
                "length.|Which number is in the {asked} place?",
                "Work out the {asked} term of a quadratic sequence that begins with {first term}, {second term} and "
                "{term c}.",
            ),
        ),
    ),
    "growing": Progression(
        parts.growing,
        (3, 5, 7),
        parts.growing_lines,
        Wording(
            seen=(
                "A sequence starts with {first term}. Its first step is {first step}, and each step is {growth} "
                "larger than the step before it.|What is its {asked} term?",
                "The first term of a sequence is {first term}, the difference to the next term is {first step}, and "
                "from then on the differences grow by {growth} each time.|Find the {asked} term.",
                "From its first term {first term} a sequence rises by {first step}, and then by {growth} more each "
                "time than the time before.|Which number is its {asked} term?",
                "A sequence begins with {first term}; {first step} is added to get the second term, and what is added "
                "grows by {growth} from term to term.|What is the {asked} term?",
            ),
            unseen=(
                "Somebody stands at {first term}, takes a step of {first step}, and makes each further step {growth} "
                "longer.|Which number is reached as the {asked}, if the start counts as the first?",
                "Work out the {asked} term of a sequence with first term {first term}, first difference {first step} "
                "and second difference {growth} throughout.",
            ),
            turned=(
                "The steps of a sequence grow by {growth} each time, the first step is {first step}, and the first "
                "term is {first term}.|What is the {asked} term?",
                "A sequence has the first difference {first step}, each difference is {growth} larger than the one "
                "before, and the first term is {first term}.|Find the {asked} term.",
            ),
        ),
        Wording(
            seen=(
                "A sequence starts with {first term}, its first step is {first step}, each step is {growth} larger "
                "than the step before it, and {letter} is its {asked} term.",
                "Let {letter} be the {asked} term of a sequence that starts with {first term} and rises by {first "
                "step} at first and by {growth} more each time.",
            ),
            unseen=(
                "Call the {asked} term of a sequence with first term {first term}, first difference {first step} and "
                "second difference {growth} throughout {letter}.",
            ),
        ),
    ),
    "formula": Progression(
        parts.formula,
        (4,),
        fixed(*parts.FORMULA),
        Wording(
            seen=(
                "The nth term of a sequence is {quadratic factor} * n * n + {linear factor} * n + {constant}.|What is "
                "its {place th} term?",
                "A sequence has the formula u(n) = {quadratic factor} * n * n + {linear factor} * n + "
                "{constant}.|Find u({place}).",
                "For each n, term number n of a sequence is {quadratic factor} * n * n + {linear factor} * n + "
                "{constant}.|What is term number {place}?",
                "Terms of a sequence are worked out by {quadratic factor} * n * n + {linear factor} * n + "
                "{constant}.|Which number is the {place th} term?",
            ),
            unseen=(
                "Put n into {quadratic factor} * n * n + {linear factor} * n + {constant} to get the nth term of a "
                "sequence.|Which number is in the {place th} place?",
                "Work out term number {place} of the sequence a(n) = {quadratic factor} * n * n + {linear factor} * n "
                "+ {constant}.",
            ),
            turned=(
                "What is the {place th} term of the sequence whose nth term is {quadratic factor} * n * n + {linear "
                "factor} * n + {constant}?",
                "A sequence has the formula u(n) = {constant} + {linear factor} * n + {quadratic factor} * n * "
                "n.|Find u({place}).",
            ),
        ),
        Wording(
            seen=(
                "Let {letter} be the {place th} term of the sequence whose nth term is {quadratic factor} * n * n + "
                "{linear factor} * n + {constant}.",
                "The number {letter} is term number {place} of the sequence with the formula {quadratic factor} * n * "
                "n + {linear factor} * n + {constant}.",
            ),
            unseen=(
                "Put {place} for n into {quadratic factor} * n * n + {linear factor} * n + {constant} and call the "
                "result {letter}.",
            ),
        ),
    ),
}
