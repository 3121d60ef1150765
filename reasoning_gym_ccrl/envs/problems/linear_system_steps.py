"""The gold path of a system of linear equations: eliminate or substitute, divide, put back in."""

from __future__ import annotations

from collections.abc import Sequence

from ...types import GoldStep
from .algebra_steps import gold, labelled
from .linear_systems import Row, System, back_row, bare_unknown, cheapest, elimination, lone_unknown, substitution_parts
from .polynomial_text import factor_text, joined, monomial, quotient_steps


def system_steps(system: System, letters: Sequence[str]) -> list[GoldStep]:
    """The path; its equations are named "equation A", "equation B" … as they stand in the question."""
    path = _Path(system, letters)
    if any(equation.solved is not None for equation in system.equations):
        path.substitute()
    elif len(system.equations) == 2:
        first, second = (system.equations[index].standard for index in system.order)
        path.solve_pair(first, second, system.unknowns)
    else:
        path.solve_triple()
    return path.steps


class _Path:
    """The steps so far, the names of the rows, and the unknowns whose values are known."""

    def __init__(self, system: System, letters: Sequence[str]):
        self.system, self.letters = system, letters
        self.alphabet = sorted(range(len(letters)), key=lambda index: letters[index])
        self.names: dict[Row, str] = {
            equation.standard: labelled("equation", index) for index, equation in enumerate(system.equations)
        }
        self.found: list[int] = []  # unknowns in the order in which they were found
        self.steps: list[GoldStep] = []

    # -- elimination ---------------------------------------------------------------------------------------------

    def solve_triple(self) -> None:
        """Solves for two unknowns first, then puts them in where the third one is."""
        system = self.system
        apart = lone_unknown(system)
        if apart is not None:
            unknown, single, (first, second) = apart
            self.solve_pair(first, second, tuple(u for u in system.unknowns if u != unknown))
            self.put_back(single, unknown)
            return
        bare = bare_unknown(system)
        if bare is None:
            raise ValueError("Such a system is not drawn.")  # not reached: `count_steps` has refused it
        lead, *others = (system.equations[index].standard for index in system.order)
        rest = tuple(unknown for unknown in system.unknowns if unknown != bare)
        rows = [self.combine(lead, row, bare, labelled("combination", i), rest) for i, row in enumerate(others)]
        self.solve_pair(rows[0], rows[1], rest)
        self.put_back(lead, bare)

    def solve_pair(self, first: Row, second: Row, unknowns: tuple[int, ...]) -> None:
        """Eliminates one of two unknowns, and puts the other's value back in."""
        chosen = cheapest(first, second, unknowns)
        kept = next(unknown for unknown in unknowns if unknown != chosen.unknown)
        row = self.combine(first, second, chosen.unknown, "combination", (kept,))
        self.divide(row, kept)
        self.put_back(back_row(first, second, chosen.unknown), chosen.unknown)

    def combine(self, first: Row, second: Row, unknown: int, name: str, kept: tuple[int, ...]) -> Row:
        """Multiples of both rows where needed, then their sum or difference, with its first coefficient positive."""
        chosen = elimination(first, second, unknown)
        a, b = (self.multiply(row, m) for row, m in zip((first, second), chosen.multiples, strict=True))
        flipped = _combined(a, b, chosen.operator)[0][kept[0]] < 0
        if flipped and chosen.operator == "-":
            a, b, flipped = b, a, False
        row = _combined(a, b, chosen.operator)
        expression = f"{a[1]} {chosen.operator} {factor_text(b[1])}"
        if flipped:
            row = tuple(-coefficient for coefficient in row[0]), -row[1]
            expression = f"{-a[1]} - {factor_text(b[1])}"
        if len(kept) == 1 and row[0][kept[0]] == 1:
            name = self.name_of(kept[0])
        value = self.text(row)
        plan = f"{self.names[a]} {chosen.operator} {self.names[b]}"
        text = value.replace(" = ", f" = {expression} = ")
        self.steps.append(gold(name, plan, text, value, (self.names[a], self.names[b]), expression))
        self.names.setdefault(row, name)
        return row

    def multiply(self, row: Row, multiple: int) -> Row:
        if multiple == 1:
            return row
        scaled = tuple(multiple * coefficient for coefficient in row[0]), multiple * row[1]
        name, value = f"multiple of {self.names[row]}", self.text(scaled)
        expression = f"{multiple} * {factor_text(row[1])}"
        text = value.replace(" = ", f" = {expression} = ")
        self.steps.append(gold(name, f"scale({self.names[row]})", text, value, (self.names[row],), expression))
        self.names[scaled] = name
        return scaled

    # -- substitution --------------------------------------------------------------------------------------------

    def substitute(self) -> None:
        """Puts y = 2x + 1 into the other equation."""
        solved, other = substitution_parts(self.system)
        bound = solved.solved or 0
        free = 1 - bound
        slope, shift = solved.coefficients[free], solved.constant
        lead, factor = other.coefficients[free], other.coefficients[bound]
        sources = [self.names[solved.standard], self.names[other.standard]]
        if abs(factor) != 1:
            inner = joined((monomial(slope, self.letters[free]), str(shift)))
            outer = joined((monomial(abs(factor) * slope, self.letters[free]), str(abs(factor) * shift)))
            text = f"{abs(factor)}({inner}) = {outer}"
            self.steps.append(gold("expansion", f"expand({', '.join(sources)})", text, outer, sources))
            sources = [sources[1], "expansion"]
        coefficient, constant = lead + factor * slope, factor * shift
        value = f"{joined((monomial(coefficient, self.letters[free]), str(constant)))} = {other.constant}"
        self.steps.append(gold("substituted", f"substitute({', '.join(sources)})", value, value, sources))
        self.isolate(coefficient, constant, other.constant, free)
        point = self.system.solution[free]
        product = f"{slope} * {factor_text(point)}" if slope != 1 else str(point)
        expression = joined((product, str(shift)))
        value = f"{self.letters[bound]} = {self.system.solution[bound]}"
        parents = (self.name_of(free), self.names[solved.standard])
        text = f"{self.letters[bound]} = {expression} = {self.system.solution[bound]}"
        name = self.name_of(bound)
        self.steps.append(gold(name, f"substitute({', '.join(parents)})", text, value, parents, expression))

    def isolate(self, coefficient: int, constant: int, right: int, unknown: int) -> None:
        first, second = (right, constant) if coefficient > 0 else (constant, right)
        expression = f"{first} - {second}" if second > 0 else f"{first} + {-second}"
        row = self.row_of(abs(coefficient), first - second, unknown)
        name = "isolated" if abs(coefficient) != 1 else self.name_of(unknown)
        value = self.text(row)
        text = value.replace(" = ", f" = {expression} = ")
        self.steps.append(gold(name, "isolate(substituted)", text, value, ("substituted",), expression))
        self.names[row] = name
        self.divide(row, unknown)

    # -- what both need ------------------------------------------------------------------------------------------

    def divide(self, row: Row, unknown: int) -> None:
        """The value of an unknown that is alone in a row; no step where its coefficient is 1."""
        coefficient, number = row[0][unknown], row[1]
        name = self.name_of(unknown)
        if coefficient == 1:
            return
        calculation = quotient_steps(number, coefficient)
        letter = self.letters[unknown]
        value = f"{letter} = {self.system.solution[unknown]}"
        plan = f"divide({self.names[row]})"
        expression = calculation.partition(" = ")[0]
        self.steps.append(gold(name, plan, f"{letter} = {calculation}", value, (self.names[row],), expression))

    def put_back(self, row: Row, unknown: int) -> None:
        """Puts the values that are known into a row, and solves it for the unknown that is left."""
        coefficient = row[0][unknown]
        sign = -1 if coefficient > 0 else 1  # of the products, on the right side
        others = [other for other in self.alphabet if row[0][other] and other != unknown]
        products = [_product(sign * row[0][other], self.system.solution[other]) for other in others]
        constant = str(-sign * row[1])
        expression = joined((constant, *products) if sign < 0 or row[1] < 0 else (*products, constant))
        parents = (*(self.name_of(other) for other in others), self.names[row])
        left = self.row_of(abs(coefficient), abs(coefficient) * self.system.solution[unknown], unknown)
        name = self.name_of(unknown) if abs(coefficient) == 1 else f"reduced {self.names[row]}"
        value = self.text(left)
        text = value.replace(" = ", f" = {expression} = ")
        self.steps.append(gold(name, f"substitute({', '.join(parents)})", text, value, parents, expression))
        self.names.setdefault(left, name)
        self.divide(left, unknown)

    def name_of(self, unknown: int) -> str:
        """The unknown that is found first is "unknown A"; a name is given when it is asked for."""
        if unknown not in self.found:
            self.found.append(unknown)
        return labelled("unknown", self.found.index(unknown))

    def row_of(self, coefficient: int, number: int, unknown: int) -> Row:
        return tuple(coefficient if u == unknown else 0 for u in range(len(self.letters))), number

    def text(self, row: Row) -> str:
        terms = [monomial(row[0][unknown], self.letters[unknown]) for unknown in self.alphabet if row[0][unknown]]
        return f"{joined(terms)} = {row[1]}"


def _combined(first: Row, second: Row, operator: str) -> Row:
    sign = 1 if operator == "+" else -1
    return tuple(a + sign * b for a, b in zip(first[0], second[0], strict=True)), first[1] + sign * second[1]


def _product(coefficient: int, value: int) -> str:
    """A coefficient times a value, as a term of a sum: "-2 * 3", "4 * (-3)", "-5" for -1 times 5."""
    if abs(coefficient) == 1:
        return str(coefficient * value)
    return f"{coefficient} * {factor_text(value)}"
