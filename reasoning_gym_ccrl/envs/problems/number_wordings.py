"""How number theory is put into words; the notation is that of `sketches`."""

from __future__ import annotations

from .sketches import Pools, Wording

POOLS: Pools = {
    "person": (
        ("Tom", "Ann", "Sam", "Eva", "Leo", "Mia", "Ben", "Zoe", "Max", "Ida"),
        ("Noor", "Otto", "Yuki", "Pavel", "Carmen", "Hugo", "Selma", "Kofi"),
    ),
    "fruit": (("apples", "pears", "plums", "lemons", "oranges"), ("mangoes", "kiwis", "peaches", "limes")),
    "strip": (("ribbon", "rope", "wire", "board"), ("cord", "pipe", "rod", "chain")),
    "room": (("kitchen", "hall", "bathroom", "terrace"), ("cellar", "studio", "porch", "balcony")),
    "vehicle": (("bus", "tram", "train", "ferry"), ("shuttle", "monorail", "minibus", "cable car")),
}

NUMBER_DISTRACTORS = (
    "On the same page stands the number {number}.",
    "Another task on the sheet is about the number {number}.",
    "The task before this had the answer {number}.",
)
TALE_DISTRACTORS = (
    "A neighbour of {person} lives at number {number}.",
    "Last week {person} walked {number} km.",
    "An aunt of {person} is {number} years old.",
)

GCD = Wording(
    seen=(
        "What is the greatest common divisor of {larger} and {smaller}?",
        "Find the greatest common divisor of {larger} and {smaller}.",
        "Calculate gcd({larger}, {smaller}).",
        "What is the largest whole number that divides both {larger} and {smaller} without a remainder?",
    ),
    unseen=(
        "Work out the highest common factor of {larger} and {smaller}.",
        "By which whole number, as large as possible, can {larger} and {smaller} both be divided exactly?",
    ),
    turned=(
        "What is the greatest common divisor of {smaller} and {larger}?",
        "Find the largest whole number that divides both {smaller} and {larger} without a remainder.",
    ),
)
LCM = Wording(
    seen=(
        "What is the least common multiple of {larger} and {smaller}?",
        "Find the least common multiple of {larger} and {smaller}.",
        "Calculate lcm({larger}, {smaller}).",
        "What is the smallest positive whole number that both {larger} and {smaller} divide?",
    ),
    unseen=(
        "Work out the lowest common multiple of {larger} and {smaller}.",
        "Which is the first positive number that is in the times table of {larger} and in that of {smaller}?",
    ),
    turned=(
        "What is the least common multiple of {smaller} and {larger}?",
        "Find the smallest positive whole number that both {smaller} and {larger} divide.",
    ),
)
SEVERAL = {
    "gcd": Wording(
        seen=(
            "What is the greatest common divisor of {numbers}?",
            "Find the greatest common divisor of {numbers}.",
            "Calculate the gcd of the numbers {numbers}.",
            "What is the largest whole number that divides each of {numbers} without a remainder?",
        ),
        unseen=(
            "Work out the highest common factor of {numbers}.",
            "By which whole number, as large as possible, can each of {numbers} be divided exactly?",
        ),
        turned=("What is the greatest common divisor of {turned}?", "Calculate the gcd of the numbers {turned}."),
    ),
    "lcm": Wording(
        seen=(
            "What is the least common multiple of {numbers}?",
            "Find the least common multiple of {numbers}.",
            "Calculate the lcm of the numbers {numbers}.",
            "What is the smallest positive whole number that each of {numbers} divides?",
        ),
        unseen=(
            "Work out the lowest common multiple of {numbers}.",
            "Which is the first positive number that can be divided exactly by each of {numbers}?",
        ),
        turned=("What is the least common multiple of {turned}?", "Calculate the lcm of the numbers {turned}."),
    ),
}
REMAINDER = Wording(
    seen=(
        "What is the remainder when {expression} is divided by {modulus}?",
        "Find the remainder of {expression} on division by {modulus}.",
        "Calculate {bracketed} mod {modulus}.",
        "Which remainder does {expression} leave when it is divided by {modulus}?",
    ),
    unseen=(
        "Someone divides {expression} by {modulus}. What is left over?",
        "Reduce {expression} modulo {modulus}: which number from zero up, below the modulus, is it?",
    ),
    turned=(
        "On division by {modulus}, which remainder does {expression} leave?",
        "Working modulo {modulus}, find the remainder of {expression}.",
    ),
)
POWER = Wording(
    seen=(
        "What is the remainder when {base}^{exponent} is divided by {modulus}?",
        "Find the remainder of {base}^{exponent} on division by {modulus}.",
        "Calculate {base}^{exponent} mod {modulus}.",
        "Which remainder does {base} to the power of {exponent} leave when it is divided by {modulus}?",
    ),
    unseen=(
        "Someone divides {base}^{exponent} by {modulus}. What is left over?",
        "Raise {base} to the power of {exponent} and reduce the result modulo {modulus}. Which number is it?",
    ),
    turned=(
        "On division by {modulus}, which remainder does {base}^{exponent} leave?",
        "Working modulo {modulus}, find the remainder of {base} to the power of {exponent}.",
    ),
)
INVERSE = Wording(
    seen=(
        "What is the multiplicative inverse of {number} modulo {modulus}?",
        "Find the inverse of {number} mod {modulus}.",
        "Find the smallest positive x for which {number} * x leaves the remainder one when divided by {modulus}.",
        "By which positive whole number, as small as possible, must {number} be multiplied to leave the remainder one "
        "on division by {modulus}?",
    ),
    unseen=(
        "Find the positive number x, as small as possible, with {number} * x congruent to one modulo {modulus}.",
        "Which number undoes a multiplication by {number} when one reckons modulo {modulus}?",
    ),
    turned=(
        "Modulo {modulus}, what is the multiplicative inverse of {number}?",
        "Working modulo {modulus}, find the smallest positive inverse of {number}.",
    ),
)
CONGRUENCE = Wording(
    seen=(
        "Find the smallest positive x for which {number} * x leaves the remainder {target} when divided by {modulus}.",
        "Which is the smallest positive whole number x with {number} * x congruent to {target} modulo {modulus}?",
        "Solve {number} * x = {target} modulo {modulus}; give the smallest positive solution.",
        "What is the least positive whole number x such that ({number} * x) mod {modulus} is {target}?",
    ),
    unseen=(
        "By which positive number, as small as possible, must {number} be multiplied to be {target} modulo {modulus}?",
        "The product {number} * x is {target} more than a multiple of {modulus}. What is the smallest positive x?",
    ),
    turned=(
        "Modulo {modulus}, which smallest positive x makes {number} * x equal to {target}?",
        "On division by {modulus} the product x * {number} leaves the remainder {target}. What is the least positive "
        "x?",
    ),
)
LARGEST_PRIME = Wording(
    seen=(
        "What is the largest prime factor of {number}?",
        "Find the largest prime number that divides {number}.",
        "Factorise {number} into primes. Which is the largest of them?",
        "Which is the greatest prime among the factors of {number}?",
    ),
    unseen=(
        "Break {number} down into prime factors and name the biggest of them.",
        "Of all primes by which {number} can be divided exactly, which is the largest?",
    ),
)
DIVISORS = Wording(
    seen=(
        "How many positive divisors does {expression} have?",
        "Find the number of positive divisors of {expression}.",
        "A number has the prime factorisation {expression}. How many positive divisors does it have?",
        "By how many positive whole numbers can {expression} be divided without a remainder?",
    ),
    unseen=(
        "Count the positive factors of {expression}.",
        "The number n is {expression}. How many whole numbers from one up to n divide n?",
    ),
    turned=(
        "How many positive divisors does {turned} have?",
        "A number has the prime factorisation {turned}. How many positive divisors does it have?",
    ),
)
LOWEST_TERMS = Wording(
    seen=(
        "Write the fraction {smaller}/{larger} in lowest terms. What is its {part}?",
        "What is the {part} of {smaller}/{larger} in lowest terms?",
        "Reduce {smaller}/{larger} as far as possible. Which {part} does the result have?",
        "Find the {part} of the fraction {smaller}/{larger} after it is simplified completely.",
    ),
    unseen=(
        "After the fraction {smaller}/{larger} is cancelled down fully, which {part} is left?",
        "Someone simplifies {smaller}/{larger} until nothing more cancels. What {part} do they get?",
    ),
)

