from __future__ import annotations

import math
import random

import pytest
import torch

from reasoning_gym_ccrl.agents import losses
from reasoning_gym_ccrl.agents.algorithms import ALGORITHMS
from reasoning_gym_ccrl.agents.config import TrainConfig
from reasoning_gym_ccrl.errors import InvalidOption


def one(value):
    return torch.tensor([value], dtype=torch.float64)


def draw(n, seed=0, spread=0.5):
    """New and old log-probabilities and advantages of n tokens."""
    rng = random.Random(seed)
    rows = [(rng.uniform(-3, -0.1), rng.gauss(0, spread), rng.gauss(0, 1)) for _ in range(n)]
    return [
        torch.tensor(column, dtype=torch.float64) for column in zip(*((a, a - d, w) for a, d, w in rows), strict=True)
    ]


def clip(ratio, advantage, **epsilons):
    return losses.clip_loss(one(math.log(ratio)), one(0.0), one(advantage), **epsilons).item()


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss"),
    [
        (1.0, 1.0, -1.0),
        (1.0, -2.0, 2.0),
        (1.5, 1.0, -1.2),  # good and above the range: cut
        (1.5, -1.0, 1.5),  # bad and above: not cut, it must come down
        (0.5, 1.0, -0.5),  # good and below: not cut, it must come up
        (0.5, -1.0, 0.8),  # bad and below: cut
        (1.1, 3.0, -3.3),
        (7.0, 0.0, 0.0),
    ],
)
def test_clip_literals(ratio, advantage, loss):
    assert clip(ratio, advantage) == pytest.approx(loss)


def test_the_clip_range_may_be_uneven():
    assert clip(1.27, 1.0, epsilon_high=0.28) == pytest.approx(-1.27)
    assert clip(1.5, 1.0, epsilon_high=0.28) == pytest.approx(-1.28)
    assert clip(0.5, -1.0, epsilon_low=0.4) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("ratio", "advantage", "is_cut"), [(1.5, 1, True), (1.5, -1, False), (0.5, -1, True), (0.5, 1, False)]
)
def test_the_clip_fraction_counts_the_tokens_that_have_no_gradient(ratio, advantage, is_cut):
    logprobs = one(math.log(ratio)).requires_grad_()
    losses.clip_loss(logprobs, one(0.0), one(float(advantage))).sum().backward()
    assert (logprobs.grad.item() == 0.0) is is_cut
    assert losses.is_clipped(logprobs.detach(), one(0.0), one(float(advantage))).item() is is_cut


def test_clip_loss_against_a_loop():
    rng = random.Random(0)
    rows = [(rng.gauss(-1, 1), rng.gauss(-1, 1), rng.gauss(0, 1)) for _ in range(200)]
    new, old, advantages = (torch.tensor(column, dtype=torch.float64) for column in zip(*rows, strict=True))
    by_loop = []
    for a, b, advantage in rows:
        ratio = math.exp(a - b)
        by_loop.append(-min(ratio * advantage, min(max(ratio, 0.9), 1.3) * advantage))
    found = losses.clip_loss(new, old, advantages, 0.1, 0.3)
    assert found.tolist() == pytest.approx(by_loop)
    assert losses.clip_loss(new, old, advantages).tolist() != pytest.approx(by_loop)


def test_the_gradient_at_ratio_one_is_the_policy_gradient():
    logits = torch.tensor([0.3, -1.0, 0.5], dtype=torch.float64, requires_grad=True)
    logprob = logits.log_softmax(0)[1:2]
    losses.clip_loss(logprob, logprob.detach(), one(2.5)).sum().backward()
    p = logits.detach().softmax(0)
    expected = [2.5 * p[0].item(), -2.5 * (1 - p[1].item()), 2.5 * p[2].item()]
    assert logits.grad.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss"),
    [(9.0, -1.0, 4.0), (3.0, -1.0, 3.0), (9.0, 1.0, -1.2), (0.5, -1.0, 0.8), (0.5, 1.0, -0.5), (9.0, -2.0, 8.0)],
)
def test_the_second_clip_bounds_what_a_negative_advantage_is_multiplied_with(ratio, advantage, loss):
    assert clip(ratio, advantage, two_sided=4.0) == pytest.approx(loss)


