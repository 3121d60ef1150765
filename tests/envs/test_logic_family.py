"""The family "logic": every answer by brute force over all cases, every wording read back, every split apart."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from reasoning_gym_ccrl.envs.problems.base import DIFFICULTIES, OOD_SPLITS, SPLITS, ProblemSource, split_of
from reasoning_gym_ccrl.envs.problems.logic import MAX_STEPS, Logic, LogicConfig
from reasoning_gym_ccrl.envs.problems.logic_proofs import CHAIN_RULES, CLOSING_RULES, JOINING_RULES, RULES
from reasoning_gym_ccrl.envs.problems.logic_words import FRAMES, THEMES, WORDINGS
from reasoning_gym_ccrl.envs.replay import replay
from reasoning_gym_ccrl.envs.verify import judge_steps
from reasoning_gym_ccrl.envs.verify.logic_english import Unread, read_statement
from reasoning_gym_ccrl.envs.verify.logic_words import Phrases
from reasoning_gym_ccrl.envs.verify.propositions import MAX_ATOMS, TruthTable, parse_formula
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName
from reasoning_gym_ccrl.types import Step, Verdict

FAMILY = Logic()
OFFERED = [split for split in SPLITS if split != "larger_numbers"]
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)


def source(difficulty="easy", split="train"):
    return ProblemSource(["logic"], {"logic": FAMILY}, difficulty, split)


def samples(difficulty="easy", split="train", count=120, seed=0):
    drawn, rng = source(difficulty, split), random.Random(seed)
    return [drawn.sample(rng) for _ in range(count)]


def as_python(formula):
    """The oracle's reading of a formula: Python's own operators on truth values, "->" being <=."""
    text = re.sub(r"\b([a-l])\b", r"bool(row['\1'])", formula)
    for sign, own in (("~", " 1 - "), ("<->", "=="), ("->", "<="), ("^", "!="), ("&", "and"), ("|", "or")):
        # A minus binds tighter than a comparison, as the negation of an atom must.
        text = text.replace(sign, own)
    return text.strip()


def rows_of(problem):
    """All rows of truth values in which all premises hold."""
    atoms = sorted(problem.metadata["atoms"])
    code = [compile(as_python(premise), "premise", "eval") for premise in problem.metadata["premises"]]
    cases = (dict(zip(atoms, row, strict=True)) for row in itertools.product((0, 1), repeat=len(atoms)))
    return [row for row in cases if all(eval(one, {"row": row, "bool": bool}) for one in code)]


def answer_by_brute_force(problem):
    values = {row[problem.metadata["goal"]] for row in rows_of(problem)}
    return {frozenset({1}): "yes", frozenset({0}): "no", frozenset({0, 1}): "unknown"}[frozenset(values)]


def without(problem, premise):
    kept = list(problem.metadata["premises"])
    kept.remove(premise)
    return replace(problem, metadata={**problem.metadata, "premises": kept})


@each_difficulty
@pytest.mark.parametrize("split", ["train", "distractors", "more_steps"])
def test_the_answer_by_brute_force(difficulty, split):
    for problem in samples(difficulty, split, count=25 if difficulty == "hard" else 80):
        assert answer_by_brute_force(problem) == problem.answer, problem


def test_the_brute_force_tells_a_rule_from_its_converse():
    """The control: with the rules turned round, the answers are no longer the family's."""
    changed = 0
    for problem in samples("easy", count=60):
        turned = [" -> ".join(reversed(p.split(" -> "))) for p in problem.metadata["premises"]]
        answer = answer_by_brute_force(replace(problem, metadata={**problem.metadata, "premises": turned}))
        changed += answer != problem.answer
    assert changed > 20


@each_difficulty
def test_every_premise_but_the_distractors_is_needed(difficulty):
    for problem in samples(difficulty, count=12 if difficulty == "hard" else 40):
        if problem.answer == "unknown":
            continue
        distractors = Counter(problem.metadata["distractors"])
        for premise in problem.metadata["premises"]:
            expected = problem.answer if premise in distractors else "unknown"
            assert answer_by_brute_force(without(problem, premise)) == expected, (problem, premise)


