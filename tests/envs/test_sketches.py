"""What the families of sketches have in common: steps, names, splits, wordings, and the notation of their steps."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reasoning_gym_ccrl.agents.comt.meta_thoughts import plan_of, why_rejected
from reasoning_gym_ccrl.envs.problems import DIFFICULTIES, SPLITS
from reasoning_gym_ccrl.envs.problems.base import canonical_node, has_split, is_held_out, split_of
from reasoning_gym_ccrl.envs.problems.calculations import PiMultiple, read_calculation
from reasoning_gym_ccrl.envs.problems.chance_wordings import CHANCES
from reasoning_gym_ccrl.envs.problems.known_numbers import KNOWN
from reasoning_gym_ccrl.envs.problems.sketches import Sketch, SketchConfig, Wording, solve
from reasoning_gym_ccrl.envs.problems.sketches import plan_of as plan_of_steps
from reasoning_gym_ccrl.envs.verify.judge import EpisodeJudge
from reasoning_gym_ccrl.errors import InvalidOption, InvalidProblem, UnknownName
from reasoning_gym_ccrl.types import Step, Verdict

from .sketch_tools import FAMILIES, evaluated, exact, filled_in, numbers_in, plain, samples

OOD = SPLITS[3:]
each_family = pytest.mark.parametrize("family", FAMILIES)
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)


# -- the notation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "values", "expression", "value"),
    [
        ("r = larger mod smaller", {"larger": 48, "smaller": 18}, "48 mod 18", 12),
        ("r = (a - b) mod m", {"a": 2, "b": 5, "m": 7}, "(2 - 5) mod 7", 4),
        ("c = sqrt(square(a) + square(b))", {"a": 3, "b": 4}, "sqrt(3 * 3 + 4 * 4)", 5),
        ("w = factorial(a) / (factorial(b) * factorial(c))", {"a": 5, "b": 2, "c": 3}, "5! / (2! * 3!)", 10),
        ("x = a / b", {"a": 6, "b": 4}, "6 / 4", Fraction(3, 2)),
        ("x = a - (b - c)", {"a": 9, "b": 5, "c": 2}, "9 - (5 - 2)", 6),
        ("x = a - b", {"a": 2, "b": -5}, "2 - (-5)", 7),
        ("v = pi * square(r) * h", {"r": 3, "h": 5}, "pi * 3 * 3 * 5", PiMultiple(45)),
        ("x = C(n, k) + P(n, k) + power(n, k)", {"n": 5, "k": 2}, "C(5, 2) + P(5, 2) + 5^2", 55),
        ("x = inverse(a, m) + floor(m / a)", {"a": 3, "m": 7}, "inverse(3, 7) + floor(7 / 3)", 7),
    ],
)
def test_one_line_gives_expression_and_value(line, values, expression, value):
    calculation = read_calculation(line)
    assert calculation.expression(values) == expression
    assert calculation.value(values) == value
    assert calculation.meta_thought == line
    assert set(calculation.parents) == set(values)


@given(data=st.data(), depth=st.integers(1, 4))
def test_an_expression_has_the_value_of_its_line_whatever_the_brackets(data, depth):
    names = "abcdef"
    numbers = {name: data.draw(st.integers(1, 30)) for name in names}

    def grown(levels):
        if not levels or data.draw(st.booleans()):
            return data.draw(st.sampled_from(names))
        left, right = grown(levels - 1), grown(levels - 1)
        return f"({left} {data.draw(st.sampled_from('+-*'))} {right})"

    line = f"x = {grown(depth)} + square({grown(depth - 1)})"
    calculation = read_calculation(line)
    assert evaluated(calculation.expression(numbers)) == calculation.value(numbers)
    assert evaluated(filled_in(line[4:], numbers)) == calculation.value(numbers)
    # Turning every sum and product around changes nothing.
    turned = re.sub(r"\(([a-f]) ([+*]) ([a-f])\)", r"(\3 \2 \1)", line)
    forms = {name: str(number) for name, number in numbers.items()}
    assert read_calculation(turned).canonical(forms) == calculation.canonical(forms)


def test_canonical_forms_are_those_of_other_families_and_keep_what_matters():
    forms = {"a": "12", "b": "5", "c": "7"}
    for operator in "+-*/":
        assert read_calculation(f"x = a {operator} b").canonical(forms) == canonical_node(operator, 12, 5)
    same = [
        ("a + b + c", "c + (b + a)"),
        ("gcd(a, b)", "gcd(b, a)"),
        ("a - b - c", "a - c - b"),
        ("a * b / c", "b / c * a"),
    ]
    other = [("a mod b", "b mod a"), ("C(a, b)", "C(b, a)"), ("a - b", "b - a"), ("inverse(a, b)", "inverse(b, a)")]
    for left, right in same:
        assert read_calculation(f"x = {left}").canonical(forms) == read_calculation(f"x = {right}").canonical(forms)
    for left, right in other:
        assert read_calculation(f"x = {left}").canonical(forms) != read_calculation(f"x = {right}").canonical(forms)


@pytest.mark.parametrize(
    "line", ["x", "= a", "x = ", "x = a +", "x = (a", "x = a)", "x = 3 * a", "x = half(a)", "x = a b c)"]
)
def test_a_line_that_is_no_calculation_is_refused(line):
    with pytest.raises(InvalidProblem):
        read_calculation(line)


def test_a_root_that_is_not_whole_is_refused():
    with pytest.raises(InvalidProblem, match="whole"):
        read_calculation("x = sqrt(a)").value({"a": 5})


def test_two_parts_in_another_order_are_the_same_problem():
    """A composite's graph does not depend on which plot comes first."""
    wording = Wording(("What?",), ("What?",))
    kind = FAMILIES["geometry"].kinds[0]

    def graph(first, second):
        lines = ("a1 = la * wa", "a2 = lb * wb", "total = a1 + a2")
        lines = tuple(line.replace("1", " x").replace("2", " y") for line in lines)
        givens = {"la": first[0], "wa": first[1], "lb": second[0], "wb": second[1]}
        return solve(kind, Sketch(givens, lines, ((wording, givens),)), plan_of_steps(lines)).canonical

    assert graph((3, 4), (5, 6)) == graph((6, 5), (4, 3)) == "((3*4)+(5*6))"
    assert graph((3, 4), (5, 6)) != graph((3, 5), (4, 6))