def test_without_the_second_clip_there_is_no_bound():
    assert clip(9.0, -1.0) == pytest.approx(9.0)


def test_the_second_clip_against_the_papers_form():
    """Dual-clip PPO: max(min(r A, clip(r) A), c A) where A < 0, the usual form elsewhere; negated."""
    new, old, advantages = draw(300, spread=1.5)
    by_loop = []
    for a, b, advantage in zip(new.tolist(), old.tolist(), advantages.tolist(), strict=True):
        ratio = math.exp(a - b)
        usual = min(ratio * advantage, min(max(ratio, 0.8), 1.2) * advantage)
        by_loop.append(-max(usual, 3.0 * advantage) if advantage < 0 else -usual)
    assert losses.clip_loss(new, old, advantages, two_sided=3.0).tolist() == pytest.approx(by_loop)
    assert losses.clip_loss(new, old, advantages).tolist() != pytest.approx(by_loop)


@pytest.mark.parametrize("name", ["clip", "gspo"])
@pytest.mark.parametrize("two_sided", [None, 1.5])
def test_clipped_is_where_no_gradient_is(name, two_sided):
    new, old, advantages = draw(120, spread=1.0)
    new.requires_grad_()
    episode_of = torch.arange(120) // 3
    clip = losses.Clip(two_sided=two_sided)
    terms = losses.POLICY_LOSSES[name](new, old, advantages, episode_of, 40, clip)
    terms.loss.sum().backward()
    assert torch.equal(terms.clipped, new.grad == 0)
    assert 0.1 < terms.clipped.double().mean() < 0.9
    # The negative control: the usual count, of all ratios outside the range, is another.
    log_ratio = (new - old).detach()
    outside = (log_ratio.exp() - 1).abs() > 0.2
    assert not torch.equal(outside, new.grad == 0)


@pytest.mark.parametrize(
    "options",
    [{"epsilon_low": -0.1}, {"epsilon_low": 1.1}, {"epsilon_high": -0.1}, {"two_sided": 1.2}, {"two_sided": 0.5}],
)
def test_ranges_that_cannot_work_are_refused(options):
    with pytest.raises(InvalidOption, match="received"):
        losses.Clip(**options)


# --- GSPO


def episodes_of_a_policy(lengths, seed=0, spread=0.3):
    """A small policy that can be differentiated: for each episode [T, V] logits, tokens, and old log-probabilities."""
    generator = torch.Generator().manual_seed(seed)
    logits = [torch.randn(n, 5, dtype=torch.float64, generator=generator).requires_grad_() for n in lengths]
    tokens = [torch.randint(5, (n,), generator=generator) for n in lengths]
    old = [
        (each.detach() + spread * torch.randn(each.shape, dtype=torch.float64, generator=generator)).log_softmax(1)
        for each in logits
    ]
    return logits, tokens, [row.gather(1, t[:, None]).squeeze(1) for row, t in zip(old, tokens, strict=True)]


def chosen(logits, tokens):
    return logits.log_softmax(1).gather(1, tokens[:, None]).squeeze(1)


def flat(logits, tokens, old):
    lengths = [len(each) for each in tokens]
    episode_of = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
    new = torch.cat([chosen(*each) for each in zip(logits, tokens, strict=True)])
    return new, torch.cat(old), episode_of


def gradients(loss, logits):
    return torch.cat([each.flatten() for each in torch.autograd.grad(loss, logits, retain_graph=True)])