@each_difficulty
def test_distractors_add_nothing(difficulty):
    """What holds of the other atoms holds of them in the same rows with and without the distractors."""
    for problem in samples(difficulty, "distractors", count=12):
        assert problem.metadata["distractors"]
        bare = problem
        for premise in problem.metadata["distractors"]:
            bare = without(bare, premise)
        kept = {atom for premise in bare.metadata["premises"] for atom in re.findall(r"[a-l]", premise)}
        seen, expected = ({tuple(row[atom] for atom in sorted(kept)) for row in rows_of(p)} for p in (problem, bare))
        assert seen == expected


@each_difficulty
def test_gold_steps_follow_from_what_they_cite_and_that_is_known(difficulty):
    for problem in samples(difficulty, count=15 if difficulty == "hard" else 50):
        known = list(problem.metadata["premises"])
        phrases = Phrases(problem.metadata["atoms"])
        for step in problem.solution:
            cited = step.expression.split("; ")
            assert all(text in known for text in cited), (problem, step)
            [conclusion] = read_statement(step.value, phrases, TruthTable(phrases.atoms))
            rows = rows_of(replace(problem, metadata={**problem.metadata, "premises": cited}))
            assert rows
            assert all(eval(as_python(_rendered(conclusion)), {"row": row, "bool": bool}) for row in rows)
            assert step.text.endswith(f", so {step.value}.")
            assert tuple(step.parents) == tuple(phrases.say(parse_formula(one)) for one in cited)
            known.append(_rendered(conclusion))
        if problem.answer != "unknown":
            goal = problem.metadata["goal"]
            assert known[-1] == (goal if problem.answer == "yes" else f"~{goal}")


def _rendered(formula):
    """A formula as the metadata write it, made here: an atom, a negation, a pair of facts or a rule of two facts."""
    if isinstance(formula, str):
        return formula
    if formula[0] == "not":
        return f"~{formula[1]}"
    return f" {({'and': '&', 'if': '->'})[formula[0]]} ".join(map(_rendered, formula[1:]))


@each_difficulty
@pytest.mark.parametrize("split", OFFERED)
def test_the_gold_solution_scores_full_marks(difficulty, split):
    for problem in samples(difficulty, split, count=25):
        steps = [Step("step", step.text, 1.0) for step in problem.solution]
        plan = Step("plan", "; ".join(step.meta_thought for step in problem.solution))
        session = replay(problem, [plan, *steps, Step("answer", problem.answer, 1.0)])
        assert all(record.judgement.verdict is Verdict.CORRECT for record in session.records), session.records
        assert [record.judgement.gold_index for record in session.records[1:-1]] == list(range(len(steps)))
        assert session.episode().total_reward == pytest.approx(1.5, abs=1e-12)


@each_difficulty
def test_a_step_turned_round_is_proven_wrong(difficulty):
    for problem in samples(difficulty, count=40):
        for place, step in enumerate(problem.solution):
            start, _, _ = step.text.rpartition(", so ")
            denied = f"{start}, so it is not true that ({step.value})."
            gold = [gold.text for gold in problem.solution[:place]]
            judgement = judge_steps(problem, [*gold, denied])[-1]
            assert (judgement.verdict, judgement.counts) == (Verdict.INCORRECT, True), (problem, denied)


@each_difficulty
def test_the_question_says_the_premises_and_nothing_else(difficulty):
    """Each sentence about the atoms is read back, and has one meaning: the premise it words."""
    for split in ("train", "unseen_templates", "renamed", "distractors"):
        for problem in samples(difficulty, split, count=40):
            phrases = Phrases(problem.metadata["atoms"])
            table = TruthTable(phrases.atoms)
            said = []
            for sentence in re.split(r"(?<=[.?]) ", problem.question):
                try:
                    [reading] = read_statement(sentence, phrases, table)
                except Unread:
                    mentions = any(phrase.casefold() in sentence.casefold() for phrase in phrases.atoms.values())
                    assert sentence.endswith("?") or not mentions, (problem, sentence)
                else:
                    said.append(table.mask(reading))
            premises = [table.mask(parse_formula(premise)) for premise in problem.metadata["premises"]]
            assert said == premises, problem.question


