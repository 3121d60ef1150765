"""The words of arithmetic in English: numbers, sizes, units, and the words that change what a number means."""

from __future__ import annotations

from fractions import Fraction


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ONES = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
NUMBER_WORDS: dict[str, int] = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}

SCALES: dict[str, int] = {
    "dozen": 12, "dozens": 12, "hundred": 100, "hundreds": 100, "thousand": 1_000, "thousands": 1_000,
    "million": 10**6, "millions": 10**6, "billion": 10**9, "billions": 10**9, "trillion": 10**12,
}  # fmt: skip

PERCENT_WORDS = frozenset({"percent", "pct"})

WORD_OPERATORS: dict[str, str] = {
    "x": "*", "X": "*", "times": "*", "multiplied": "*", "of": "*", "divided": "/", "over": "/",
    "plus": "+", "minus": "-",
}  # fmt: skip

# Words that stand for a number, and the numbers that a step may write for them.
IMPLIED: dict[str, tuple[int | Fraction, ...]] = {
    "half": (2, Fraction(1, 2)), "halves": (2, Fraction(1, 2)), "halved": (2, Fraction(1, 2)),
    "twice": (2,), "double": (2,), "doubles": (2,), "doubled": (2,), "doubling": (2,), "couple": (2,), "pair": (2,),
    "pairs": (2,), "both": (2,), "twins": (2,), "twin": (2,), "biweekly": (2,), "another": (1,), "single": (1,),
    "triple": (3,), "tripled": (3,), "triples": (3,), "thrice": (3,), "triplets": (3,), "trio": (3,),
    "quadruple": (4,), "quadrupled": (4,), "quintuple": (5,),
    "first": (1,), "second": (2, Fraction(1, 2)), "third": (3, Fraction(1, 3)), "thirds": (3, Fraction(1, 3)),
    "quarter": (4, Fraction(1, 4), 25), "quarters": (4, Fraction(1, 4), 25), "fourth": (4, Fraction(1, 4)),
    "fourths": (4, Fraction(1, 4)), "fifth": (5, Fraction(1, 5)), "fifths": (5, Fraction(1, 5)),
    "sixth": (6, Fraction(1, 6)), "sixths": (6, Fraction(1, 6)), "seventh": (7, Fraction(1, 7)),
    "sevenths": (7, Fraction(1, 7)), "eighth": (8, Fraction(1, 8)), "eighths": (8, Fraction(1, 8)),
    "ninth": (9, Fraction(1, 9)), "tenth": (10, Fraction(1, 10)), "tenths": (10, Fraction(1, 10)),
    "twentieth": (20, Fraction(1, 20)), "dozen": (12,), "dozens": (12,), "score": (20,),
    "decade": (10,), "decades": (10,), "century": (100,), "centuries": (100,),
    "dime": (10,), "dimes": (10,), "nickel": (5,), "nickels": (5,), "penny": (1,), "pennies": (1,),
}  # fmt: skip

# Unit -> (dimension, size in the dimension's base unit). A month has no fixed size, so it is in no dimension.
_SIZES: dict[str, dict[str, int | Fraction]] = {
    "time": {"second seconds sec secs": 1, "minute minutes min mins": 60, "hour hours hr hrs": 3_600,
             "day days": 86_400, "week weeks": 604_800},
    "calendar": {"month months": 1, "year years yr yrs": 12},
    "length": {"inch inches": 1, "foot feet ft": 12, "yard yards yd yds": 36, "mile miles": 63_360},
    "metric length": {"mm millimeter millimeters": 1, "cm centimeter centimeters centimetres": 10,
                      "m meter meters metre metres": 1_000, "km kilometer kilometers kilometre kilometres": 10**6},
    "weight": {"ounce ounces oz": 1, "pound pounds lb lbs": 16, "ton tons": 32_000},
    "mass": {"mg milligram milligrams": 1, "g gram grams": 1_000, "kg kilogram kilograms kilo kilos": 10**6},
    "volume": {"cup cups": 1, "pint pints": 2, "quart quarts": 4, "gallon gallons": 16},
    "metric volume": {"ml milliliter milliliters millilitres": 1, "l liter liters litre litres": 1_000},
    "money": {"cent cents ¢": 1, "$ dollar dollars usd buck bucks": 100},
}  # fmt: skip
KNOWN_UNITS: dict[str, tuple[str, int | Fraction]] = {
    unit: (dimension, size)
    for dimension, sizes in _SIZES.items()
    for names, size in sizes.items()
    for unit in names.split()
} | {rate: ("rate", 1) for rate in ("mph", "kph", "km/h", "kmh", "rpm")}

