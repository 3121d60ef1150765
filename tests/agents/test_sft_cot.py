"""Chain-of-thought from the problems that CoMT takes plans of, and arms matched by examples and by tokens."""

from __future__ import annotations

import itertools
import random

import pytest

from reasoning_gym_ccrl.agents.base_corpus import TextExample, corpus, draw_confidence
from reasoning_gym_ccrl.agents.comt.cot_examples import (
    Matched,
    cot_example,
    example_stream,
    matched,
    scored_tokens,
)
from reasoning_gym_ccrl.agents.comt.meta_thoughts import comt_example
from reasoning_gym_ccrl.agents.comt.sft import SFTConfig, batches, tokenize
from reasoning_gym_ccrl.agents.tiny import TINY_FAMILIES
from reasoning_gym_ccrl.envs.problems import FAMILIES, make_source
from reasoning_gym_ccrl.envs.replay import replay as play
from reasoning_gym_ccrl.envs.sources import draw_problems
from reasoning_gym_ccrl.errors import InvalidOption, InvalidProblem, UnknownName
from reasoning_gym_ccrl.seeding import python_random
from reasoning_gym_ccrl.step_format import split_completion
from reasoning_gym_ccrl.types import Problem, Verdict

SOURCE = make_source(TINY_FAMILIES)


def text_of(example: TextExample) -> str:
    return "".join(text for text, _ in example.completion)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_solution_of_every_family_is_judged_right_from_end_to_end(family):
    for number in range(5):
        problem = make_source(family).sample(python_random(0, family, number))
        session = play(problem, split_completion(text_of(cot_example(problem))), "ccrl")
        assert session.records[-1].judgement.verdict is Verdict.CORRECT
        assert [record.step.kind for record in session.records] == ["step"] * len(problem.solution) + ["answer"]
        assert all(record.judgement.verdict is not Verdict.INCORRECT for record in session.records)
        reached = {record.judgement.gold_index for record in session.records[:-1]}
        assert reached == set(range(len(problem.solution)))


def test_it_has_the_numbers_that_comt_leaves_out_and_the_same_prompt():
    problem = SOURCE.sample(random.Random(0))
    solution, plan = cot_example(problem), comt_example(problem)
    assert solution.prompt == plan.prompt
    assert not any(char.isdigit() for char in text_of(plan))
    assert all(gold.value in text_of(solution) for gold in problem.solution)
    assert (solution.ends, plan.ends) == (True, False)


def test_confidences_are_read_and_never_scored():
    problem = SOURCE.sample(random.Random(0))
    example = cot_example(problem, draw_confidence, random.Random(1))
    stated = [text for text, scored in example.completion if not scored]
    assert len(stated) == len(problem.solution) + 1
    assert all(text.startswith("<confidence>") and text.endswith("</confidence>") for text in stated)
    assert "".join(text for text, scored in example.completion if scored) == text_of(cot_example(problem))
    records = play(problem, split_completion(text_of(example)), "ccrl").records
    assert all(record.step.confidence is not None for record in records)


def test_a_problem_with_no_solution_is_refused():
    with pytest.raises(InvalidProblem, match="gold steps"):
        cot_example(Problem("p", "3 * 4?", "12"))
    solved = SOURCE.sample(random.Random(0))
    with pytest.raises(InvalidProblem, match="gold steps"):
        cot_example(Problem("p", solved.question, None, solved.solution))


def test_the_arms_draw_the_same_problems_and_the_same_replay():
    streams = {}
    for target in ("comt", "cot"):
        rng = random.Random(3)
        old = (TextExample(f"old {number}", ((" x", True),)) for number in itertools.count())
        streams[target] = [e.prompt for e in itertools.islice(example_stream(target, SOURCE, old, 0.3, rng), 200)]
    assert streams["comt"] == streams["cot"]
    replayed = sum(prompt.startswith("old") for prompt in streams["cot"])
    assert 40 < replayed < 80