# -- steps -------------------------------------------------------------------------------------------------------------


@each_family
@each_difficulty
def test_every_step_is_exact_and_follows_from_its_parents(family, difficulty):
    for problem in samples(family, difficulty):
        known = {name: evaluated(value) for name, value in problem.metadata["givens"].items()}
        constants = problem.metadata.get("constants", {})
        known |= {name: evaluated(value) for name, value in constants.items()}
        for step in problem.solution:
            name, _, calculation = step.meta_thought.partition(" = ")
            assert step.name == name
            assert name not in known
            assert step.text == f"{name} = {step.expression} = {step.value}"
            assert evaluated(step.expression) == exact(step.value), step
            assert evaluated(filled_in(calculation, known)) == exact(step.value), step
            assert set(step.parents) <= set(known) - set(constants)
            assert len(set(step.parents)) == len(step.parents)
            known[name] = exact(step.value)
        assert problem.answer == problem.solution[-1].value


def test_the_oracle_of_steps_sees_a_slip():
    assert evaluated("8! / (3! * 5!)") == 56
    assert evaluated("(2 - 5) mod 7") == 4
    assert evaluated("pi * 3 * 3") != exact("3 * pi")
    assert evaluated(filled_in("side a * side b", {"side a": 3, "side b": 4, "side": 9})) == 12


@each_family
@each_difficulty
def test_every_given_is_said_and_needed_and_every_step_but_the_last(family, difficulty):
    for problem in samples(family, difficulty):
        givens = problem.metadata["givens"]
        used = {parent for step in problem.solution for parent in step.parents}
        assert set(givens) <= used
        assert {step.name for step in problem.solution[:-1]} <= used
        said = Counter(map(abs, numbers_in(problem.question)))
        assert {abs(int(value)) for value in givens.values()} <= set(said)
        # Nothing else is said but one number that does not matter, and what a quadratic sequence is asked for.
        extra = set(said) - {abs(int(value)) for value in givens.values()}
        assert len(extra) <= (difficulty == "hard") + (
            problem.metadata["kind"] in ("quadratic", "growing", "formula of several")
        )


