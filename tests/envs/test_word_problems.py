"""Word problems: every question is read back from its sentences alone, every story and every split is held to its word.

The reader (`story_reader`) must come to one answer, the gold one.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from reasoning_gym_ccrl.envs.problems import DIFFICULTIES, FAMILIES, OOD_SPLITS, SPLITS, make_source
from reasoning_gym_ccrl.envs.problems.base import composition_of
from reasoning_gym_ccrl.envs.problems.stories import DISTRACTORS, STORIES
from reasoning_gym_ccrl.envs.problems.story_parts import NOUNS, PERSONS, UNSEEN_NOUNS, UNSEEN_PERSONS
from reasoning_gym_ccrl.envs.problems.story_walks import longest_walk

from .problem_tools import judge_gold, number, numbers_in, samples
from .story_reader import BY_NAME, ORDINALS, PATTERNS, all_texts, parts_of, read, sentences_of

FAMILY = FAMILIES["word_problems"]
each_difficulty = pytest.mark.parametrize("difficulty", DIFFICULTIES)
each_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)


# -- the reader --------------------------------------------------------------------------------------------------------


@each_difficulty
@pytest.mark.parametrize("split", SPLITS)
def test_the_text_alone_gives_the_answer_and_no_other(difficulty, split):
    for problem in samples("word_problems", difficulty, split, count=60 if split in SPLITS[:3] else 30):
        assert read(problem) == {Fraction(problem.answer)}, problem.question


def test_the_reader_sees_a_changed_number():
    problem = samples("word_problems", "medium", count=1)[0]
    [first, *_] = numbers_in(problem.question)
    changed = replace(problem, question=problem.question.replace(first, str(int(number(first)) + 2), 1))
    assert read(changed) != {Fraction(problem.answer)}


# -- the stories -------------------------------------------------------------------------------------------------------


@each_story
def test_every_beat_says_all_its_numbers_and_uses_them(story):
    for beat in story.beats:
        said = [name for name, role in beat.givens if role[0] != "="]
        assert said == [name for name, _ in beat.givens][: len(said)]  # numbers of the world come last
        for text in all_texts(beat.texts):
            assert sorted(re.findall(r"\[(\d)\]", text)) == [str(index) for index in range(len(said))]
        operands = {operand for step in beat.steps for operand in re.split(r" [-+*/] ", step.split(" = ")[1])}
        if beat.steps:
            assert {name for name, _ in beat.givens} <= operands
        assert bool(beat.asks.plain) == bool(beat.steps)


@each_story
def test_every_story_has_wordings_enough(story):
    for beat in story.beats:
        for wordings in (beat.texts, beat.asks) if beat.steps else (beat.texts,):
            assert len(set(wordings.rich)) >= 3
            assert wordings.plain
            assert wordings.unseen
            assert not set(wordings.unseen) & {*wordings.plain, *wordings.rich}
    assert len(set(story.asides)) >= 3
    assert longest_walk(story) >= 3


@each_story
def test_sentences_are_sentences(story):
    for beat in story.beats:
        for text in all_texts(beat.texts):
            assert re.fullmatch(r"[A-Z{\[].*\.", text)
            assert text[0] != "["  # no sentence starts with a figure
            assert "  " not in text
            assert not re.search(r"\d", re.sub(r"\[\d\]", "", text))
        for text in all_texts(beat.asks):
            assert re.fullmatch(r"(How|What|By|Find|Work out|Determine|What is)\b.*[.?]", text)
            assert text.endswith("?") == (text.split()[0] in ("How", "What", "By"))
    for text in story.asides:
        assert re.findall(r"\[\d\]", text) == ["[0]"]
        assert text.endswith(".")


@each_story
def test_no_two_quantities_of_a_problem_share_a_name(story):
    options = {"stories": (story.name,), "wordings": "rich", "max_steps": 4, "many": 99, "max_value": 999}
    source, rng = make_source("word_problems", {"word_problems": options}), random.Random(0)
    for _ in range(60):
        problem = source.sample(rng)
        names = [*problem.metadata["givens"], *(step.name for step in problem.solution)]
        assert len(set(names)) == len(names)


def test_there_are_stories_of_every_kind():
    assert len({story.name for story in STORIES}) == len(STORIES) >= 20
    asked_for = {"purchases", "teamwork", "tank", "travel", "ages", "sharing", "percentages", "fractions", "comparison"}
    assert asked_for | {"time", "lengths", "coins", "market", "mixtures"} <= set(BY_NAME)


def test_medium_and_hard_tell_every_story_and_any_can_be_chosen():
    for difficulty in ("medium", "hard"):
        told = Counter(problem.metadata["story"] for problem in samples("word_problems", difficulty, count=800))
        assert set(told) == set(BY_NAME)
        assert min(told.values()) >= 6  # 38 on average; the shorter ones have fewer walks that are long enough
    chosen = make_source("word_problems", {"word_problems": {"stories": ["ages", "school"]}})
    rng = random.Random(0)
    assert {chosen.sample(rng).metadata["story"] for _ in range(60)} == {"ages", "school"}


def test_percentages_fractions_and_numbers_of_the_world_occur():
    problems = samples("word_problems", "hard", count=500)
    givens = [text for problem in problems for text in problem.metadata["givens"].values()]
    assert sum(text.endswith("%") for text in givens) > 30
    assert sum("/" in text for text in givens) > 15
    unstated = Counter()
    for problem in problems:
        missing = Counter(problem.metadata["givens"].values()) - numbers_in(problem.question)
        unstated.update(name for name, text in problem.metadata["givens"].items() if text in missing)
    assert {"minutes per hour", "centimeters per meter", "cents per dollar", "eggs per set"} <= set(unstated)


def numbers_of_the_world(story):
    return {(name, role[1:]) for beat in story.beats for name, role in beat.givens if role[0] == "="}


@each_difficulty
def test_every_given_is_in_the_text_or_is_a_number_of_the_world(difficulty):
    for problem in samples("word_problems", difficulty, count=300):
        world = numbers_of_the_world(BY_NAME[problem.metadata["story"]])
        stated = Counter(text for name, text in problem.metadata["givens"].items() if (name, text) not in world)
        useless = Counter(problem.metadata.get("distractors", []))
        assert numbers_in(problem.question) == stated + useless


@each_difficulty
def test_values_stay_in_range_and_plurals_are_plural(difficulty):
    config = FAMILY.presets[difficulty]
    for problem in samples("word_problems", difficulty, count=300):
        assert all(1 <= int(step.value) <= config.max_value for step in problem.solution)
        assert all(2 <= number(text) <= config.max_value for text in numbers_in(problem.question) if text.isdigit())


@each_difficulty
def test_a_draft_knows_its_composition(difficulty):
    rng, config = random.Random(4), FAMILY.presets[difficulty]
    drafts = [FAMILY.draft(rng, replace(config, max_steps=config.max_steps + 1)) for _ in range(300)]
    for draft in drafts:
        assert draft.composition == (composition_of(draft.canonical) if draft.steps >= 3 else None)


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0, 0), (0.5, 0.4, 0.6), (1.0, 1, 1)])
@pytest.mark.parametrize("wordings", ["plain", "rich"])
def test_distractors_occur_as_often_as_asked(share, low, high, wordings):
    source = make_source("word_problems", {"word_problems": {"distractors": share, "wordings": wordings}})
    rng, found = random.Random(1), 0
    for _ in range(400):
        problem = source.sample(rng)
        pool = DISTRACTORS if wordings == "plain" else BY_NAME[problem.metadata["story"]].asides
        pieces = [piece.strip() for piece in sentences_of(problem.question)]
        seen = [match for piece in pieces for text in pool if (match := PATTERNS[text].fullmatch(piece))]
        assert [match["number0"] for match in seen] == problem.metadata.get("distractors", [])
        assert len(seen) <= 1
        assert not pieces or seen == [] or pieces[0] != seen[0].string  # never first
        found += len(seen)
    assert low <= found / 400 <= high


# -- out-of-distribution splits ----------------------------------------------------------------------------------------


def words_of(problem):
    return set(re.findall(r"\w+", problem.question))


@each_difficulty
def test_it_offers_every_split(difficulty):
    assert all(FAMILY.shifted(FAMILY.presets[difficulty], split) is not None for split in OOD_SPLITS)


@each_difficulty
def test_unseen_names_occur_in_no_other_split(difficulty):
    assert len(set(UNSEEN_PERSONS)) >= 10
    assert len(set(UNSEEN_NOUNS)) >= 8
    unseen = {*UNSEEN_PERSONS, *UNSEEN_NOUNS}
    for split in SPLITS:
        for problem in samples("word_problems", difficulty, split, count=60):
            if split == "renamed":
                assert words_of(problem) & unseen, problem.question
                assert not words_of(problem) & set(PERSONS)
            else:
                assert not words_of(problem) & unseen, problem.question
    renamed = Counter(word for p in samples("word_problems", difficulty, "renamed", count=200) for word in words_of(p))
    assert all(renamed[name] for name in UNSEEN_PERSONS)
    # Whether a thing is one of those that vary is seen where a story counts things.
    things = (
        p for p in samples("word_problems", difficulty, "renamed", count=120) if p.metadata["story"] == "collection"
    )
    assert all(
        words_of(problem) & set(UNSEEN_NOUNS) and not words_of(problem) & set(NOUNS) - {"stamps"} for problem in things
    )


def wordings_used(problem):
    """Which wordings each sentence of a problem could be: "seen", "unseen"."""
    story = BY_NAME[problem.metadata["story"]]
    sentences, ask = parts_of(problem.question)
    for sentence in (*sentences, ask):
        kinds = set()
        for beat in story.beats:
            for wordings in (beat.texts, beat.asks):
                kinds |= {"seen" for text in (*wordings.plain, *wordings.rich) if PATTERNS[text].fullmatch(sentence)}
                kinds |= {"unseen" for text in wordings.unseen if PATTERNS[text].fullmatch(sentence)}
        if kinds:
            yield kinds


@each_difficulty
def test_unseen_wordings_occur_in_no_other_split(difficulty):
    for split in SPLITS:
        for problem in samples("word_problems", difficulty, split, count=40):
            wanted = {"unseen"} if split == "unseen_templates" else {"seen"}
            used = list(wordings_used(problem))
            assert len(used) >= 2
            assert all(kinds == wanted for kinds in used), problem.question


@each_difficulty
def test_reordered_stories_are_the_usual_ones_in_another_order(difficulty):
    usual = FAMILY.presets[difficulty]
    shuffled = FAMILY.shifted(usual, "reordered")
    compared, firsts = 0, Counter()
    for seed in range(400):
        told = FAMILY.draft(random.Random(seed), usual).build()
        if len(parts_of(told.question)[0]) < 2 + bool(BY_NAME[told.metadata["story"]].opening):
            continue  # one sentence has no other order: such a draft is drawn anew
        mixed = FAMILY.draft(random.Random(seed), shuffled).build()
        if told.metadata["graph"] != mixed.metadata["graph"]:
            continue  # the walk before this one was of one sentence
        compared += 1
        opening = BY_NAME[told.metadata["story"]].opening
        sentences = parts_of(mixed.question)[0]
        assert [s for s in parts_of(told.question)[0] if s != opening] == sentences
        assert mixed.solution == told.solution
        places = [ORDINALS.index(word) for word in re.findall(r"(\w+): ", mixed.question) if word in ORDINALS]
        assert places != sorted(places)
        assert len(places) == len(sentences) >= 2
        firsts[mixed.question.startswith(parts_of(told.question)[1])] += 1
        assert mixed.question.count(parts_of(told.question)[1]) == 1
    assert compared > 100
    assert min(firsts.values()) > 20  # the question comes first, and last


@each_difficulty
def test_no_reordered_story_is_in_its_usual_order(difficulty):
    for problem in samples("word_problems", difficulty, "reordered", count=80):
        places = [ORDINALS.index(word) for word in re.findall(r"(\w+): ", problem.question) if word in ORDINALS]
        assert len(places) >= 2, problem.question
        assert places != sorted(places)


@each_difficulty
def test_distractors_are_one_or_two_and_stand_for_nothing(difficulty):
    counts = Counter()
    for problem in samples("word_problems", difficulty, "distractors", count=120):
        useless = problem.metadata["distractors"]
        counts[len(useless)] += 1
        assert not set(useless) & set(problem.metadata["givens"].values())
        assert len(set(useless)) == len(useless)
        stated = numbers_in(problem.question)
        assert all(stated[text] == 1 for text in useless)
    assert set(counts) == {1, 2}
    assert min(counts.values()) > 20


@each_difficulty
def test_larger_numbers_are_beyond_the_range_of_the_difficulty(difficulty):
    """Beyond `many`; a round number, which goes up to five times as far, is then beyond that."""
    config = FAMILY.presets[difficulty]
    roles = {name: role for story in STORIES for beat in story.beats for name, role in beat.givens}

    def beyond(problem):
        limits = {"many": config.many, "fit many": config.many, "x10": 5 * config.many, "x12": 5 * config.many}
        return any(
            number(text) > limits.get(roles.get(name, ""), float("inf"))
            for name, text in problem.metadata["givens"].items()
        )

    assert all(beyond(problem) for problem in samples("word_problems", difficulty, "larger_numbers", count=60))
    assert not any(beyond(problem) for problem in samples("word_problems", difficulty, "train", count=60))


@each_difficulty
def test_more_steps_are_more_than_the_difficulty_has(difficulty):
    most = FAMILY.presets[difficulty].max_steps
    lengths = Counter(len(p.solution) for p in samples("word_problems", difficulty, "more_steps", count=60))
    assert set(lengths) == {most + 1, most + 2}


@pytest.mark.parametrize("level", [0.1, 0.35, 0.5, 0.9])
def test_difficulties_between_the_presets_work_in_every_split(level):
    for split in SPLITS:
        for problem in samples("word_problems", level, split, count=6):
            judge_gold(problem)


def test_ten_thousand_medium_problems_hold_hardly_a_duplicate():
    """Of hard ones the contract tests ask that there is none."""
    source, rng = make_source("word_problems", "medium"), random.Random(0)
    assert len({source.sample(rng).question for _ in range(10_000)}) >= 9_985