def test_matching_by_hand(monkeypatch):
    """The docstring's numbers: plans of 20 tokens, solutions of 32."""
    from reasoning_gym_ccrl.agents.comt import cot_examples

    problems = [SOURCE.sample(random.Random(number)) for number in range(4)]
    monkeypatch.setattr(
        cot_examples, "scored_tokens", lambda examples, _: sum(32 if example.ends else 20 for example in examples)
    )
    found = matched("cot", "tokens", 48, 1 / 3, problems, None)
    assert (found.batch_size, found.replay_share) == pytest.approx((36, 16 / 36))
    assert found.tokens_per_example == 32
    assert matched("comt", "tokens", 48, 1 / 3, problems, None) == Matched(48, 1 / 3)
    assert matched("cot", "examples", 48, 1 / 3, problems, None) == Matched(48, 1 / 3)


def own_tokens(tokenizer, target, batch_size, replay_share, updates=60):
    """Scored tokens of a run that are of the target, and the examples of replay in it."""
    rng = random.Random(5)
    marked = iter(lambda: TextExample("old", ((" x", True),), ends=False), None)
    stream = example_stream(target, SOURCE, marked, replay_share, rng)
    config = SFTConfig(batch_size=batch_size, pool_batches=4)
    old = tokenize([next(marked)], tokenizer)[0]
    made = list(itertools.chain(*itertools.islice(batches(stream, tokenizer, config, rng), updates)))
    return sum(sum(e.scored) for e in made if e != old), sum(e == old for e in made)


def test_token_matched_arms_learn_from_as_many_tokens_and_example_matched_ones_do_not(tokenizer):
    problems = draw_problems(SOURCE, 300, random.Random(0))
    arm = matched("cot", "tokens", 12, 0.25, problems, tokenizer)
    assert arm.batch_size < 12
    assert arm.batch_size != round(arm.batch_size)
    plans, replayed = own_tokens(tokenizer, "comt", 12, 0.25)
    solutions, replayed_too = own_tokens(tokenizer, "cot", arm.batch_size, arm.replay_share)
    assert solutions == pytest.approx(plans, rel=0.06)
    assert replayed_too == pytest.approx(replayed, rel=0.25)
    more, _ = own_tokens(tokenizer, "cot", 12, 0.25)
    assert more > 1.2 * plans  # the negative control


def test_a_batch_size_that_is_no_whole_number_is_met_on_average(tokenizer):
    texts = iter([TextExample("q", ((" 1", True),))] * 200)
    sizes = [len(b) for b in batches(texts, tokenizer, SFTConfig(batch_size=3.25, pool_batches=4), random.Random(0))]
    assert set(sizes[:48]) == {3, 4}
    assert sum(sizes[:48]) == 3.25 * 48
    whole = [TextExample("q" * n, ((" 1", True),)) for n in range(1, 30)]
    one, other = (list(batches(iter(whole), tokenizer, SFTConfig(batch_size=n), random.Random(0))) for n in (4, 4.0))
    assert one == other


def test_scored_tokens_counts_what_the_loss_is_taken_on(tokenizer):
    example = TextExample("q", ((" 1 2", True), (" 3", False), (" 4", True)))
    assert scored_tokens([example, example], tokenizer) == 2 * 4
    assert scored_tokens([], tokenizer) == 0


def test_unknown_names_and_nothing_to_count_on(tokenizer):
    with pytest.raises(UnknownName, match="comt"):
        example_stream("comd", SOURCE, iter(()), 0.0, random.Random(0))
    with pytest.raises(UnknownName, match="examples"):
        matched("cot", "exampels", 8, 0.0, [], tokenizer)
    with pytest.raises(InvalidOption, match="counted"):
        matched("cot", "tokens", 8, 0.0, [], tokenizer)


def test_the_confidences_of_the_base_are_replayed_as_they_were():
    """The tiny base's replay states confidences too, so a model that is taught solutions keeps stating its own."""
    replayed = list(itertools.islice(corpus(SOURCE, random.Random(0)), 40))
    assert any("<confidence>" in text_of(example) for example in replayed)