@each_family
@each_difficulty
def test_the_answer_is_nowhere_in_the_question(family, difficulty):
    for problem in samples(family, difficulty, count=400):
        if "pi" not in problem.answer:
            assert abs(Fraction(problem.answer)) not in map(abs, numbers_in(problem.question))
            assert Fraction(problem.answer) != 1 or not re.search(r"\bone\b", problem.question)


@each_family
@each_difficulty
def test_meta_thoughts_hold_no_number_and_questions_no_hole(family, difficulty):
    for split in ("train", *OOD):
        for problem in samples(family, difficulty, split, count=40):
            assert why_rejected(problem, plan_of(problem)) is None
            names = [*problem.metadata["givens"], *(step.name for step in problem.solution)]
            assert not any(char.isnumeric() for name in names for char in name)
            assert not set("{}[]|$#") & set(problem.question)
            assert "  " not in problem.question
            assert problem.question == problem.question.strip()
            assert problem.question[0].isupper() or problem.question[0] in "0123456789("
            assert problem.question[-1] in ".?"


def test_known_numbers_have_names_without_numbers():
    for name in KNOWN:
        assert re.fullmatch(r"[a-z]+(?: [a-z]+)*", name)


@each_family
@each_difficulty
def test_the_numbers_of_steps_are_those_of_the_difficulty(family, difficulty):
    config = FAMILIES[family].presets[difficulty]
    lengths = Counter(len(problem.solution) for problem in samples(family, difficulty, count=300))
    assert set(lengths) == set(range(config.min_steps, config.max_steps + 1))


@each_family
def test_each_kind_has_the_steps_it_promises(family):
    """Each kind, at each of its numbers of steps: a number of steps that no kind has would be drawn in vain."""
    made = FAMILIES[family]
    for kind in made.kinds:
        for steps in kind.steps:
            if steps > 8:
                continue
            config = replace(made.presets["hard"], kinds=(kind.name,), min_steps=steps, max_steps=steps)
            for seed in range(6):
                draft = made.draft(random.Random(seed), config)
                assert draft.steps == steps == len(draft.build().solution), kind.name


# -- the judge ---------------------------------------------------------------------------------------------------------


def raised(value):
    """Another value in the same notation."""
    if "pi" not in value:
        return str(Fraction(value) + 1)
    coefficient = value.removesuffix("pi").removesuffix(" * ") or "1"
    return f"{Fraction(coefficient) + 1} * pi"


def judge_gold(problem):
    judge = EpisodeJudge(problem)
    plan = "; ".join(step.meta_thought for step in problem.solution)
    assert judge.judge(Step("plan", plan)).verdict is Verdict.CORRECT, (problem.question, plan)
    for index, step in enumerate(problem.solution):
        wrong = f"{step.name} = {step.expression} = {raised(step.value)}"
        assert judge.judge(Step("step", wrong)).verdict is Verdict.INCORRECT, (problem.question, wrong)
        judgement = judge.judge(Step("step", step.text))
        assert judgement.verdict is Verdict.CORRECT, (problem.question, step.text, judgement.reason)
        assert judgement.gold_index == index, (problem.question, step.text)
    assert judge.judge(Step("answer", raised(problem.answer))).verdict is Verdict.INCORRECT
    assert judge.judge(Step("answer", problem.answer)).verdict is Verdict.CORRECT


@each_family
@each_difficulty
def test_gold_steps_and_plan_satisfy_the_judge_and_a_changed_result_does_not(family, difficulty):
    for problem in samples(family, difficulty, count=200):
        judge_gold(problem)


@each_family
@each_difficulty
@pytest.mark.parametrize("split", OOD)
def test_gold_satisfies_the_judge_in_every_split(family, difficulty, split):
    for problem in samples(family, difficulty, split, count=15):
        judge_gold(problem)


@each_family
@each_difficulty
def test_pieces_of_the_question_are_no_answer(family, difficulty):
    for problem in samples(family, difficulty, count=120):
        pieces = [problem.question, *re.split(r"(?<=[.?]) ", problem.question)]
        pieces += [piece for piece in re.findall(r"[\d(][\d\s()+*/^-]*[\d)]", problem.question)]
        for piece in pieces:
            judgement = EpisodeJudge(problem).judge(Step("answer", piece))
            assert judgement.verdict is not Verdict.CORRECT, (problem.question, piece)


# -- splits ------------------------------------------------------------------------------------------------------------


