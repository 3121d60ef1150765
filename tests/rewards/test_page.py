"""The table of rewards in the documents says what the cards say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reasoning_gym_ccrl.rewards import SCORING_RULES, make_reward
from reasoning_gym_ccrl.rewards.registry import BUILT_IN

PAGE = (Path(__file__).parents[2] / "docs" / "rewards.md").read_text()


def rows(after: str, columns: int) -> dict[str, list[str]]:
    """The cells behind the first one of each row of the first table with so many columns after a text."""
    found: dict[str, list[str]] = {}
    for line in PAGE[PAGE.index(after) :].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns:
            found[cells[0].strip("`")] = cells[1:]
        elif found:
            break
    return found


TABLE = rows("| name | an episode's sum", 7)


def test_it_has_a_row_for_each_reward_and_no_other():
    assert set(TABLE) - {"name", "---"} == BUILT_IN


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_a_row_says_what_the_card_says(name):
    _, range_, proper, accuracy, failure, source = TABLE[name]
    card = make_reward(name).function.card
    low, high = (float(end.replace("∞", "inf")) for end in re.fullmatch(r"\[(.+), (.+)\]", range_).groups())
    assert (low, high) == pytest.approx((card.low, card.high), abs=5e-5)
    assert proper == {True: "yes", False: "no", None: "looks at none"}[card.proper]
    assert accuracy.startswith("yes" if card.accuracy_compatible else "no")
    assert failure
    assert source


def test_the_scores_of_ccrl_are_as_in_its_table():
    table = rows("| said | brier", 5)
    for said, cells in table.items():
        match = re.fullmatch(r"(right|wrong) at ([\d.]+)", said)
        if match:
            scores = [SCORING_RULES[rule](float(match[2]), int(match[1] == "right")) for rule in SCORING_RULES]
            assert scores == pytest.approx([float(cell) for cell in cells], abs=0.00501)
    assert list(SCORING_RULES) == ["brier", "log", "spherical", "linear"]
    assert len(table) == 10