# -- parts of a longer problem -----------------------------------------------------------------------------------------

SOURCES = {
    "gcd": Wording(
        seen=(
            "Let {letter} be the greatest common divisor of {larger} and {smaller}.",
            "The number {letter} is gcd({larger}, {smaller}).",
        ),
        unseen=("Call the highest common factor of {larger} and {smaller} {letter}.",),
    ),
    "lcm": Wording(
        seen=(
            "Let {letter} be the least common multiple of {larger} and {smaller}.",
            "The number {letter} is lcm({larger}, {smaller}).",
        ),
        unseen=("Call the lowest common multiple of {larger} and {smaller} {letter}.",),
    ),
    "remainder": Wording(
        seen=(
            "Let {letter} be the remainder when {expression} is divided by {modulus}.",
            "The number {letter} is {bracketed} mod {modulus}.",
        ),
        unseen=("Call what {expression} leaves on division by {modulus} {letter}.",),
    ),
    "power": Wording(
        seen=(
            "Let {letter} be the remainder when {base}^{exponent} is divided by {modulus}.",
            "The number {letter} is {base}^{exponent} mod {modulus}.",
        ),
        unseen=("Call what {base}^{exponent} leaves on division by {modulus} {letter}.",),
    ),
    "inverse": Wording(
        seen=(
            "Let {letter} be the inverse of {number} modulo {modulus}.",
            "The number {letter} is the smallest positive inverse of {number} mod {modulus}.",
        ),
        unseen=("Call the least positive number that inverts {number} modulo {modulus} {letter}.",),
    ),
    "largest prime": Wording(
        seen=(
            "Let {letter} be the largest prime factor of {number}.",
            "The number {letter} is the greatest prime that divides {number}.",
        ),
        unseen=("Call the biggest of the prime factors of {number} {letter}.",),
    ),
}
FORMULA = Wording(
    seen=("What is {formula}?", "Find {formula}.", "Calculate {formula}.", "What is the value of {formula}?"),
    unseen=("How much is {formula}?", "Work out {formula}."),
)