@each_family
def test_every_split_is_offered_between_the_presets_too(family):
    for split in SPLITS:
        assert has_split(FAMILIES[family], split)
        for difficulty in (*DIFFICULTIES, 0.2, 0.35, 0.8):
            assert len(samples(family, difficulty, split, count=8)) == 8


@each_family
@each_difficulty
def test_no_graph_is_in_two_splits(family, difficulty):
    graphs = {split: {p.metadata["graph"] for p in samples(family, difficulty, split, 60)} for split in SPLITS}
    for split, found in graphs.items():
        for other in graphs:
            assert split == other or not found & graphs[other]
    assert samples(family, difficulty, "train", 400, seed=0)


@each_family
@each_difficulty
def test_larger_numbers_are_beyond_the_difficulty(family, difficulty):
    high = FAMILIES[family].presets[difficulty].high
    for problem in samples(family, difficulty, "larger_numbers", 100):
        assert max(int(value) for value in problem.metadata["givens"].values()) > high, problem.question


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_in_other_splits_they_are_not(difficulty):
    for problem in samples("number_theory", difficulty, "test", 100):
        assert all(int(value) <= 9999 for value in problem.metadata["givens"].values())
    high = FAMILIES["number_theory"].presets[difficulty].high
    for problem in samples("number_theory", difficulty, "test", 200):
        assert max(int(value) for value in problem.metadata["givens"].values()) <= high


@each_family
@each_difficulty
def test_more_steps_are_more(family, difficulty):
    most = FAMILIES[family].presets[difficulty].max_steps
    lengths = {len(problem.solution) for problem in samples(family, difficulty, "more_steps", 150)}
    assert lengths == {most + 1, most + 2}


def names_in(family, index):
    return {name for pool in FAMILIES[family].pools.values() for name in pool[index]}


def holds(question, names):
    return {name for name in names if re.search(rf"\b{re.escape(name)}\b", question, re.IGNORECASE)}


@each_family
@each_difficulty
def test_renamed_problems_name_what_no_other_split_does(family, difficulty):
    usual, kept = names_in(family, 0), names_in(family, 1)
    assert not usual & kept
    for problem in samples(family, difficulty, "renamed", 80):
        assert holds(problem.question, kept), problem.question
        assert not holds(problem.question, usual), problem.question
    for split in ("train", "unseen_templates", "distractors", "larger_numbers"):
        for problem in samples(family, difficulty, split, 80):
            assert not holds(problem.question, kept), problem.question


@each_family
@each_difficulty
def test_distractors_add_one_number_that_does_not_matter(family, difficulty):
    for problem in samples(family, difficulty, "distractors", 80):
        givens = {int(value) for value in problem.metadata["givens"].values()}
        kind = next(kind for kind in FAMILIES[family].kinds if kind.name == problem.metadata["kind"])
        told = [re.escape(text) for text in kind.distractors]
        patterns = [re.sub(r"\\\{\w+\\\}", lambda m: r"(\d+)" if "number" in m[0] else r"\w+", text) for text in told]
        found = [match for pattern in patterns for match in re.finditer(pattern, problem.question)]
        assert len(found) == 1, problem.question
        idle = int(found[0][1])
        assert idle not in givens
        assert str(idle) not in [step.value for step in problem.solution]


def all_wordings(family):
    """All wordings of a family, found by walking what its kinds are made of."""
    found, seen = [], set()

    def walk(thing):
        if id(thing) in seen:
            return
        seen.add(id(thing))
        if isinstance(thing, Wording):
            found.append(thing)
        elif isinstance(thing, dict):
            for part in thing.values():
                walk(part)
        elif isinstance(thing, tuple | list):
            for part in thing:
                walk(part)
        elif hasattr(thing, "__dataclass_fields__"):
            for name in thing.__dataclass_fields__:
                walk(getattr(thing, name))
        elif hasattr(thing, "func") and hasattr(thing, "args"):
            walk(thing.args)

    walk(tuple(FAMILIES[family].kinds))
    if family == "counting":
        walk(CHANCES)
    return found


