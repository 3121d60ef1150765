"""Propositional deduction: formulas, controlled English and verdicts, against truth tables worked out row by row."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reasoning_gym_ccrl.envs.verify import judge_steps, make_judge
from reasoning_gym_ccrl.envs.verify.logic import LogicJudge
from reasoning_gym_ccrl.envs.verify.logic_english import Unread, read_statement
from reasoning_gym_ccrl.envs.verify.logic_words import Phrases
from reasoning_gym_ccrl.envs.verify.propositions import (
    MAX_ATOMS,
    FormulaError,
    TruthTable,
    negate,
    parse_formula,
    render_formula,
)
from reasoning_gym_ccrl.envs.verify.truth import split_truth, truths_in
from reasoning_gym_ccrl.errors import InvalidProblem
from reasoning_gym_ccrl.types import GoldStep, Problem, Step, Verdict

from ..timing import in_time

ATOMS = {"a": "Ann is tall", "b": "Ann is kind", "c": "Ben is quiet", "d": "the lamp is on"}
PHRASES, TABLE = Phrases(ATOMS), TruthTable(ATOMS)
ROWS = [dict(zip(ATOMS, values, strict=True)) for values in itertools.product((False, True), repeat=len(ATOMS))]


def holds(formula, row):
    """The oracle: whether a formula is true in one row, worked out by itself."""
    if isinstance(formula, str):
        return row[formula]
    operator, *operands = formula
    values = [holds(operand, row) for operand in operands]
    return {
        "not": lambda: not values[0],
        "and": lambda: all(values),
        "or": lambda: any(values),
        "if": lambda: values[1] if values[0] else True,
        "iff": lambda: len(set(values)) == 1,
        "xor": lambda: sorted(values) == [False, True],
    }[operator]()


def follows(premises, conclusion, evaluate=holds):
    """The oracle: no row makes the premises true and the conclusion false."""
    return all(evaluate(conclusion, row) for row in ROWS if all(evaluate(premise, row) for premise in premises))


literals = st.sampled_from([*ATOMS, *(("not", name) for name in ATOMS)])
formulas = st.recursive(
    literals,
    lambda inner: st.one_of(
        inner.map(negate),
        st.tuples(st.sampled_from(["if", "iff", "xor"]), inner, inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=6,
)


@st.composite
def draw_rule(draw):
    """A premise as the family has them: a connective between facts about different atoms."""
    first, second, third = draw(st.permutations(sorted(ATOMS)))[:3]
    first, second, third = (draw(st.sampled_from([name, ("not", name)])) for name in (first, second, third))
    operator = draw(st.sampled_from(["if", "iff", "xor", "or", "and", "both"]))
    return ("if", ("and", first, second), third) if operator == "both" else (operator, first, second)


statements = st.one_of(literals, draw_rule())


# -- formulas ----------------------------------------------------------------------------------------------------


@given(st.lists(formulas, max_size=4), formulas)
def test_entailment_as_row_by_row(premises, conclusion):
    assert TABLE.entails(premises, conclusion) == follows(premises, conclusion)


def test_the_oracle_tells_an_implication_from_its_converse():
    """The control: with "if" turned round the oracle and the table disagree."""

    def turned(formula, row):
        return holds(("if", formula[2], formula[1]), row) if formula[0] == "if" else holds(formula, row)

    premises = [("if", "a", "b"), "b"]
    assert not TABLE.entails(premises, "a")
    assert not follows(premises, "a")
    assert follows(premises, "a", turned)


@given(formulas)
def test_a_formula_is_read_as_it_was_written(formula):
    read = parse_formula(render_formula(formula))
    assert TABLE.mask(read) == TABLE.mask(formula)
    assert parse_formula(render_formula(read)) == read


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("a & b | c", ("or", ("and", "a", "b"), "c")),
        ("~a | b", ("or", ("not", "a"), "b")),
        ("a -> b -> c", ("if", "a", ("if", "b", "c"))),
        ("a and not b implies c", ("if", ("and", "a", ("not", "b")), "c")),
        ("a ∧ ¬b → c ∨ d", ("if", ("and", "a", ("not", "b")), ("or", "c", "d"))),
        ("a <-> b -> c", ("iff", "a", ("if", "b", "c"))),
        ("~~~a", ("not", "a")),
        ("a & b & (c & d)", ("and", "a", "b", "c", "d")),
        ("a ^ b ^ c", ("xor", ("xor", "a", "b"), "c")),
    ],
)
def test_precedence_by_hand(text, formula):
    assert parse_formula(text) == formula


@pytest.mark.parametrize(
    "text", ["", "a b", "(a", "a)", "a ->", "& a", "1", "a" * 3_000, "(" * 60 + "a", "a & " * 300 + "a"]
)
def test_what_is_no_formula(text):
    with pytest.raises(FormulaError):
        parse_formula(text)


def test_a_table_has_bounds():
    names = "abcdefghijklm"
    assert TruthTable(names[:MAX_ATOMS]).full == (1 << 4096) - 1
    with pytest.raises(FormulaError, match="at most 12 atoms; received 13"):
        TruthTable(names)
    with pytest.raises(FormulaError, match="received 'z'"):
        TABLE.mask(("not", "z"))


@given(formulas)
def test_an_example_is_a_row_in_which_the_formula_is_true(formula):
    rows = TABLE.mask(formula)
    assume(rows)
    assert holds(formula, TABLE.example(rows))


# -- English -----------------------------------------------------------------------------------------------------


def repeats(formula):
    """Whether a conjunction joins what says the same: "B and B", which no one says and the reader does not read."""
    if isinstance(formula, str):
        return False
    masks = [TABLE.mask(operand) for operand in formula[1:]]
    return (formula[0] == "and" and len(set(masks)) < len(masks)) or any(map(repeats, formula[1:]))


@given(formulas)
def test_what_is_said_is_read_back_with_one_meaning(formula):
    assume(not repeats(formula))
    readings = read_statement(PHRASES.say(formula), PHRASES, TABLE)
    assert {TABLE.mask(reading) for reading in readings} == {TABLE.mask(formula)}


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("Ann is tall.", "a"),
        ("ANN ISN’T TALL", "~a"),
        ("Ann cannot be tall", "~a"),
        ("Ann must be tall", "a"),
        ("It is not true that Ann is tall.", "~a"),
        ("The lamp is not on", "~d"),
        ("Ann is tall, or the lamp is on, or both", "a | d"),
        ("Either Ann is tall or the lamp is on, but not both.", "a ^ d"),
        ("Neither Ann is tall nor Ben is quiet", "~a & ~c"),
        ("Both Ann is tall and Ben is quiet", "a & c"),
        ("Ann is tall but Ben is not quiet", "a & ~c"),
        ("If Ann is tall then Ben is quiet", "a -> c"),
        ("If Ann is tall, Ben is quiet", "a -> c"),
        ("Ben is quiet if Ann is tall", "a -> c"),
        ("Whenever Ann is tall, Ben is quiet", "a -> c"),
        ("Ben is quiet provided that Ann is tall", "a -> c"),
        ("Ben is quiet only if Ann is tall", "c -> a"),
        ("That Ann is tall implies that Ben is quiet", "a -> c"),
        ("Ann is tall unless Ben is quiet", "a | c"),
        ("Ann is tall if and only if Ben is quiet", "a <-> c"),
        ("If Ann is tall, then Ben is quiet, and vice versa", "a <-> c"),
        ("If Ann is tall and Ben is quiet, then the lamp is on", "(a & c) -> d"),
        ("If either Ann is tall or Ben is quiet, then the lamp is on", "(a | c) -> d"),
        ("Ben is quiet if both Ann is tall and the lamp is on", "(a & d) -> c"),
        ("At least one of these is true: Ann is tall; Ben is quiet; the lamp is on.", "a | c | d"),
        ("Exactly one of these is true: Ann is tall; Ben is not quiet", "a ^ ~c"),
        ("Ann is tall and kind", "a & b"),
        ("Ann is tall or not kind", "a | ~b"),
        ("a -> ~b", "a -> ~b"),
        ("a & b -> c", "(a & b) -> c"),
        ("Ann is tall -> Ben is quiet", "a -> c"),
    ],
)
def test_one_meaning(text, formula):
    [reading] = read_statement(text, PHRASES, TABLE)
    assert TABLE.mask(reading) == TABLE.mask(parse_formula(formula))


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("Ann is tall and Ben is quiet or the lamp is on", {"(a & c) | d", "a & (c | d)"}),
        ("If Ann is tall then Ben is quiet and the lamp is on", {"a -> (c & d)", "(a -> c) & d"}),
        ("It is not true that Ann is tall and Ben is quiet", {"~a & c", "~(a & c)"}),
    ],
)
def test_all_meanings_of_what_has_several(text, meanings):
    readings = read_statement(text, PHRASES, TABLE)
    assert {TABLE.mask(r) for r in readings} == {TABLE.mask(parse_formula(m)) for m in meanings}


@pytest.mark.parametrize(
    "text",
    [
        "", "Hello.", "Ann is", "Ann is short", "Is Ann tall?", "Ann is tall?", "Suppose Ann is tall", "if Ann is tall",
        "Ann is tall and", "and Ann is tall", "Ann is tall Ben is quiet", "Ann is very tall", "(Ann is tall",
        "Ann is tall) or Ben is quiet", "Ann is tall. Ben is quiet.", "then", "Perhaps Ann is tall",
        "exactly one of these is true: Ann is tall", " or ".join(["Ann is tall and Ben is quiet"] * 20),
    ],
)  # fmt: skip
def test_what_is_not_read(text):
    with pytest.raises(Unread):
        read_statement(text, PHRASES, TABLE)


# -- verdicts ----------------------------------------------------------------------------------------------------

PREMISES = ["a | c", "~c", "a -> b", "b -> d"]
GOLD = tuple(GoldStep("", "", value) for value in ("Ann is tall", "Ann is kind", "the lamp is on"))


def with_premises(*premises, answer=None, gold=()):
    metadata = {"domain": "logic", "atoms": ATOMS, "premises": list(premises), "goal": "d"}
    return Problem("ann", "Is the lamp on?", answer, gold, metadata=metadata)


PROBLEM = with_premises(*PREMISES, answer="yes", gold=GOLD)
OPEN = with_premises("a -> b", "b", "c | d", answer="unknown")


def judge_one(text, problem=PROBLEM, kind="step"):
    return make_judge(problem).judge(Step(kind, text))


@pytest.mark.parametrize(
    ("text", "verdict", "gold_index", "counts"),
    [
        ("Ben is not quiet, and Ann is tall or Ben is quiet, so Ann is tall.", "CORRECT", 0, True),
        ("Ann is tall or Ben is quiet; Ben isn't quiet; therefore Ann is tall", "CORRECT", 0, True),
        ("a | c, ~c, so a", "CORRECT", 0, True),
        ("a | c, ~c ⊢ a", "CORRECT", 0, True),
        ("Since Ann is tall or Ben is quiet, and Ben is not quiet, Ann must be tall.", "CORRECT", 0, True),
        ("Ann is tall because Ben is not quiet.", "CORRECT", 0, True),
        ("Ann is tall or Ben is quiet. Ben is not quiet. So Ann is tall.", "CORRECT", 0, True),
        ("So Ann is tall.", "CORRECT", 0, True),
        ("Step 1: Ann is tall", "CORRECT", 0, True),
        ("Let us see. So Ann is tall.", "CORRECT", 0, True),
        ("Ben is not quiet, so Ann is tall, and so Ann is kind.", "CORRECT", 1, True),
        ("If Ann is tall, then the lamp is on.", "CORRECT", None, False),  # true and short, but off the path
        ("Ben is not quiet.", "CORRECT", None, False),  # given
        ("Ben is not quiet, so Ben is not quiet.", "CORRECT", None, False),
        ("Ann is tall or Ann is not tall.", "CORRECT", None, False),  # always true
        ("Ann is kind.", "UNCHECKED", None, False),  # true, by a longer way
        ("Ben is not quiet, so the lamp is on.", "UNCHECKED", None, False),
        ("Ann is kind, and if Ann is kind, then the lamp is on, so the lamp is on.", "UNCHECKED", None, False),
        ("Suppose Ann is not tall. Then Ben is quiet.", "UNCHECKED", None, False),
        ("Is Ann tall?", "UNCHECKED", None, False),
        ("2 + 2 = 5", "UNCHECKED", None, False),
        ("Let us think.", "UNCHECKED", None, False),
        ("Ann is not tall.", "INCORRECT", None, True),
        ("So Ben is quiet.", "INCORRECT", None, True),
        ("The lamp is not on.", "INCORRECT", None, True),  # refuted by a longer way
        ("If Ann is tall, then Ann is not kind, and Ann is tall, so Ann is not kind.", "INCORRECT", None, True),
        ("Ben is quiet, so Ann is tall.", "INCORRECT", None, True),  # a fact that the premises refute
        ("If Ann is tall, then Ann is kind, and Ann is kind, so Ann is tall.", "INCORRECT", None, True),
        ("If Ann is kind, then the lamp is on, and the lamp is on, so Ann is kind.", "INCORRECT", None, True),
    ],
)  # fmt: skip
def test_first_step(text, verdict, gold_index, counts):
    judgement = judge_one(text)
    assert (judgement.verdict, judgement.gold_index, judgement.counts) == (verdict, gold_index, counts), judgement
    assert judgement.reason.endswith(".")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Ann is tall.", "UNCHECKED"),  # open: a bare statement is not proven wrong
        ("If Ann is tall, then Ann is kind, and Ann is kind, so Ann is tall.", "INCORRECT"),
        ("Ann is kind, so Ann is tall.", "INCORRECT"),
        ("Ann is tall because Ann is kind.", "INCORRECT"),
        ("Ben is quiet or the lamp is on, so Ben is quiet.", "INCORRECT"),
        ("If Ann is tall, then Ann is kind, and Ann is not tall, so Ann is not kind.", "INCORRECT"),
        ("If Ann is not kind, then Ann is not tall.", "CORRECT"),
        ("Ann is tall, so Ann is kind.", "UNCHECKED"),  # though the conclusion is given
        ("Ben is quiet, so Ben is quiet or Ann is tall.", "UNCHECKED"),  # valid, from what is not known
    ],
)
def test_where_the_premises_leave_it_open(text, verdict):
    assert judge_one(text, OPEN).verdict == verdict


def test_the_three_parts_and_the_case_against():
    wrong = judge_one("If Ann is tall, then Ann is kind, and Ann is kind, so Ann is tall.", OPEN)
    assert (wrong.local, wrong.grounded, wrong.global_) == ("INCORRECT", "UNCHECKED", "UNCHECKED")
    assert "Ann is kind, while Ann is not tall, would be a case against it" in wrong.reason
    ungrounded = judge_one("Ann is kind, and if Ann is kind, then the lamp is on, so the lamp is on.")
    assert (ungrounded.local, ungrounded.grounded) == ("CORRECT", "UNCHECKED")
    assert '"Ann is kind" is neither given nor derived' in ungrounded.reason
    right = judge_one("Ben is not quiet, so Ann is tall.")
    assert (right.local, right.grounded, right.global_, right.value) == ("CORRECT", "CORRECT", "CORRECT", "Ann is tall")
    refuted = judge_one("The lamp is not on.")
    assert refuted.reason == "The premises refute it: the lamp is on."


def test_a_gold_node_counts_once_and_padding_never():
    steps = [
        "So Ann is tall.", "So Ann is tall.", "Ann is tall, so Ann is tall.", "Ann is tall or the lamp is on.",
        "So Ann is kind.", "Ann is tall and kind.", "If Ann isn't kind, Ann isn't tall.", "So the lamp is on.",
    ]  # fmt: skip
    judged = judge_steps(PROBLEM, steps)
    assert [j.verdict for j in judged] == [Verdict.CORRECT] * len(steps)
    assert [j.counts for j in judged] == [True, False, False, False, True, False, False, True]
    assert [j.gold_index for j in judged] == [0, None, None, None, 1, None, None, 2]


def test_without_a_gold_path_each_new_fact_counts_once():
    bare = Problem("bare", "?", "yes", metadata=PROBLEM.metadata)
    steps = [
        "Ben is not quiet.",
        "So Ann is tall.",
        "Ann is tall.",
        "Ann is tall or kind.",
        "If a then d",
        "So Ann is kind.",
    ]
    assert [j.counts for j in judge_steps(bare, steps)] == [False, True, False, False, False, True]


def test_what_rests_on_an_error_is_unchecked_not_wrong():
    problem = Problem(
        "p", "?", None, metadata={"domain": "logic", "atoms": ATOMS, "premises": ["b -> d", "a -> b", "c"]}
    )
    steps = ["If Ann is kind, the lamp is on, and Ben is quiet, so Ann is kind.", "Ann is kind, so the lamp is on."]
    first, second = judge_steps(problem, steps)
    assert (first.verdict, second.verdict) == (Verdict.INCORRECT, Verdict.UNCHECKED)


def test_a_case_split_takes_three_facts():
    problem = with_premises("a | c", "a -> d", "c -> d", "d -> b")
    assert judge_one("So the lamp is on.", problem).verdict is Verdict.CORRECT
    cited = (
        "Ann is tall or Ben is quiet, and if Ann is tall, then the lamp is on, and if Ben is quiet, then the lamp is on"
    )
    assert judge_one(f"{cited}, so the lamp is on.", problem).verdict is Verdict.CORRECT
    without = cited.rpartition(", and")[0]
    assert judge_one(f"{without}, so Ben is quiet.", problem).verdict is Verdict.INCORRECT


def consistent(premises):
    return any(all(holds(premise, row) for premise in premises) for row in ROWS)


@settings(max_examples=300)
@given(st.lists(statements, min_size=2, max_size=5), statements, st.randoms())
def test_verdicts_on_explicit_inferences_as_row_by_row(premises, conclusion, rng):
    assume(consistent(premises))
    problem = with_premises(*map(render_formula, premises))
    cited = rng.sample(premises, rng.randint(1, min(3, len(premises))))
    text = f"{'; '.join(PHRASES.say(premise) for premise in cited)}; so {PHRASES.say(conclusion)}."
    verdict = judge_one(text, problem).verdict
    if follows(cited, conclusion):
        assert verdict is Verdict.CORRECT
    if verdict is Verdict.CORRECT:
        assert follows(premises, conclusion)
    if verdict is Verdict.INCORRECT:
        assert not follows(cited, conclusion)
    if not follows(premises, conclusion):
        assert verdict is Verdict.INCORRECT


@settings(max_examples=300)
@given(st.lists(statements, min_size=1, max_size=5), statements)
def test_verdicts_on_bare_statements_as_row_by_row(premises, conclusion):
    assume(consistent(premises))
    problem = with_premises(*map(render_formula, premises))
    verdict = judge_one(f"So {PHRASES.say(conclusion)}.", problem).verdict
    assert (verdict is Verdict.INCORRECT) == follows(premises, negate(conclusion))
    known = [part for premise in premises for part in (premise[1:] if premise[0] == "and" else (premise,))]
    short = any(follows(pair, conclusion) for pair in itertools.product(known, repeat=2))
    if short:
        assert verdict is Verdict.CORRECT
    elif not follows(premises, conclusion):
        assert verdict is not Verdict.CORRECT


# -- answers, plans, problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("yes", "CORRECT"), ("Yes.", "CORRECT"), ("TRUE", "CORRECT"), ("\\boxed{yes}", "CORRECT"),
        ("#### yes", "CORRECT"),
        ("The answer is yes.", "CORRECT"), ("Yes, the lamp is on.", "CORRECT"), ("It is true.", "CORRECT"),
        ("Yes, because Ann is kind.", "CORRECT"), ("no", "INCORRECT"), ("False", "INCORRECT"),
        ("unknown", "INCORRECT"), ("It cannot be known.", "INCORRECT"), ("12", "INCORRECT"), ("", "INCORRECT"),
        ("Is the lamp on?", "INCORRECT"), ("the lamp is on", "UNCHECKED"), ("yes and no", "UNCHECKED"),
        ("Answer yes or no.", "UNCHECKED"), ("Yes, the lamp is not on.", "UNCHECKED"),
    ],
)  # fmt: skip
def test_answers(text, verdict):
    judgement = judge_one(text, kind="answer")
    assert judgement.is_final
    assert judgement.verdict == verdict
    assert judgement.counts == (verdict != "UNCHECKED")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Unknown.", "CORRECT"),
        ("It can't be known", "CORRECT"),
        ("not enough information", "CORRECT"),
        ("no", "INCORRECT"),
    ],
)
def test_an_answer_that_stays_open(text, verdict):
    assert judge_one(text, OPEN, kind="answer").verdict == verdict


def test_truth_values_in_words():
    assert truths_in("it isn't known; not known, unknown") == ["unknown"]
    assert truths_in("nobody knows yesterday") == []
    assert split_truth("This is false: Ann is tall.") == ("no", "ann is tall.")
    assert split_truth("I think yes") is None


def test_nobody_knows_the_answer():
    problem = Problem("p", "?", None, metadata=PROBLEM.metadata)
    assert judge_one("yes", problem, kind="answer").verdict is Verdict.UNCHECKED
    odd = Problem("p", "?", "12", metadata=PROBLEM.metadata)
    assert judge_one("12", odd, kind="answer").verdict is Verdict.UNCHECKED


def test_plans_hold_no_digit_and_prove_nothing_by_being_other():
    digit = judge_one("use rule 1", kind="plan")
    assert (digit.verdict, digit.malformed, digit.counts) == (Verdict.INCORRECT, True, True)
    other = judge_one("think hard", kind="plan")
    assert (other.verdict, other.counts) == (Verdict.UNCHECKED, False)


def test_malformed_is_incorrect_and_counts():
    judgement = LogicJudge(PROBLEM).malformed("Two elements.")
    assert (judgement.verdict, judgement.malformed, judgement.counts) == (Verdict.INCORRECT, True, True)


def test_premises_may_be_sentences():
    premises = ["Ann is tall or Ben is quiet.", "Ben isn't quiet.", "If Ann is tall, Ann is kind.", "b -> d"]
    problem = Problem("p", "?", "yes", GOLD, metadata={**PROBLEM.metadata, "premises": premises})
    judged = judge_steps(problem, ["So Ann is tall.", "So Ann is kind.", "So the lamp is on."])
    assert [j.gold_index for j in judged] == [0, 1, 2]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({}, r'metadata\["atoms"\]'),
        ({"atoms": ATOMS}, r'metadata\["premises"\]'),
        ({"atoms": ATOMS, "premises": "a"}, "a list of formulas or sentences"),
        ({"atoms": {"a": ""}, "premises": ["a"]}, "texts that are not empty"),
        ({"atoms": ATOMS, "premises": [3]}, "texts that are not empty"),
        ({"atoms": ATOMS, "premises": ["z"]}, "cannot be read: The atoms are a, b, c, d"),
        ({"atoms": ATOMS, "premises": ["Ann is short"]}, "cannot be read"),
        ({"atoms": ATOMS, "premises": ["Ann is tall and kind or Ben is quiet"]}, "more than one way"),
        ({"atoms": ATOMS, "premises": ["a", "~a"]}, "do not contradict each other"),
        ({"atoms": {c: f"{c} is on" for c in "abcdefghijklm"}, "premises": ["a"]}, "at most 12 atoms"),
    ],
)
def test_a_problem_that_cannot_be_judged(metadata, message):
    with pytest.raises(InvalidProblem, match=message):
        LogicJudge(Problem("p", "?", "yes", metadata=metadata))


# -- hostile text ------------------------------------------------------------------------------------------------

HOSTILE = {
    "long": "Ann is tall and " * 200,
    "too long": "Ann is tall, " * 10_000,
    "mixed": " ".join(f"Ann is tall {word} Ben is quiet {word[::-1] and 'or'}" for word in ["and", "or", "if"] * 12),
    "commas": "Ann is tall, " * 55 + "so Ann is kind",
    "conditions": "if Ann is tall, " * 30 + "Ann is kind",
    "nested": "(" * 500 + "Ann is tall" + ")" * 500,
    "signs": "~" * 1_900 + "a",
    "formula": "a & b | " * 200 + "a",
    "arrows": "a -> " * 300 + "b",
    "sos": "so " * 600 + "Ann is tall",
    "becauses": "Ann is tall because " * 80,
    "eithers": "either " * 50 + "Ann is tall or Ben is quiet",
    "nots": "it is not true that " * 90 + "Ann is tall",
    "code": "__import__('os').system('true') so Ann is tall",
    "nul": "Ann is tall\x00, so Ann is kind",
    "surrogate": "Ann is tall \ud800",
    "newlines": "Ann is tall\n" * 160,
}


@pytest.mark.parametrize("kind", ["step", "answer", "plan"])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_judged_in_time(text, kind):
    judgement = in_time(lambda: judge_one(text, kind=kind), 0.25)
    assert judgement.reason
    assert len(judgement.reason) < 400


WORDS = [
    "Ann is tall", "Ben is not quiet", "kind", "the lamp is on", "a", "and", "or", "if", "then", ",", ";", ".", "so",
    "because", "since", "either", "not", "both", "but not both", "(", ")", "->", "~", "unless", "neither", "nor", "?",
    "at least one of these is true", "only if", "if and only if", "xyz", "\n",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(["step", "answer", "plan"]))
def test_nothing_raises_on_noise_and_what_is_correct_follows(words, kind):
    judgement = in_time(lambda: judge_one(" ".join(words), kind=kind), 0.5)
    if kind == "step" and judgement.verdict is Verdict.CORRECT:
        value = parse_formula(render_formula(read_statement(judgement.value, PHRASES, TABLE)[0]))
        assert follows([parse_formula(premise) for premise in PREMISES], value)


@given(st.text(max_size=200))
def test_nothing_raises_on_any_text(text):
    judge_steps(PROBLEM, [text, Step("answer", text), Step("plan", text)])


def test_readings_do_not_depend_on_the_order_in_which_atoms_are_named():
    names = list(ATOMS)
    random.Random(0).shuffle(names)
    shuffled = Problem(
        "s", "?", "yes", GOLD, metadata={**PROBLEM.metadata, "atoms": {name: ATOMS[name] for name in names}}
    )
    steps = ["So Ann is tall.", "Ann is kind and the lamp is on or Ben is quiet", "So the lamp is not on."]
    assert [j.verdict for j in judge_steps(shuffled, steps)] == [j.verdict for j in judge_steps(PROBLEM, steps)]
