"""What the evaluated episodes were paid, by the names of the reward's terms: anybody's own reward shows here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..types import Episode
from .tables import Row, Table, stage_columns

MOST_TERMS = 40
HINT = "Mean per episode of each term of the reward, summed over the episode's steps; the terms add up to the total."


def mean_terms(episodes: Sequence[Episode]) -> dict[str, float]:
    """Mean over episodes of each reward term, summed over an episode's steps; {} without episodes or terms.

    A term that a step does not have counts as 0 there. Names are in the order in which they first occur.
    """
    sums: dict[str, list[float]] = {}
    for episode in episodes:
        for record in episode.records:
            for name, value in record.reward.terms.items():
                sums.setdefault(name, []).append(float(value))
    return {name: math.fsum(values) / len(episodes) for name, values in sums.items()}


def terms_table(stages: Mapping[str, Sequence[Episode]]) -> Table | None:
    """A row for each term by its name, and one for the total; None where nothing was paid under any name."""
    means = {name: mean_terms(episodes) for name, episodes in stages.items()}
    names = list(dict.fromkeys(term for terms in means.values() for term in terms))
    if not names:
        return None
    rows = [
        Row(term, [_write(terms.get(term)) for terms in means.values()]) for term in names[:MOST_TERMS]
    ]  # fmt: skip
    if len(names) > MOST_TERMS:
        rest = names[MOST_TERMS:]
        rows.append(
            Row(f"{len(rest)} more terms", [_write(sum(terms.get(t, 0.0) for t in rest)) for terms in means.values()])
        )
    totals = [
        _write(math.fsum(e.total_reward for e in episodes) / len(episodes)) if episodes else "–"
        for episodes in stages.values()
    ]
    rows.append(Row("Total", totals))
    labels, colours = stage_columns(list(stages))
    return Table("Reward by terms", labels, rows, hint=HINT, colours=colours)


def _write(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}".replace("-", "−")