@each_family
def test_wordings_hold_no_digit_and_keep_unseen_ones_apart(family):
    wordings = all_wordings(family)
    assert len(wordings) >= 12
    for wording in wordings:
        assert not any(char.isdigit() for text in wording.texts for char in re.sub(r"\{[^{}]*\}", "", text))
        assert not set(wording.unseen) & {*wording.seen, *wording.turned}
        # Each says the same things: the same numbers are in all of its texts.
        pools = {f"{pool}{place}" for pool in FAMILIES[family].pools for place in ("", 2, 3)}
        said = {frozenset(SAME.get(name, name) for name in order_of(text, pools)) for text in wording.texts}
        assert len(said) == 1, (said, wording.texts)


SAME = {
    "turned": "text",
    "numbers": "text",
    "expression": "text",
    "bracketed": "text",
}  # the same numbers in other words


@each_family
def test_each_kind_has_four_usual_wordings_and_two_that_are_kept(family):
    made = FAMILIES[family]
    names = sorted({name for pool in made.pools.values() for part in pool for name in part}, key=len, reverse=True)
    for kind in made.kinds:
        config = replace(made.presets["easy"], kinds=(kind.name,), min_steps=1, max_steps=8, high=99)
        for templates, least in (("seen", 4), ("unseen", 2)):
            shapes = set()
            for seed in range(150):
                question = made.draft(random.Random(seed), replace(config, templates=templates)).build().question
                shapes.add(
                    re.sub(rf"-?\d+(?:st|nd|rd|th)?|\b(?:{'|'.join(names)})\b", "#", question, flags=re.IGNORECASE)
                )
            assert len(shapes) >= least, (kind.name, shapes)


@each_family
@each_difficulty
def test_unseen_templates_are_worded_as_nothing_else_is(family, difficulty):
    """With the same draws, a question worded by the usual templates and by those kept back has no sentence alike."""
    usual, kept = plain(family, difficulty, 60), plain(family, difficulty, 60, templates="unseen")
    shapes = [{re.sub(r"-?\d+", "#", question) for question in (p.question for p in drawn)} for drawn in (usual, kept)]
    assert not shapes[0] & shapes[1]


def order_of(template, pools):
    """The placeholders of a template that stand for numbers, in the order in which they are said."""
    return tuple(
        dict.fromkeys(name.removesuffix(" th") for name in re.findall(r"\{([^{}]+)\}", template) if name not in pools)
    )


@each_family
def test_turned_wordings_say_their_numbers_in_another_order(family):
    pools = {f"{pool}{place}" for pool in FAMILIES[family].pools for place in ("", 2, 3)}
    turned = 0
    for wording in all_wordings(family):
        usual = {order_of(text, pools) for text in wording.seen}
        for text in wording.turned:
            assert order_of(text, pools) not in usual, text
            turned += 1
    assert turned >= 20


@each_family
@each_difficulty
def test_reordered_problems_are_the_same_in_another_order(family, difficulty):
    made = FAMILIES[family]
    config = replace(made.shifted(made.presets[difficulty], "reordered"), distractors=0.0)
    usual = replace(config, order="usual")
    turned = 0
    for seed in range(120):
        first = made.draft(random.Random(seed), usual).build()
        second = made.draft(random.Random(seed), config).build()
        if first.metadata["graph"] != second.metadata["graph"]:
            continue  # a shape that has one number alone was drawn, and drawn again
        assert first.solution == second.solution
        assert first.metadata["givens"] == second.metadata["givens"]
        assert set(numbers_in(first.question)) == set(numbers_in(second.question))
        assert first.question != second.question
        turned += 1
    assert turned > 60


@each_family
@each_difficulty
def test_wording_changes_nothing_in_the_graph(family, difficulty):
    made, config = FAMILIES[family], FAMILIES[family].presets[difficulty]
    for seed in range(60):
        usual = made.draft(random.Random(seed), config)
        for option in ({"names": "unseen"}, {"templates": "unseen"}, {"distractors": 1.0}):
            other = made.draft(random.Random(seed), replace(config, **option))
            assert other.canonical == usual.canonical
            assert other.composition == usual.composition
            assert other.build().solution == made.draft(random.Random(seed), config).build().solution


@each_family
def test_unseen_compositions_occur_in_no_other_split(family):
    made = FAMILIES[family]

    def compositions(split):
        config = made.shifted(made.presets["hard"], split) if split in OOD else made.presets["hard"]
        rng, found = random.Random(1), set()
        for _ in range(1500):
            draft = made.draft(rng, config)
            if draft.steps >= 3 and split_of(draft.canonical, draft.steps, draft.composition) == split:
                found.add(draft.composition)
        return found

    held_out = compositions("unseen_compositions")
    assert len(held_out) >= 6
    assert all(map(is_held_out, held_out))
    for split in ("train", "test", "larger_numbers", "more_steps"):
        others = compositions(split)
        assert len(others) >= 16
        assert not held_out & others