@each_difficulty
def test_the_question_asks_the_goal_and_says_how_to_answer(difficulty):
    for problem in samples(difficulty, count=60):
        subject, _, predicate = problem.metadata["atoms"][problem.metadata["goal"]].partition(" is ")
        asked = problem.question.rpartition("?")[0].casefold()
        ways = (f"is {subject} {predicate}", f"is it true that {subject} is {predicate}")
        assert asked.endswith(tuple(map(str.casefold, ways)))
        assert problem.question.endswith("Answer yes or no." if difficulty != "hard" else "where neither follows.")
        assert "  " not in problem.question
        assert not set("{}[]$") & set(problem.question)


def test_copies_of_the_question_and_odd_answers_score_nothing():
    for problem in samples("hard", count=60):
        pieces = [problem.question, *re.split(r"(?<=[.?]) ", problem.question), "yes, no or unknown", "Answer yes."]
        for piece in pieces:
            judged = replay(problem, [Step("answer", piece, 1.0)])
            assert judged.records[-1].judgement.verdict is not Verdict.CORRECT, (problem, piece)
            assert judged.episode().total_reward <= 0


def test_padding_with_what_is_given_or_said_never_pays():
    for problem in samples("medium", count=30):
        gold = [Step("step", step.text, 0.7) for step in problem.solution]
        answer = Step("answer", problem.answer, 0.7)
        plain = replay(problem, [*gold, answer]).episode().total_reward
        phrases = Phrases(problem.metadata["atoms"])
        given = [
            Step("step", f"{phrases.say(parse_formula(premise))}.", 1.0) for premise in problem.metadata["premises"]
        ]
        weaker = [Step("step", f"{step.value} or {phrases.say('a')}.", 1.0) for step in problem.solution[:-1]]
        padded = replay(problem, [*given, *gold[:-1], *weaker, *gold[:-1], gold[-1], *given, answer], max_steps=200)
        assert padded.terminated
        assert padded.episode().total_reward <= plain + 1e-9, problem


@each_difficulty
def test_meta_thoughts_name_rules_and_nothing_of_the_problem(difficulty):
    for problem in samples(difficulty, count=60):
        for step in problem.solution:
            assert re.fullmatch(r"[a-z ]+", step.meta_thought)
            for phrase in problem.metadata["atoms"].values():
                assert not set(phrase.lower().split()) - {"is", "the", "on", "in", "for"} & set(
                    step.meta_thought.split()
                )


def test_every_rule_occurs_and_only_those_that_are_asked_for():
    words = {
        "modus ponens": "modus ponens on", "modus tollens": "modus tollens", "disjunctive syllogism": "disjunctive",
        "biconditional": "biconditional", "exclusive alternative": "exclusive", "simplification": "simplification",
        "contradiction": "contradiction", "cases": "cases of", "conjunction": "conjunction of",
        "hypothetical syllogism": "hypothetical",
    }  # fmt: skip
    assert set(words) == set(RULES) == {*CHAIN_RULES, *CLOSING_RULES, *JOINING_RULES}
    for difficulty in DIFFICULTIES:
        thoughts = [step.meta_thought for problem in samples(difficulty, count=300) for step in problem.solution]
        used = {rule for rule, start in words.items() if any(thought.startswith(start) for thought in thoughts)}
        allowed = set(FAMILY.presets[difficulty].rules)
        assert used - {"modus ponens"} == allowed - {"modus ponens"}


