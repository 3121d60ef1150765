"""What a text gives as its answer, and the many ways to write the same thing brought to one.

`extract_answer` finds what is answered among the words around it, `tidy` brings LaTeX and other notation to one form,
`split_top` cuts a text at separators that stand in no bracket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from .equations import BOLD
from .tokens import MAX_CHARS, SUPERSCRIPTS

_BOXED = re.compile(r"\\f?boxed\s*\{")
_BETWEEN_BOXES = re.compile(r"[\s$,;]*(?:and|or|\\text\{\s*(?:and|or)\s*\})?[\s$,;]*")
_INTRODUCTION = re.compile(r"(?:####|\banswer\s+is\b\s*:?|\banswer\s*:)", re.I)
_SENTENCE_END = re.compile(r"(?:(?<=[\d)}\]$%*])|(?<=[a-z]{4}))\.(?=\s+[A-Z])|\n")  # not in St. Louis
_ITALIC = re.compile(r"\*([^*\s][^*]*)\*")
_MATH = re.compile(r"(?<![\\$])\$\$?([^$]+)(?<!\\)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.S)
_QUOTES = '"“”`.'
_PLAIN_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}")


def extract_answer(text: str) -> str:
    r"""What a text gives as its answer: the inside of the last `\boxed{}`, else what follows "####" or "the answer is".

    >>> extract_answer("So the answer is **12** eggs."), extract_answer(r"thus $\boxed{\frac{1}{2}}$")
    ('12 eggs', '\\frac{1}{2}')
    """
    text = text.strip()
    if "boxed" in text and (boxes := list(_BOXED.finditer(text))):
        text = _boxed(text, [box.start() for box in boxes], [box.end() for box in boxes])
    elif "####" in text or "nswer" in text or "NSWER" in text:
        text = _introduced(text)
    if "*" in text:
        text = BOLD.sub(r"\1", text).strip("* ") if "**" in text else text
        italic = _ITALIC.fullmatch(text)
        text = italic.group(1) if italic else text
    if len(text) <= MAX_CHARS and ("$" in text or "\\(" in text or "\\[" in text):
        text = _without_delimiters(text)
    text = text.strip()
    if text[-1:] in _QUOTES or text[:1] in _QUOTES:
        text = text.strip('"“”`').strip()
        if text.endswith(".") and not text.endswith(".."):
            text = text[:-1].rstrip()
    return text


def _boxed(text: str, starts: list[int], ends: list[int]) -> str:
    """The inside of the last box, and of those before it that only "and" or a comma parts from it."""
    inside = [inside_braces(text, ends[-1])]
    for index in range(len(starts) - 2, -1, -1):
        before = inside_braces(text, ends[index])
        between = text[ends[index] + len(before) + 1 : starts[index + 1]]
        if starts[index + 1] < ends[index] + len(before) or not _BETWEEN_BOXES.fullmatch(between):
            break
        inside.insert(0, before)
    return ", ".join(inside)


def _introduced(text: str) -> str:
    introductions = list(_INTRODUCTION.finditer(text))
    if introductions and (rest := text[introductions[-1].end() :].strip()):
        sentence = _SENTENCE_END.split(rest, maxsplit=1)[0].strip()
        return sentence if sentence.strip("*$ ") else rest
    return text


def inside_braces(text: str, start: int) -> str:
    """What stands from `start`, which is behind an open brace, up to its end."""
    depth = 1
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return text[start:index]
    return text[start:]


def _without_delimiters(text: str) -> str:
    """The text without the signs that begin and end mathematics; a dollar sign before an amount stays."""

    def inside(match: re.Match[str]) -> str:
        inner = str(match.group(1) or match.group(2) or match.group(3))
        if match.group(1) and (inner != inner.rstrip(" ,;-") or (_PLAIN_WORD.search(inner) and "\\" not in inner)):
            return match.group()  # "$5 and $6"
        return f" {inner.strip()} " if len(match.group()) < len(text) else inner.strip()

    return _MATH.sub(inside, text)


def last_mathematics(text: str) -> str:
    """The last piece of LaTeX mathematics in a text that is prose around it, or ""."""
    pieces = [match.group(1) or match.group(2) or match.group(3) for match in _MATH.finditer(text)]
    return pieces[-1].strip() if pieces else ""


# -- one notation ------------------------------------------------------------------------------------------------------

_COMMANDS = {
    "leq": "≤", "le": "≤", "leqslant": "≤", "geq": "≥", "ge": "≥", "geqslant": "≥", "lt": "<", "gt": ">", "neq": "≠",
    "ne": "≠", "in": "∈", "cup": "∪", "infty": "∞", "pm": "±", "mp": "∓", "emptyset": "∅", "varnothing": "∅",
    "langle": "(", "rangle": ")",
    "lor": " or ", "vee": " or ", "land": " and ", "wedge": " and ", "ldots": "...", "dots": "...", "cdots": "...",
    "lvert": "|", "rvert": "|", "vert": "|", "mid": "|", "lbrace": "\\{", "rbrace": "\\}", "degree": "°",
    "dfrac": "\\frac", "tfrac": "\\frac", "cfrac": "\\frac", "quad": " ", "qquad": " ", "displaystyle": " ",
    "exp": " exp ", "space": " ",
}  # fmt: skip
_COMMAND = re.compile(rf"\\({'|'.join(sorted(_COMMANDS, key=len, reverse=True))})(?![A-Za-z])")
_SIZES = re.compile(r"\\(?:left|right|[bB]igg?[lrm]?)(?![A-Za-z])\s*\.?")
_THIN = re.compile(r"(?<=\d)(?:\\,|\\!|\{,\}|\\ (?=\d{3}(?!\d)))(?=\d{3}(?!\d))|(?<=\d),\\!(?=\d{3})")
_SPACES = re.compile(r"(?<!\\)\\[,;:! ]|~")
_TEXT = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt)?|math(?:rm|bf|it|sf)|mbox|operatorname)\s*\{([^{}]*)\}")
_DEGREES = re.compile(r"\s*(?:\^\s*(?:\{\s*\\circ\s*\}|\\circ)|\\circ(?![A-Za-z]))")
_REPEATING = re.compile(r"(\d*)\.(\d*)(?:\\(?:overline|bar|dot)\s*(?:\{(\d{1,40})\}|(\d))|\((\d{1,40})\)(?![\w(.^]))")
_AND_SO_ON = re.compile(r"(\d*)\.(\d{2,60})(?:\.{3}|…)")
_SCIENTIFIC = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?|\.\d+)[eE]([-+−]?\d{1,4})(?![\w.])")
_DIGIT_E = re.compile(r"\d[eE][-+−\d]")
_TIMES_X = re.compile(r"(?<=\d)(\s*)[xX](\s*)(?=10\s*(?:\^|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]))")
_FRACTION_DIGITS = re.compile(r"\\frac\s*(\d)\s*(\d)")
_FRACTION_FIRST = re.compile(r"\\frac\s*(\d|[A-Za-z](?![A-Za-z])|\\pi)\s*(?=\{)")
_FRACTION_SECOND = re.compile(r"(\\frac\s*\{[^{}]*\})\s*(\d|[A-Za-z]|\\pi)")
_ROOT_BARE = re.compile(r"\\sqrt\s*(\d+|[A-Za-z]|\\pi)")
_ROOT_SIGN = re.compile(r"√\s*(\d+(?:\.\d+)?|[A-Za-z]|π)")
_ASCII = {"<=": "≤", ">=": "≥", "!=": "≠", "+/-": "±", "+-": "±"}
_ASCII_SIGN = re.compile("|".join(re.escape(sign) for sign in _ASCII))


def tidy(text: str) -> str:
    r"""The same answer in one notation.

    >>> tidy(r"\left(1,\,\dfrac12\right]"), tidy(r"x \leq 0.1\overline{6}"), tidy("3.2e5")
    ('(1, \\frac{1}{2}]', 'x ≤ (1/6)', '(3.2*10^(5))')
    """
    if "\\" in text or "{,}" in text:
        text = _tidy_commands(text)
    if "√" in text:
        text = _ROOT_SIGN.sub(r"√(\1)", text)
    if "..." in text or "…" in text or ("." in text and ("\\" in text or "(" in text)):
        text = _AND_SO_ON.sub(_and_so_on, _REPEATING.sub(_repeating, text))
    if ("e" in text or "E" in text) and _DIGIT_E.search(text):
        text = _SCIENTIFIC.sub(r"(\1*10^(\2))", text)
    if "10" in text:
        text = _TIMES_X.sub(r"\1*\2", text)
    if any(sign in text for sign in _ASCII):
        text = _ASCII_SIGN.sub(lambda match: _ASCII[match.group()], text)
    return text.strip()


def _tidy_commands(text: str) -> str:
    """LaTeX without what only sets type. A look for a word costs less than a pattern that is not there."""
    if "{,}" in text or "\\," in text or "\\!" in text or "\\ " in text:
        text = _THIN.sub("", text).replace("{,}", ",")
    if "\\left" in text or "\\right" in text or "ig" in text:
        text = _SIZES.sub("", text)
    text = _SPACES.sub(" ", text)
    if "circ" in text:
        text = _DEGREES.sub("°", text)
    text = _COMMAND.sub(lambda match: _COMMANDS[match.group(1)], text)
    if "\\text" in text or "\\m" in text or "\\op" in text:
        text = _TEXT.sub(r" \1 ", text)
    text = text.replace("\\%", "%").replace("\\$", "$")
    if "\\frac" in text:
        text = _FRACTION_DIGITS.sub(r"\\frac{\1}{\2}", text)
        text = _FRACTION_SECOND.sub(r"\1{\2}", _FRACTION_FIRST.sub(r"\\frac{\1}", text))
    if "\\sqrt" in text:
        text = _ROOT_BARE.sub(r"\\sqrt{\1}", text)
    return text


def _repeating(match: re.Match[str]) -> str:
    """A repeating decimal as a fraction: 0.1 and a block of 6 is 1/6."""
    whole, fixed, *blocks = match.groups()
    block = next(block for block in blocks if block)
    if len(fixed) > 40:
        return match.group()
    return _repeating_fraction(whole, fixed, block)


def _repeating_fraction(whole: str, fixed: str, block: str) -> str:
    before = (whole or "0") + fixed
    value = Fraction(int(before + block) - int(before), (10 ** len(block) - 1) * 10 ** len(fixed))
    return f"({value})"


def _and_so_on(match: re.Match[str]) -> str:
    """0.1666... as the fraction 1/6; where no block of digits stands twice at the end, it stays as it is."""
    whole, digits = match.groups()
    for length in range(1, len(digits) // 2 + 1):
        times = 3 if length == 1 else 2
        block = digits[-length:]
        if len(digits) >= times * length and digits.endswith(block * times):
            fixed = digits
            while fixed.endswith(block):
                fixed = fixed[:-length]
            return _repeating_fraction(whole, fixed, block)
    return match.group()


# -- pieces ------------------------------------------------------------------------------------------------------------

_has_brackets = re.compile(r"[()\[\]{}]").search
_OPENING = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def split_top(text: str, separator: re.Pattern[str]) -> list[str]:
    """The pieces between separators that stand in no bracket.

    >>> split_top("(1, 2), (3, 4)", re.compile(","))
    ['(1, 2)', ' (3, 4)']
    """
    if not _has_brackets(text):
        return separator.split(text)
    return [text[start:end] for start, end in _spans(text, separator)]


def _spans(text: str, separator: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    start = depth = position = 0
    for match in separator.finditer(text):
        for char in text[position : match.start()]:
            depth += _OPENING.get(char, 0)
        position = match.start()
        if depth <= 0:
            yield start, match.start()
            start = match.end()
    yield start, len(text)


def top_matches(text: str, pattern: re.Pattern[str]) -> list[str]:
    """What a pattern finds outside of all brackets."""
    if not _has_brackets(text):
        return pattern.findall(text)
    found, depth, position = [], 0, 0
    for match in pattern.finditer(text):
        for char in text[position : match.start()]:
            depth += _OPENING.get(char, 0)
        position = match.start()
        if depth <= 0:
            found.append(match.group())
    return found


def is_enclosed(text: str) -> bool:
    """Whether the bracket that opens a text is closed by its last sign."""
    depth = 0
    for index, char in enumerate(text):
        depth += _OPENING.get(char, 0)
        if depth == 0:
            return index == len(text) - 1
    return False


def superscript_number(text: str) -> str:
    """The digits that superscripts stand for, "⁻¹²" → "-12"."""
    return text.translate(_PLAIN_SUPERSCRIPTS)


_PLAIN_SUPERSCRIPTS = str.maketrans("⁻⁺" + SUPERSCRIPTS, "-+0123456789")