# The conversion factors that naming a unit brings along: "a week" gives 7.
_FACTORS: dict[str, tuple[int, ...]] = {
    "second seconds": (60,), "minute minutes min mins": (60,), "hour hours hr hrs": (60, 24, 3_600),
    "day days daily": (24, 7, 30, 31, 365), "week weeks weekly": (7, 52, 4), "month months monthly": (12, 30, 31, 4),
    "year years yearly annual annually yr": (12, 52, 365, 366), "weekend weekends": (2,), "weekday weekdays": (5,),
    "inch inches": (12, 36), "foot feet ft": (12, 3, 5_280), "yard yards": (3, 36), "mile miles": (5_280, 1_760),
    "mm cm centimeter centimeters millimeter millimeters": (10, 100), "m meter meters metre metres": (100, 1_000),
    "km kilometer kilometers": (1_000,), "ounce ounces oz": (16, 8), "pound pounds lb lbs": (16, 2_000),
    "ton tons": (2_000, 1_000), "g gram grams kg kilogram kilograms mg": (1_000,),
    "cup cups": (2, 8, 16), "pint pints": (2, 8), "quart quarts": (4, 2), "gallon gallons": (4, 16, 128),
    "ml milliliter milliliters l liter liters litre litres": (1_000,),
    "cent cents dollar dollars $ ¢ penny pennies": (100,), "percent percentage % percentages": (100,),
    "square rectangle rectangular perimeter": (4, 2), "triangle triangular": (3, 2), "cube cubes": (6, 3),
    "hexagon": (6,), "pentagon": (5,), "octagon": (8,), "february": (28, 29),
    "january march may july august october december": (31,), "april june september november": (30,),
}  # fmt: skip
FACTORS: dict[str, tuple[int, ...]] = {unit: values for names, values in _FACTORS.items() for unit in names.split()}

# With these a new clause begins, and what stands before is no unit: "15 then Ann's age = 8".
CLAUSE_WORDS = frozenset(
    _words(
        "so then because which where if since while that thus therefore hence means is are was were be would will has "
        "have but we"
    )
)

# A number after one of these is often a label: "day 1 * 2", "weeks 3-4".
LABEL_WORDS = frozenset(
    _words(
        "day days week weeks month months year years step level part house box case group number no option grade page"
    )
)

# Operators only directly after a number: "1/2 of 10", "3 over 4"; not "5 hours for a total of 5*2".
DIRECT_OPERATORS = frozenset({"of", "over"})

# Between a number and an operator these words change the number; a reading with one may confirm, never refute.
MODIFIERS = (
    frozenset(
        _words(
            "more less fewer than times as many much of and or half third quarter squared cubed square root another "
            "twice double triple increase decrease over under by to from until between remainder r"
        )
    )
    | NUMBER_WORDS.keys()
)

# Directly before an expression these words change its value: "half 10 + 2", "twice 3 + 4".
CHANGES_NEXT = (
    frozenset(
        _words(
            "half twice double triple quadruple thrice quarter third fourth fifth sixth eighth tenth times than plus "
            "minus by over root sqrt log square cube subtract dozen hundred thousand million"
        )
    )
    | NUMBER_WORDS.keys()
)

# Directly after a result these words change it: "= 5 and a half", "= 3 quarters", "= 4 squared".
CHANGES_BEFORE = frozenset(
    _words(
        "half halves third thirds quarter quarters fourth fourths fifth fifths sixth sixths eighth eighths tenth "
        "tenths hundredths squared cubed factorial to remainder r"
    )
)

# What a sentence says after one of these is tried or imagined, not claimed: "if x = 5, then …".
HYPOTHESES = frozenset(
    _words(
        "if suppose supposing assume assuming let try trying test testing guess say when where for at plug plugging "
        "substitute substituting check checking not"
    )
)