@each_difficulty
def test_the_settings_of_a_difficulty_are_kept(difficulty):
    config = FAMILY.presets[difficulty]
    problems = samples(difficulty, count=300)
    lengths = Counter(len(problem.solution) for problem in problems)
    assert set(lengths) == set(range(config.min_steps, config.max_steps + 1))
    for problem in problems:
        assert (problem.family, problem.difficulty) == ("logic", difficulty)
        assert len(problem.metadata["atoms"]) <= MAX_ATOMS
        assert len(problem.metadata["distractors"]) <= config.extra
    share = sum(bool(problem.metadata["distractors"]) for problem in problems) / 300
    assert abs(share - config.distractors) < 0.1
    answers = Counter(problem.answer for problem in problems)
    assert abs(answers["unknown"] / 300 - config.unknown) < 0.1
    assert abs(answers["yes"] - answers["no"]) < 75


def test_a_difficulty_between_and_the_longest_proofs():
    for problem in samples(0.35, count=40):
        assert 1 <= len(problem.solution) <= 4
    longest = {
        "logic": {"min_steps": MAX_STEPS, "max_steps": MAX_STEPS, "distractors": 1.0, "unknown": 1.0, "extra": 5}
    }
    for problem in samples(longest, count=30):
        assert len(problem.solution) == MAX_STEPS
        assert problem.answer == "unknown"
        assert problem.metadata["distractors"]
        assert len(problem.metadata["atoms"]) <= MAX_ATOMS


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"max_steps": 10}, InvalidOption),
        ({"min_steps": 3, "max_steps": 2}, InvalidOption),
        ({"extra": 0}, InvalidOption),
        ({"unknown": 1.5}, InvalidOption),
        ({"distractors": -1}, InvalidOption),
        ({"rules": ("simplification", "conjunction")}, InvalidOption),
        ({"rules": ("modus ponens", "modus")}, UnknownName),
        ({"templates": "new"}, UnknownName),
    ],
)
def test_settings_that_cannot_work(options, error):
    with pytest.raises(error):
        LogicConfig(**options)


# -- splits ------------------------------------------------------------------------------------------------------


@each_difficulty
def test_splits_are_what_they_say(difficulty):
    config = FAMILY.presets[difficulty]
    assert FAMILY.shifted(config, "larger_numbers") is None
    assert all(FAMILY.shifted(config, split) is not None for split in OOD_SPLITS if split != "larger_numbers")
    assert all(len(p.solution) > config.max_steps for p in samples(difficulty, "more_steps", count=40))
    assert all(p.metadata["distractors"] for p in samples(difficulty, "distractors", count=40))
    seen = {word for theme in THEMES["seen"] for word in (*theme.subjects, *theme.predicates)}
    unseen = {word for theme in THEMES["unseen"] for word in (*theme.subjects, *theme.predicates)}
    assert not seen & unseen
    for split in ("train", "renamed"):
        for problem in samples(difficulty, split, count=40):
            said = {part for phrase in problem.metadata["atoms"].values() for part in phrase.split(" is ")}
            assert said <= (unseen if split == "renamed" else seen)
    assert FAMILY.shifted(replace(config, max_steps=MAX_STEPS - 1), "more_steps") is None


def test_unseen_wordings_share_nothing_with_seen_ones():
    assert not set(FRAMES["seen"]) & set(FRAMES["unseen"])
    assert min(len(FRAMES["seen"]) - 4, len(FRAMES["unseen"]) - 2) >= 0
    for kind, wordings in WORDINGS["seen"].items():
        assert not set(wordings) & set(WORDINGS["unseen"][kind])


def asks_last(problem):
    """Whether the last premise speaks of what is asked, as the last that a proof uses always does."""
    return problem.metadata["goal"] in problem.metadata["premises"][-1]


def test_reordered_is_another_order():
    config, rng = FAMILY.presets["medium"], random.Random(0)
    usual = [FAMILY.draft(rng, replace(config, distractors=0.0)).build() for _ in range(100)]
    shuffled = [FAMILY.draft(rng, replace(config, distractors=0.0, order="shuffled")).build() for _ in range(100)]
    assert all(map(asks_last, usual))
    assert sum(map(asks_last, shuffled)) < 60
    for problem in samples({"logic": {"max_steps": 1}}, "reordered", count=40):
        assert len(problem.metadata["premises"]) == 2  # the one other order of two
        assert not asks_last(problem)