@pytest.mark.parametrize("two_sided", [None, 1.4])
@pytest.mark.parametrize("epsilon", [0.05, 0.3])
def test_gspo_against_the_papers_objective(epsilon, two_sided):
    """Equation 5, from products of probabilities: the mean of min(s A, clip(s) A), s = ratio^(1/length)."""
    lengths, per_episode = [1, 4, 7, 3, 5], [1.0, -0.7, 0.4, -1.2, 0.9]
    logits, tokens, old = episodes_of_a_policy(lengths, spread=1.2)
    objective = 0.0
    for row, t, before, advantage in zip(logits, tokens, old, per_episode, strict=True):
        s = (chosen(row, t).exp().prod() / before.exp().prod()) ** (1 / len(t))
        first = s if two_sided is None else torch.clamp(s, max=two_sided)
        objective = objective + torch.min(first * advantage, s.clamp(1 - epsilon, 1 + epsilon) * advantage) / 5
    expected = gradients(-objective, logits)

    new, before, episode_of = flat(logits, tokens, old)
    advantages = torch.tensor(per_episode, dtype=torch.float64)[episode_of]
    weights = losses.episode_weights(lengths, "episode", n_tokens=20, n_episodes=5, max_new_tokens=9).double()
    values = losses.gspo_loss(new, before, advantages, episode_of, 5, epsilon, epsilon, two_sided)
    loss = (weights[episode_of] * values).sum()
    assert loss.item() == pytest.approx(-objective.item(), rel=1e-6)
    torch.testing.assert_close(gradients(loss, logits), expected, atol=1e-7, rtol=1e-6)
    # The negative control: the ratio of each token by itself.
    other = (weights[episode_of] * losses.clip_loss(new, before, advantages, epsilon, epsilon, two_sided)).sum()
    assert (gradients(other, logits) - expected).abs().max() > 0.01


def test_gspo_with_an_advantage_for_each_token_is_the_papers_gspo_token():
    """Equations 13 and 14 in a loop: the ratio is sg[s] p / sg[p]."""
    lengths = [2, 5, 3]
    logits, tokens, old = episodes_of_a_policy(lengths, spread=1.0)
    cut = []
    generator = torch.Generator().manual_seed(1)
    per_token = [torch.randn(n, dtype=torch.float64, generator=generator) for n in lengths]
    objective = 0.0
    for row, t, before, advantages in zip(logits, tokens, old, per_token, strict=True):
        new = chosen(row, t)
        s = ((new - before).sum() / len(t)).exp().item()
        for k in range(len(t)):
            ratio = s * new[k].exp() / new[k].exp().item()
            clipped = ratio.clamp(0.9, 1.1)
            cut.append(not 0.9 <= s <= 1.1)
            objective = objective + torch.min(ratio * advantages[k], clipped * advantages[k]) / len(t) / 3
    assert len(set(cut)) == 2  # some are within the range, some are not
    expected = gradients(-objective, logits)
    new, before, episode_of = flat(logits, tokens, old)
    weights = losses.episode_weights(lengths, "episode", n_tokens=10, n_episodes=3, max_new_tokens=9).double()
    values = losses.gspo_loss(new, before, torch.cat(per_token), episode_of, 3, 0.1, 0.1)
    found = gradients((weights[episode_of] * values).sum(), logits)
    torch.testing.assert_close(found, expected, atol=1e-7, rtol=1e-6)
    # The negative control: differentiating the sequence's ratio itself spreads each advantage over all tokens.
    ratio = losses.sequence_ratio(new, before, episode_of, 3).log()
    spread = losses.clip_loss(ratio, torch.zeros_like(ratio), torch.cat(per_token), 0.1, 0.1)
    assert (gradients((weights[episode_of] * spread).sum(), logits) - expected).abs().max() > 0.01


def test_the_sequence_ratio_by_hand():
    new, old = torch.tensor([2.0, 8.0, 3.0]).log(), torch.zeros(3)
    found = losses.sequence_ratio(new, old, torch.tensor([0, 0, 1]), 2)
    assert found.tolist() == pytest.approx([4, 4, 3])
    assert losses.sequence_ratio(new, old, torch.tensor([0, 0, 2]), 3).tolist() == pytest.approx([4, 4, 3])


# --- CISPO, REINFORCE


def test_cispos_gradient_is_the_capped_ratio_times_the_advantage_and_none_is_lost():
    new, old, advantages = draw(200, spread=1.5)
    new.requires_grad_()
    losses.cispo_loss(new, old, advantages, 0.5).sum().backward()
    expected = [
        -min(math.exp(a - b), 1.5) * w for a, b, w in zip(new.tolist(), old.tolist(), advantages.tolist(), strict=True)
    ]
    assert new.grad.tolist() == pytest.approx(expected)
    assert (new.grad != 0).all()
    terms = losses.POLICY_LOSSES["cispo"](
        new, old, advantages, torch.zeros(200).long(), 1, losses.Clip(epsilon_high=0.5)
    )
    assert terms.clipped.tolist() == [math.exp(a - b) > 1.5 for a, b in zip(new.tolist(), old.tolist(), strict=True)]
    # The negative control: without the stop, the weight has a gradient of its own.
    weight = (new - old).exp().clamp(max=1.5)
    (through,) = torch.autograd.grad((-weight * advantages * new).sum(), new)
    assert through.tolist() != pytest.approx(expected)