@each_family
def test_there_are_many_compositions(family):
    made = FAMILIES[family]
    for difficulty in ("medium", "hard"):
        rng = random.Random(0)
        drafts = [made.draft(rng, made.presets[difficulty]) for _ in range(2000)]
        assert len({draft.composition for draft in drafts if draft.steps >= 3}) >= 16


@each_family
def test_hardly_a_problem_is_drawn_twice(family):
    for difficulty, most in (("medium", 200), ("hard", 50)):
        questions = Counter(problem.question for problem in samples(family, difficulty, count=10_000))
        assert 10_000 - len(questions) <= most, questions.most_common(3)


@each_family
def test_the_configs_split_only_saves_draws(family):
    """Told its split, a family drafts less in vain; what it draws is of that split all the same."""
    made = FAMILIES[family]
    for split in ("train", "unseen_compositions"):
        config = replace(made.presets["hard"], split=split)
        rng = random.Random(2)
        for _ in range(150):
            draft = made.draft(rng, config)
            held_out = split_of(draft.canonical, draft.steps, draft.composition) == "unseen_compositions"
            assert held_out == (split == "unseen_compositions")


# -- drawing -----------------------------------------------------------------------------------------------------------


@each_family
def test_equal_generators_draw_equal_problems_and_others_do_not(family):
    assert samples(family, "medium", seed=3) == samples(family, "medium", seed=3)
    same = {p.question for p in samples(family, "medium", seed=3)} & {p.question for p in samples(family, "medium")}
    assert len(same) < 30


@each_family
def test_a_draft_is_worded_alike_however_late(family):
    rng, config = random.Random(5), FAMILIES[family].presets["easy"]
    drafts = [FAMILIES[family].draft(rng, config) for _ in range(20)]
    for draft in drafts:
        problem = draft.build()
        assert problem.metadata["graph"] == draft.canonical
        assert len(problem.solution) == draft.steps


@each_family
@given(low=st.integers(2, 60), span=st.integers(6, 400), steps=st.integers(2, 6), seed=st.integers(0, 10**6))
def test_own_settings_are_kept(family, low, span, steps, seed):
    made = FAMILIES[family]
    config = replace(made.presets["easy"], low=low, high=max(8, low + span), min_steps=steps, max_steps=steps)
    try:
        draft = made.draft(random.Random(seed), config)
    except InvalidOption:
        # A narrow range has no number with so many factors, and long products of large numbers are too large.
        assert family in ("number_theory", "counting")
        return
    problem = draft.build()
    assert len(problem.solution) == steps
    assert max(int(value) for value in problem.metadata["givens"].values()) >= min(low, 60) or family == "geometry"


@each_family
def test_kinds_can_be_chosen(family):
    made = FAMILIES[family]
    for kind in made.kinds:
        config = replace(made.presets["easy"], kinds=(kind.name,), min_steps=1, max_steps=8, high=99)
        assert made.draft(random.Random(0), config).build().metadata["kind"] == kind.name


@each_family
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kinds": ("no such kind",)}, UnknownName),
        ({"low": 1}, InvalidOption),
        ({"high": 7}, InvalidOption),
        ({"low": 90, "high": 80}, InvalidOption),
        ({"min_steps": 0}, InvalidOption),
        ({"min_steps": 3, "max_steps": 2}, InvalidOption),
        ({"distractors": 2.0}, InvalidOption),
        ({"names": "new"}, UnknownName),
    ],
)
def test_settings_that_cannot_work_are_an_error_of_ours(family, wrong, error):
    with pytest.raises(error):
        replace(FAMILIES[family].presets["easy"], **wrong)


@each_family
def test_steps_that_no_kind_has_are_an_error_of_ours(family):
    config = replace(FAMILIES[family].presets["easy"], min_steps=40, max_steps=41)
    with pytest.raises(InvalidOption, match="steps"):
        FAMILIES[family].draft(random.Random(0), config)
    assert SketchConfig(low=3, high=9).main(random.Random(0), 12) == 12
