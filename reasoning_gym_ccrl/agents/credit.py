"""Who gets the credit: from the payments of an episode's steps to an advantage for every sampled token.

The arithmetic of single rows is in `advantages`; here it meets episodes, whose steps know their tokens. "Rows" hold one
number per token of each episode, 0 where the policy did not sample it.

Axes: K sampled tokens of one episode.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..types import Episode
from . import advantages as adv
from .config import TrainConfig

Rows = list[list[float]]


def sampled_positions(episode: Episode) -> list[int]:
    """The places of the sampled tokens among the episode's."""
    return [position for position, sampled in enumerate(episode.response_mask) if sampled]


def scatter(numbers: Sequence[float], episodes: Sequence[Episode], rows: Sequence[list[float]]) -> None:
    """Puts one number per sampled token, episode by episode, where the tokens are."""
    rest = iter(numbers)
    for episode, row in zip(episodes, rows, strict=True):
        for position in sampled_positions(episode):
            row[position] = next(rest)


def empty_rows(episodes: Sequence[Episode]) -> Rows:
    """Zeros."""
    return [[0.0] * len(episode.token_ids) for episode in episodes]


# -- payments ---------------------------------------------------------------------------------------------------------


def overlong_fine(episode: Episode, config: TrainConfig) -> float:
    """What an episode near its budget pays for its length, from 0 to -1; see `advantages.soft_overlong_penalty`."""
    if not config.overlong_buffer:
        return 0.0
    buffer = max(1, round(config.overlong_buffer * config.max_new_tokens))
    return float(adv.soft_overlong_penalty(episode.response_tokens, config.max_new_tokens, buffer))


def is_informative(group: Sequence[Episode], config: TrainConfig) -> bool:
    """Whether a group's episodes earned unequal amounts, so that there is something to compare (DAPO, section 3.2)."""
    return bool(adv.is_informative([episode.total_reward + overlong_fine(episode, config) for episode in group]))


def token_rewards(episode: Episode, config: TrainConfig, kl_rewards: Sequence[float]) -> list[float]:
    """[K] what each sampled token is paid: a step's payment on the last sampled token of its span.

    Args:
        episode: with K sampled tokens.
        config: `credit="episode"` puts all payments on the last token; where a fine for length is due, it lies there.
        kl_rewards: one per token of the episode, what it pays for its divergence.
    """
    positions = sampled_positions(episode)
    place = {position: index for index, position in enumerate(positions)}
    result = [kl_rewards[position] for position in positions]
    for record in episode.records:
        own = [place[p] for p in range(*record.span) if p in place] if record.span else []
        result[own[-1] if own and config.credit == "step" else -1] += record.reward.total
    result[-1] += overlong_fine(episode, config)
    return result


# -- advantages -------------------------------------------------------------------------------------------------------


def group_advantages(groups: Sequence[Sequence[Episode]], kl_rewards: Rows, config: TrainConfig) -> Rows:
    """Against the other episodes of the same problem, with or without one's own."""
    rows: Rows = []
    rest = iter(kl_rewards)
    for group in groups:
        beside = [sum(next(rest)) + overlong_fine(episode, config) for episode in group]
        rows += group_token_advantages(group, config, beside)
    return rows


def group_token_advantages(group: Sequence[Episode], config: TrainConfig, beside: Sequence[float] = ()) -> Rows:
    """For each episode of a group one advantage per token; 0 on the prompt.

    Args:
        group: the episodes of one problem.
        config: `advantage`, `scale` and `credit`.
        beside: what each is paid beside its records, with the last of them; none by default.
    """
    against: Callable[[Sequence[float]], list[float]] = (
        adv.leave_one_out_advantages
        if config.advantage == "leave_one_out"
        else lambda returns: adv.group_advantages(returns, "std" if config.scale == "std" else "none")
    )
    beside = beside or [0.0] * len(group)
    payments = [[record.reward.total for record in episode.records] for episode in group]
    whole = against([sum(row) + more for row, more in zip(payments, beside, strict=True)])
    if config.credit == "step":
        ended = [[*row[:-1], row[-1] + more] if row else row for row, more in zip(payments, beside, strict=True)]
        per_step = adv.step_advantages(ended, against=against)
    else:
        per_step = [[advantage] * len(row) for advantage, row in zip(whole, payments, strict=True)]
    return [_spread(*each) for each in zip(group, whole, per_step, strict=True)]


def _spread(episode: Episode, whole: float, per_step: Sequence[float]) -> list[float]:
    """The steps' advantages on their tokens; a completion with no step at all has the episode's on every token."""
    if not episode.records:
        return [whole * sampled for sampled in episode.response_mask]
    result = [0.0] * len(episode.token_ids)
    for record, advantage in zip(episode.records, per_step, strict=True):
        if record.span is not None:
            start, end = record.span
            result[start:end] = [advantage] * (end - start)
    return result


def return_advantages(episodes: Sequence[Episode], kl_rewards: Rows, config: TrainConfig) -> Rows:
    """Each token's discounted return, against nothing: REINFORCE; whitened afterwards, REINFORCE++."""
    rows = empty_rows(episodes)
    for episode, kl, row in zip(episodes, kl_rewards, rows, strict=True):
        scatter(
            list(map(float, adv.token_returns(token_rewards(episode, config, kl), config.discount))), [episode], [row]
        )
    return rows


def value_advantages(
    episodes: Sequence[Episode], kl_rewards: Rows, values: Rows, ends: Sequence[float], config: TrainConfig
) -> tuple[Rows, Rows]:
    """Generalised advantages and the value head's targets, over the sampled tokens alone.

    Args:
        episodes: B of them.
        kl_rewards: what each token pays for its divergence.
        values: before each token.
        ends: of each episode the value after its last token. A truncated one goes on from there; one that ended with
            an answer earns nothing more, whatever the head says.
        config: `discount`, `gae_lambda`, `credit`.
    """
    rows, targets = empty_rows(episodes), empty_rows(episodes)
    for index, episode in enumerate(episodes):
        rewards = token_rewards(episode, config, kl_rewards[index])
        before = [values[index][position] for position in sampled_positions(episode)]
        bootstrap = ends[index] if episode.truncated and not episode.terminated else 0.0
        found, target = adv.gae(rewards, before, bootstrap, config.discount, config.gae_lambda)
        scatter(list(map(float, found)), [episode], [rows[index]])
        scatter(list(map(float, target)), [episode], [targets[index]])
    return rows, targets


def divide_by_spread(
    episodes: Sequence[Episode], rows: Rows, config: TrainConfig, gather: Callable[[Sequence[float]], list[float]]
) -> None:
    """Divides advantages by the standard deviation of what all episodes of all processes earned, in place."""
    spread = adv.batch_spread(gather([e.total_reward + overlong_fine(e, config) for e in episodes]))
    for row in rows:
        row[:] = [value / spread for value in row]


def whiten(
    episodes: Sequence[Episode], rows: Rows, gather: Callable[[Sequence[list[float]]], list[list[float]]], rank: int
) -> None:
    """Mean 0 and standard deviation 1 over the sampled tokens of all processes, in place; equal numbers become 0.

    Args:
        episodes: of this process.
        rows: theirs.
        gather: brings one list of each process together, in the order of their ranks.
        rank: of this process.
    """
    own = [row[position] for row, e in zip(rows, episodes, strict=True) for position in sampled_positions(e)]
    parts = gather([own])
    whole = adv.whitened([number for part in parts for number in part])
    first = sum(map(len, parts[:rank]))
    scatter([float(number) for number in whole[first : first + len(own)]], episodes, rows)
