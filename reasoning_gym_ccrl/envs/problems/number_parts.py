"""The calculations of number theory, each drawn backwards so that it has exactly the wanted number of steps.

Euclid's algorithm is built up from its quotients, a product from its prime factors, an exponent from its binary
digits. A part can stand by itself or feed a longer problem; `suffix` keeps the names of two parts apart.
"""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

from .sketch_parts import LETTERS, Part, listed, part_of
from .sketches import SketchConfig, between, pick

_SMALL_PRIMES = (2, 2, 2, 3, 3, 5, 7)
_MAX_PRIME = 1_000


# -- common divisors and multiples -------------------------------------------------------------------------------------


def euclid_pair(rng: random.Random, config: SketchConfig, divisions: int) -> tuple[int, int] | None:
    """Two numbers for which Euclid's algorithm takes so many divisions, the larger one in the config's range.

    They are built from the last division to the first. None where these quotients lead out of range.
    """
    divisor, before = 1, between(rng, 2, 5)  # the last division leaves nothing, so its quotient is at least two
    for _ in range(divisions - 1):
        divisor, before = before, between(rng, 1, 3) * before + divisor
    low, high = max(2, -(-config.low // before)), config.high // before
    if high < low:
        return None
    factor = between(rng, low, high)
    return factor * before, factor * divisor


def euclid_steps(divisions: int, result: str, suffix: str = "") -> list[str]:
    """Euclid's algorithm on "larger" and "smaller", remainder by remainder, down to 0."""
    names = [f"larger{suffix}", f"smaller{suffix}"]
    steps = []
    for letter in LETTERS[:divisions]:
        steps.append(f"remainder {letter}{suffix} = {names[-2]} mod {names[-1]}")
        names.append(f"remainder {letter}{suffix}")
    return [*steps, f"{result} = gcd({names[-2]}, {names[-1]})"]


def _pair(rng: random.Random, config: SketchConfig, divisions: int) -> dict[str, int] | None:
    pair = euclid_pair(rng, config, divisions or between(rng, 2, 3))
    return pair and {"larger": pair[0], "smaller": pair[1]}


def gcd_part(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part | None:
    """The greatest common divisor of two numbers: at once in one step, else by Euclid's algorithm."""
    numbers = _pair(rng, config, steps - 1)
    if numbers is None:
        return None
    if steps == 1:
        return part_of(numbers, suffix, [f"{result} = gcd(larger{suffix}, smaller{suffix})"])
    return part_of(numbers, suffix, euclid_steps(steps - 1, result, suffix))


def lcm_part(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part | None:
    """The least common multiple of two numbers: at once in one step, else from their greatest common divisor."""
    numbers = _pair(rng, config, max(0, steps - 2))
    if numbers is None:
        return None
    larger, smaller, divisor = f"larger{suffix}", f"smaller{suffix}", f"common divisor{suffix}"
    if steps == 1:
        return part_of(numbers, suffix, [f"{result} = lcm({larger}, {smaller})"])
    found = [f"{divisor} = gcd({larger}, {smaller})"] if steps == 2 else euclid_steps(steps - 2, divisor, suffix)
    return part_of(numbers, suffix, [*found, f"{result} = {larger} * {smaller} / {divisor}"])


# -- remainders --------------------------------------------------------------------------------------------------------


def modulus_for(rng: random.Random, config: SketchConfig) -> int:
    """A modulus that leaves remainders of one or two digits, three at the most, at every difficulty."""
    return between(rng, 3, 9 + config.high // 50)


def remainder_part(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part | None:
    """The remainder of a chain of sums, differences and products, each number reduced before it is used.

    A number below the modulus needs no reducing, so that an operation takes one step or two.
    """
    modulus = modulus_for(rng, config)
    first = config.main(rng, modulus + 1)
    numbers = {"number a": first}
    running = f"residue a{suffix}" if steps > 1 else result
    lines = [f"{running} = number a{suffix} mod modulus{suffix}"]
    text, total, loose = str(first), first, False
    missing = steps - 1
    while missing:
        letter = LETTERS[len(numbers)]
        reduces = missing > 1 and rng.random() < 0.6
        number = config.main(rng, modulus + 1) if reduces else between(rng, 2, modulus - 1)
        operator = pick(rng, "+*-" if number < total else "+*")
        operand = f"number {letter}{suffix}"
        numbers[f"number {letter}"] = number
        if reduces:
            lines.append(f"residue {letter}{suffix} = {operand} mod modulus{suffix}")
            operand = f"residue {letter}{suffix}"
        missing -= 2 if reduces else 1
        name = f"result {LETTERS[len(numbers) - 2]}{suffix}" if missing else result
        lines.append(f"{name} = ({running} {operator} {operand}) mod modulus{suffix}")
        running = name
        text = f"({text}) * {number}" if operator == "*" and loose else f"{text} {operator} {number}"
        loose = operator != "*"
        total = {"+": total + number, "-": total - number, "*": total * number}[operator]
    part = part_of({**numbers, "modulus": modulus}, suffix, lines)
    return Part(
        part.givens,
        part.steps,
        {"expression": text, "bracketed": f"({text})" if steps > 1 else text, "modulus": modulus},
    )


@cache
def exponents_of(steps: int) -> tuple[int, ...]:
    """The exponents whose power takes so many squarings and products, "square and multiply".

    >>> exponents_of(2), exponents_of(3)
    ((3, 4), (5, 6, 8))
    """
    return tuple(n for n in range(3, 2 ** (steps + 1)) if n.bit_length() - 1 + n.bit_count() - 1 == steps)


def power_part(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part | None:
    """The remainder of a power, by repeated squaring: square after square, then the product of those it needs."""
    modulus = config.main(rng, 5, 90 + config.high // 5)
    exponent = pick(rng, exponents_of(steps))
    base = between(rng, 2, modulus - 1)
    if pow(base, exponent, modulus) == 0:
        return None
    numbers = {"base": base, "exponent": exponent, "modulus": modulus}
    squares = [f"base{suffix}"]
    lines = []
    for letter in LETTERS[: exponent.bit_length() - 1]:
        lines.append(f"square {letter}{suffix} = square({squares[-1]}) mod modulus{suffix}")
        squares.append(f"square {letter}{suffix}")
    needed = [square for place, square in enumerate(squares) if exponent >> place & 1]
    running = needed.pop()
    for letter, square in zip(LETTERS, reversed(needed), strict=False):
        lines.append(f"product {letter}{suffix} = ({running} * {square}) mod modulus{suffix}")
        running = f"product {letter}{suffix}"
    calculation = lines.pop().partition(" = ")[2]
    lines.append(f"{result} = {calculation} | exponent{suffix}")
    return part_of(numbers, suffix, lines)


def inverse_part(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part | None:
    """The inverse of a number for a modulus: at once in one step, else by the extended Euclidean algorithm.

    With d divisions, whose quotients are q1, …, qd, the inverse is plus or minus the last of k1 = q1,
    k2 = q2 * k1 + 1, k3 = q3 * k2 + k1, …: 3, 5 or 9 steps for 1, 2 or 3 divisions.
    """
    divisions = {1: between(rng, 1, 3), 3: 1, 5: 2, 9: 3}[steps]
    # The last remainder but one is a number t still to be chosen: larger and smaller are scale * t + rest.
    larger, smaller = (1, 0), (0, 1)
    for _ in range(divisions):
        quotient = between(rng, 1, 3) if divisions > 1 else between(rng, 2, 2 + config.high // 12)
        larger, smaller = (quotient * larger[0] + smaller[0], quotient * larger[1] + smaller[1]), larger
    low, high = max(2, -(-(config.low - larger[1]) // larger[0])), (config.high - larger[1]) // larger[0]
    if high < low:
        return None
    chosen = between(rng, low, high)
    numbers = {"number": smaller[0] * chosen + smaller[1], "modulus": larger[0] * chosen + larger[1]}
    if steps == 1:
        return part_of(numbers, suffix, [f"{result} = inverse(number{suffix}, modulus{suffix})"])
    return part_of(numbers, suffix, _inverse_steps(divisions, result, suffix))


def _inverse_steps(divisions: int, result: str, suffix: str) -> list[str]:
    """Quotients and remainders down to 1, then the coefficients back up."""
    left = [f"modulus{suffix}", f"number{suffix}"]
    lines, quotients = [], []
    for letter in LETTERS[:divisions]:
        quotients.append(f"quotient {letter}{suffix}")
        lines.append(f"{quotients[-1]} = floor({left[-2]} / {left[-1]})")
        lines.append(f"remainder {letter}{suffix} = {left[-2]} mod {left[-1]}")
        left.append(f"remainder {letter}{suffix}")
    before, coefficient = "single part", quotients[0]
    for letter, quotient in zip(LETTERS, quotients[1:], strict=False):
        ends = quotient == quotients[-1] and divisions % 2 == 0
        name = result if ends else f"coefficient {letter}{suffix}"
        lines.append(f"{name} = {quotient} * {coefficient} + {before}")
        before, coefficient = coefficient, name
    if divisions % 2:
        lines.append(f"{result} = modulus{suffix} - {coefficient}")
    return [*lines[:-1], f"{lines[-1]} | {left[-1]}"]  # it rests on the last remainder being 1


# -- prime factors -----------------------------------------------------------------------------------------------------


@cache
def primes_below(limit: int) -> tuple[int, ...]:
    """The primes below a limit.

    >>> primes_below(12)
    (2, 3, 5, 7, 11)
    """
    return tuple(n for n in range(2, limit) if all(n % p for p in range(2, int(n**0.5) + 1)))


def largest_prime_part(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part | None:
    """The largest prime factor, by dividing by the smallest prime that goes, again and again."""
    factors = sorted(pick(rng, _SMALL_PRIMES) for _ in range(steps))
    product = 1
    for factor in factors:
        product *= factor
    low, high = max(factors[-1] + 1, -(-config.low // product)), config.high // product
    options = [prime for prime in primes_below(min(high + 1, _MAX_PRIME)) if prime >= low]
    if not options:
        return None
    names = {prime: f"prime {letter}{suffix}" for letter, prime in zip(LETTERS, sorted(set(factors)), strict=False)}
    lines, running = [], f"number{suffix}"
    for letter, factor in zip(LETTERS, factors, strict=False):
        lines.append(f"quotient {letter}{suffix} = {running} / {names[factor]}")
        running = f"quotient {letter}{suffix}"
    lines[-1] = f"{result} = {lines[-1].partition(' = ')[2]}"
    part = part_of({"number": product * pick(rng, options)}, suffix, lines)
    return replace(part, found={name: prime for prime, name in names.items()})


def divisors_part(rng: random.Random, config: SketchConfig, steps: int, result: str, suffix: str) -> Part | None:
    """The number of divisors of a product of prime powers: a factor may be used 0 to exponent times."""
    count = steps - 1
    primes = sorted(rng.sample(primes_below(50), count))
    exponents = [between(rng, 2, 9) for _ in primes]
    numbers: dict[str, int] = {}
    for letter, prime, exponent in zip(LETTERS, primes, exponents, strict=False):
        numbers |= {f"prime {letter}": prime, f"exponent {letter}": exponent}
    letters = LETTERS[:count]
    lines = [f"choices {letter}{suffix} = exponent {letter}{suffix} + leaving it out" for letter in letters]
    choices = " * ".join(f"choices {letter}{suffix}" for letter in letters)
    lines.append(f"{result} = {choices} | {', '.join(f'prime {letter}{suffix}' for letter in letters)}")
    part = part_of(numbers, suffix, lines)
    powers = [f"{prime}^{exponent}" for prime, exponent in zip(primes, exponents, strict=True)]
    words = {"expression": " * ".join(powers), "turned": " * ".join(reversed(powers))}
    return Part(part.givens, part.steps, words)


def several_part(rng: random.Random, config: SketchConfig, steps: int, result: str, function: str) -> Part | None:
    """The common divisor or multiple ("gcd" or "lcm") of one number more than there are steps, pair by pair."""
    factor = between(rng, 2, 3 + config.high // 40) if function == "gcd" else between(rng, 2, 6)
    low, high = -(-config.low // factor), config.high // factor
    if high - low < steps or (function == "lcm" and low > 200):
        return None
    high = high if function == "gcd" else min(high, low + 20)
    numbers = [factor * number for number in rng.sample(range(max(1, low), high + 1), steps + 1)]
    names = [f"number {letter}" for letter in LETTERS[: steps + 1]]
    lines, running = [], names[0]
    for letter, name in zip(LETTERS, names[1:], strict=False):
        lines.append(f"result {letter} = {function}({running}, {name})")
        running = f"result {letter}"
    lines[-1] = f"{result} = {lines[-1].partition(' = ')[2]}"
    words = {"numbers": listed(numbers), "turned": listed(numbers[::-1])}
    return Part(dict(zip(names, numbers, strict=True)), tuple(lines), words)
