"""Finds the equations in the text of a step: chains such as "apples now = 12 + 12 = 24", also within prose.

`read_chains` never raises. Ordinary steps of our own families take a fast path (one regular expression and
integers); everything else is tokenised and read by the parser of `expression`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .congruences import read_congruence, stated_modulus
from .expression import parse_side
from .parser import Side, can_start, divide
from .prose import VERBS, mark_verbs
from .sides import Chain
from .tokens import MAX_CHARS, ExpressionError, Number, Token, tokenize
from .words import CHANGES_BEFORE, CHANGES_NEXT, DIRECT_OPERATORS, LABEL_WORDS, NUMBER_WORDS

_INTEGER = r"\d{1,18}"
_FAST = re.compile(
    rf"(?:([A-Za-z][A-Za-z' ]{{0,79}})=)? *({_INTEGER}(?: *[-+*/] *{_INTEGER}){{1,7}}) *= *(-?{_INTEGER}) *", re.ASCII
)
_FAST_PIECES = re.compile(r"\d+|[-+*/]", re.ASCII)
_LEADING_ZERO = re.compile(r"\b0\d")
_ANNOTATION = re.compile(r"<<([^<>]{0,400})>>")
MAX_FAILURES = 12  # places tried in vain on one side, so that hostile text costs linear time
_SIGN = re.compile(r"[=≈≅≃≡]|\b(?:equals|is|gives|makes)\b|\\(?:equiv|approx)", re.I)
_CONTINUED = re.compile(r"\s*\n\s*(?=[=≈≡])|(?<=[=+*/×÷(])[ \t]*\n\s*")  # a line that goes on with the one before
BOLD = re.compile(r"(?<![\d)])\*\*(?=\S)([^*]+)(?<=\S)\*\*(?!\d)")  # Markdown's, not a power
_LEADING_FILLER = re.compile(r"^(?:(?:so|then|now|thus|therefore|hence|and|next|finally|the|step)\b[\s,:]*)+", re.I)


@dataclass(slots=True)
class Reading:
    """The chains of a step. `unread`: some equation with numbers could not be read. `problem`: why nothing was."""

    chains: list[Chain]
    unread: bool = False
    problem: str = ""


@lru_cache(maxsize=4_096)
def normal_name(text: str) -> str:
    """A quantity's name as it is compared: small letters, single spaces, no "So the" before it."""
    return _LEADING_FILLER.sub("", " ".join(text.split())).lower()


def read_chains(text: str) -> Reading:
    """The equations of one step.

    >>> [side.value for side in read_chains("apples now = 12 + 12 = 24").chains[0].sides]
    [24, 24]
    """
    if len(text) > MAX_CHARS:
        return Reading([], unread=True, problem=f"A step of more than {MAX_CHARS} characters is not read.")
    match = _FAST.fullmatch(text)
    if match is not None and (chain := _fast_chain(match, text)) is not None:
        return Reading([chain])
    if "<<" in text:
        annotations = _ANNOTATION.findall(text)
        whole = _read_prose(_ANNOTATION.sub("", text))
        for annotation in annotations:
            part = _read_prose(annotation)
            whole.chains += part.chains
            whole.unread = whole.unread or part.unread
        return whole
    return _read_prose(text)