def isomorphic(first, second):
    """The oracle: does some renaming of atoms make the one problem's premises and goal the other's?"""

    def signature(problem, names):
        def form(premise):
            formula = parse_formula(premise)
            return _sorted_form(formula, names)

        return Counter(map(form, problem.metadata["premises"])), names[problem.metadata["goal"]]

    atoms = sorted(first.metadata["atoms"])
    others = sorted(second.metadata["atoms"])
    if len(atoms) != len(others):
        return False
    target = signature(second, {name: name for name in others})
    return any(
        signature(first, dict(zip(atoms, order, strict=True))) == target for order in itertools.permutations(others)
    )


def _sorted_form(formula, names):
    if isinstance(formula, str):
        return names[formula]
    operands = [_sorted_form(operand, names) for operand in formula[1:]]
    return f"{formula[0]}({','.join(operands if formula[0] == 'if' else sorted(operands))})"


@pytest.mark.parametrize("difficulty", ["easy", "medium", "hard"])
def test_two_problems_have_one_graph_exactly_where_a_renaming_turns_one_into_the_other(difficulty):
    options = {"min_steps": 1, "max_steps": 3, "distractors": 0.0, "rules": FAMILY.presets[difficulty].rules}
    options["unknown"] = FAMILY.presets[difficulty].unknown
    drawn, rng = [], random.Random(3)
    config = LogicConfig(**options)
    while len(drawn) < 70:
        problem = FAMILY.draft(rng, config).build()
        if len(problem.metadata["atoms"]) <= 5:
            drawn.append(problem)
    same = 0
    for first, second in itertools.combinations(drawn, 2):
        equal = first.metadata["graph"] == second.metadata["graph"]
        assert equal == isomorphic(first, second), (first, second)
        same += equal
    assert same > 0


def test_a_graph_has_one_composition_and_medium_and_hard_have_many():
    for difficulty in DIFFICULTIES:
        found, rng = defaultdict(set), random.Random(0)
        for _ in range(3_000):
            draft = FAMILY.draft(rng, FAMILY.presets[difficulty])
            found[draft.canonical].add(draft.composition)
            assert draft.steps == len(draft.build().solution)
        assert all(len(compositions) == 1 for compositions in found.values())
        if difficulty != "easy":
            assert len(set.union(*found.values())) >= 100


@each_difficulty
def test_splits_share_no_graph_and_the_held_out_compositions_occur_nowhere_else(difficulty):
    drawn = {split: samples(difficulty, split, count=150) for split in OFFERED}
    graphs = {split: {problem.metadata["graph"] for problem in problems} for split, problems in drawn.items()}
    for one, other in itertools.combinations(OFFERED, 2):
        assert not graphs[one] & graphs[other]
    again = {problem.metadata["graph"] for problem in samples(difficulty, "train", count=150, seed=1)}
    assert difficulty != "easy" or again & graphs["train"], "the control: two draws of one split do meet"
    rng = random.Random(5)
    shapes = defaultdict(set)
    for _ in range(1_500):
        draft = FAMILY.draft(rng, FAMILY.presets[difficulty])
        shapes[split_of(draft.canonical, draft.steps, draft.composition) == "unseen_compositions"].add(
            draft.composition
        )
    assert shapes[True]
    assert not shapes[True] & shapes[False]


def test_ten_thousand_problems_hardly_repeat():
    for difficulty, most in (("easy", 40), ("medium", 2), ("hard", 0)):
        rng, config = random.Random(0), FAMILY.presets[difficulty]
        questions = Counter(FAMILY.draft(rng, config).build().question for _ in range(10_000))
        assert 10_000 - len(questions) <= most, difficulty