def test_cispo_by_hand():
    new = one(-2.0).requires_grad_()
    loss = losses.cispo_loss(new, one(-2.0 - math.log(1.5)), one(1.0), 0.2)
    loss.sum().backward()
    assert (loss.item(), new.grad.item()) == pytest.approx((2.4, -1.2))


def test_reinforce_by_hand():
    assert losses.reinforce_loss(one(-2.0), one(0.5)).item() == 1.0
    terms = losses.POLICY_LOSSES["reinforce"](one(-2.0), one(9.0), one(0.5), torch.tensor([0]), 1, losses.Clip())
    assert (terms.loss.item(), terms.clipped.item()) == (1.0, False)


@pytest.mark.parametrize("name", sorted(losses.POLICY_LOSSES))
def test_every_loss_of_the_table_is_the_policy_gradient_where_nothing_has_moved(name):
    """On the samples' own policy all agree: gradient -A, with the range that each one's algorithm sets."""
    configs = [TrainConfig(algorithm=each) for each in ALGORITHMS]
    config = next(each for each in configs if each.policy_loss == name)
    clip = losses.Clip(epsilon_low=config.epsilon_low, epsilon_high=config.epsilon_high)
    new, _, advantages = draw(30)
    new.requires_grad_()
    terms = losses.POLICY_LOSSES[name](new, new.detach(), advantages, torch.arange(30) // 4, 8, clip)
    terms.loss.sum().backward()
    assert new.grad.tolist() == pytest.approx((-advantages).tolist())
    assert not terms.clipped.any()
    assert terms.loss.shape == terms.clipped.shape == (30,)


@pytest.mark.parametrize("name", ["clip", "gspo", "cispo"])
def test_the_table_hands_the_range_on(name):
    new, old, advantages = draw(60)
    episode_of = torch.arange(60) // 5
    wide, narrow = (
        losses.POLICY_LOSSES[name](new, old, advantages, episode_of, 12, losses.Clip(epsilon_low=e, epsilon_high=e))
        for e in (0.9, 0.05)
    )
    assert wide.clipped.sum() < narrow.clipped.sum()
    direct = {
        "clip": lambda: losses.clip_loss(new, old, advantages, 0.05, 0.05),
        "gspo": lambda: losses.gspo_loss(new, old, advantages, episode_of, 12, 0.05, 0.05),
        "cispo": lambda: losses.cispo_loss(new, old, advantages, 0.05),
    }[name]()
    assert torch.equal(narrow.loss, direct)
    assert not torch.equal(wide.loss, direct)


# --- The value head


@pytest.mark.parametrize(
    ("value", "old", "target", "clip", "loss", "learns"),
    [
        (1.0, 0.0, 2.0, None, 0.5, True),
        (1.0, 0.0, 2.0, 0.2, 1.62, False),  # already moved towards the target by more than the clip
        (-1.0, 0.0, 2.0, 0.2, 4.5, True),  # moved away: led back
        (0.1, 0.0, 2.0, 0.2, 1.805, True),  # within the clip
    ],
)
def test_value_loss_literals(value, old, target, clip, loss, learns):
    values = one(value).requires_grad_()
    found = losses.value_loss(values, one(old), one(target), clip)
    found.sum().backward()
    assert found.item() == pytest.approx(loss)
    assert (values.grad.item() != 0) is learns


def test_value_loss_against_a_loop():
    rng = random.Random(1)
    rows = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(100)]
    columns = [torch.tensor(column, dtype=torch.float64) for column in zip(*rows, strict=True)]
    expected = [max((v - r) ** 2, (min(max(v, o - 0.3), o + 0.3) - r) ** 2) / 2 for v, o, r in rows]
    assert losses.value_loss(*columns, 0.3).tolist() == pytest.approx(expected)
    assert losses.value_loss(*columns).tolist() != pytest.approx(expected)