def _fast_chain(match: re.Match[str], text: str) -> Chain | None:
    name, expression, result = match.groups()
    pieces = _FAST_PIECES.findall(expression)
    if len(pieces) == 3:
        left, operator, right = int(pieces[0]), pieces[1], int(pieces[2])
        if operator == "+":
            value: Number = left + right
        elif operator == "-":
            value = left - right
        elif operator == "*":
            value = left * right
        elif right == 0:
            return None
        else:
            value = divide(left, right) if left % right else left // right
        side = Side(value, [left, right], 1)
    else:
        terms = _flat_value(pieces)
        if terms is None:
            return None
        side = Side(terms, [int(piece) for piece in pieces[::2]], len(pieces) // 2)
    stated = int(result)
    if side.value != stated and (len(pieces) > 3 or _LEADING_ZERO.search(expression)):
        return None  # "2 / 1/5 = 10", "0900 - 0130 = 0730": another reading may hold
    return Chain(name or "", [side, Side(stated, [abs(stated)], 0, 1)], text)


def _flat_value(pieces: list[str]) -> Number | None:
    """The value of number, operator, number, ... with no brackets; None for a division by zero."""
    total: Number = 0
    sign = 1
    product: Number = int(pieces[0])
    for operator, digits in zip(pieces[1::2], pieces[2::2], strict=True):
        number = int(digits)
        if operator == "*":
            product *= number
        elif operator == "/":
            if number == 0:
                return None
            product = divide(product, number)
        else:
            total += sign * product
            sign, product = (1 if operator == "+" else -1), number
    return total + sign * product


def _read_prose(text: str) -> Reading:
    """The equations of each line; a line that begins or ends with a sign goes on with its neighbour."""
    if "=" not in text and not _SIGN.search(text):
        return Reading([])
    lines = _CONTINUED.sub(" ", text).splitlines() if "\n" in text else [text]
    if len(lines) == 1:
        return _read_line(lines[0])
    whole = Reading([])
    for line in lines:
        part = _read_line(line)
        whole.chains += part.chains
        whole.unread = whole.unread or part.unread
    return whole


def _read_line(text: str) -> Reading:
    if "**" in text:
        text = BOLD.sub(r"\1", text)
    try:
        tokens = tokenize(text)
    except ExpressionError as error:
        return Reading([], unread=True, problem=str(error))
    if any(verb in text for verb in VERBS):
        mark_verbs(tokens)
    signs = [i for i, token in enumerate(tokens) if token.kind in ("equals", "approx")]
    reading = Reading([])
    open_chain: Chain | None = None
    low = 0
    for index, sign in enumerate(signs):
        end = signs[index + 1] if index + 1 < len(signs) else len(tokens)
        if open_chain is None:
            open_chain = _start_chain(reading, text, tokens, low, sign)
        right, complete = _read_right(tokens, sign + 1, end)
        if right is None:
            reading.unread = reading.unread or _has_number(tokens, sign + 1, end)
        elif open_chain is not None:
            open_chain.sides.append(right)
            open_chain.approximate = open_chain.approximate or tokens[sign].kind == "approx"
            if (
                right.end < len(tokens)
                and tokens[right.end].kind == "open"
                and (stated := stated_modulus(tokens, right.end))
            ):
                open_chain.modulus, right.end = stated
                complete = right.end == end
        if not complete or end == len(tokens):
            # A name between two signs, "apples = bags * apples per bag = 12", keeps the chain together.
            if right is None and open_chain is not None and not _has_number(tokens, sign + 1, end):
                low = sign + 1
                continue
            open_chain = None
            low = right.end if right is not None else sign + 1
    reading.chains = [chain for chain in reading.chains if chain.sides]
    for chain in reading.chains:
        _leave_out_label(chain)
        if chain.modulus or "≡" in text or "\\equiv" in text:
            read_congruence(chain)
    return reading


def _leave_out_label(chain: Chain) -> None:
    """Takes "8 batches" in "8 batches = 5.5 * 8 = 44 cups" for a name: what is labelled so is worked out after it."""
    first = chain.sides[0]
    if first.operators or len(chain.sides) < 2 or first.value == chain.sides[1].value:
        return
    if any(token.kind == "word" for token in chain.tokens[first.start : first.end]):
        if len(chain.sides) > 2:
            del chain.sides[0]
        elif not (first.units and chain.sides[1].units):
            first.sure = False


def _start_chain(reading: Reading, text: str, tokens: list[Token], low: int, sign: int) -> Chain | None:
    """Opens the chain whose first "=" is tokens[sign]; None where its left side holds a name in a sum."""
    left, has_name = _read_left(tokens, low, sign)
    name = text[_name_start(tokens, low, sign) : tokens[sign].start]
    if left is None and not has_name:
        reading.unread = True
    chain = Chain(name, [left] if left is not None else [], text, tokens)
    reading.chains.append(chain)
    return chain if left is not None or has_name else None


def _name_start(tokens: list[Token], low: int, sign: int) -> int:
    i = sign
    while i > low and tokens[i - 1].kind != "other":
        i -= 1
    return tokens[i].start if i < len(tokens) else 0


def _has_number(tokens: list[Token], low: int, high: int) -> bool:
    return any(tokens[i].kind in ("number", "glyph") for i in range(low, high))


def _read_left(tokens: list[Token], low: int, sign: int) -> tuple[Side | None, bool]:
    """The expression that ends at tokens[sign], and, where there is none, whether a plain name stands there."""
    i = low
    failures = 0
    open_since = -1  # where this clause holds a name as an operand, or another calculation
    while i < sign:
        if not can_start(tokens, i):
            i += 1
            continue
        if tokens[i].kind == "operator" and not _is_unary(tokens, i, low):
            i += 1
            continue
        side = parse_side(tokens, i)
        if side is not None and side.end == sign:
            if open_since >= 0 and all(token.kind != "other" for token in tokens[open_since:i]):
                side.sure = False  # "25 friends + his 1 teacher + 1 = 27": the reading misses the start
            return _judge_left_context(tokens, low, side)
        if side is None or side.operators:
            open_since = i
        if side is None:
            failures += 1
            if failures == MAX_FAILURES:
                return None, False
        i = max(side.end, i + 1) if side is not None else i + 1
    return None, sign > low and _is_plain_name(tokens, low, sign)


def _judge_left_context(tokens: list[Token], low: int, side: Side) -> tuple[Side | None, bool]:
    start = side.start
    if start == 0 or tokens[start - 1].kind in ("equals", "approx"):
        return side, False
    before = tokens[start - 1]
    is_bare = side.operators == 0
    if before.kind == "operator":
        # "total + 5 =" holds a name; "* 3 + 4 =" at the start of a line is a bullet.
        return (side, False) if start == 1 and before.text == "*" else (None, False)
    if before.kind == "word" and before.text.lower() == "and" and is_bare:
        return None, True
    if before.text in ("x", "X") and start - 2 >= low and tokens[start - 2].kind == "word":
        return None, False  # "price x 1.5 + 3 =" holds a name
    if is_bare and before.text == ":" and "$" in side.units:
        return side, False  # "so we can write: $180 = $330"
    if is_bare:
        return None, True  # "Total for day 2 = ..." is a name
    if before.kind == "word":
        if before.text.lower() in CHANGES_NEXT or before.text.lower() in LABEL_WORDS:
            side.sure = False
        elif before.text.lower() == "and" and start - 2 >= low and tokens[start - 2].kind == "number":
            side.sure = False  # "12 x 1 and 1/4"
        elif tokens[start].kind == "open" and tokens[start].tight:
            return None, False  # f(3) =
        elif before.text.lower() == "of" and start - 2 >= low and _changes(tokens[start - 2]):
            side.sure = False
        elif tokens[start].tight:
            return None, False  # x2 =
    elif before.kind in ("number", "close", "percent", "glyph", "superscript"):
        side.sure = False
    elif before.kind == "other" and start >= 2 and tokens[start - 2].kind in ("number", "operator"):
        # "14, 400 / 80", ".8 + . 84", "5:30"; not "Step 4: 3 + 4" or "He has 4. 3 + 4"
        is_broken = before.text == "," or tokens[start - 2].kind == "operator" or tokens[start].tight
        side.sure = side.sure and not is_broken
    return side, False


def _changes(token: Token) -> bool:
    word = token.text.lower()
    return token.kind != "word" or word in CHANGES_NEXT or word in CHANGES_BEFORE or word == "percentage"


def _is_unary(tokens: list[Token], index: int, low: int) -> bool:
    """Whether a sign belongs to the number after it: at the start, or "is -5" with a space before and none after."""
    if index == low:
        return True
    before = tokens[index - 1]
    if before.kind in ("number", "close", "percent", "glyph", "operator"):
        return False
    if before.kind == "word":
        spaced = not tokens[index].tight and index + 1 < len(tokens) and tokens[index + 1].tight
        return spaced and tokens[index].text == "-" and len(before.text) > 1
    return True


def _is_plain_name(tokens: list[Token], low: int, sign: int) -> bool:
    """Whether the left side ends in a word: "apples now =", not "2x + 3 =" or "total + 5 ="."""
    last = tokens[sign - 1]
    if last.kind == "close":
        return True
    if last.kind != "word":
        return False
    i = sign - 1
    while i >= low and tokens[i].kind == "word":
        i -= 1
    if i < low or tokens[i].kind == "other":
        return True
    if tokens[i].kind == "operator":
        # "unit price * bags =" names only; "2 * x =" has a number in it
        return not _has_number(tokens, low, sign) or tokens[i].text == "-"
    return not (i == sign - 2 and tokens[i].kind == "number" and len(last.text) == 1)


def _read_right(tokens: list[Token], start: int, end: int) -> tuple[Side | None, bool]:
    """The expression that follows an "=", and whether it fills the text up to the next "="."""
    if start >= end or not can_start(tokens, start):
        return None, False
    side = parse_side(tokens, start)
    if side is None or side.end > end:
        return None, False
    if any(token.text.lower() in DIRECT_OPERATORS for token in tokens[start : side.end]):
        side.sure = False  # "is 15% of $300"
    if side.end == end:
        return side, True
    side.sure = side.sure and not _leaves_open(tokens, side.end, end)
    return side, False


def _leaves_open(tokens: list[Token], index: int, end: int) -> bool:
    """Whether what follows a result may change it: "5 and a half", "5 - so", "5 x width", "5 7", "5:30", "5!"."""
    following = tokens[index]
    if following.kind in ("number", "glyph", "frac", "operator"):
        return True
    if following.kind == "open":
        return _has_number(tokens, index, min(index + 2, end))
    if following.kind == "word":
        words = [token.text.lower() for token in tokens[index : min(index + 2, end)]]
        if words[0] == "and":
            return _has_number(tokens, index, min(index + 2, end)) or words[-1] in ("a", "one", "half")
        if words[0] == "x" or words == ["times", "the"]:
            return len(words) > 1  # "360 = 3 x width"
        return words[0] in NUMBER_WORDS or words[0] in CHANGES_BEFORE or words[-1] in ("squared", "cubed", "remainder")
    return following.tight and (following.text == "!" or (following.text in ",:" and _is_number(tokens, index + 1)))


def _is_number(tokens: list[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].kind == "number" and tokens[index].tight
