"""Our GRPO family against TRL's GRPOTrainer, on the same model and tokens: the same losses, gradients and advantages.

TRL pads prompts on the left and reads every row in full; ours shares each prompt among its responses. So the comparison
is of the whole way from weights to gradients. Where a name means something else in TRL, the translation is in `ours`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from accelerate.state import AcceleratorState

from reasoning_gym_ccrl.agents import advantages, losses
from reasoning_gym_ccrl.agents.batch import make_batch
from reasoning_gym_ccrl.agents.logprobs import response_logits, token_logprobs

from .models import llama, token_episode

trl = pytest.importorskip("trl", reason="trl is not installed: make extras")
datasets = pytest.importorskip("datasets", reason="datasets is not installed: make extras")

# TRL's own code, and the optional packages that it looks for, warn on import and at each start of a trainer.
pytestmark = pytest.mark.filterwarnings("ignore")

GROUPS, GROUP_SIZE, BUDGET = 2, 4, 12
PROMPT_LENGTHS, LENGTHS = [5, 2], [3, 12, 1, 7, 5, 2, 9, 4]
TEMPERATURES = (1.0, 0.7)
REWARDS = [1.0, 0.25, 0.0, 0.7, 0.3, 0.3, 0.9, 0.31]


@dataclass(frozen=True)
class Case:
    """One setting, in TRL's words."""

    loss_type: str = "dapo"
    level: str = "token"
    beta: float = 0.0
    temperature: float = 1.0
    epsilon: float = 0.2
    epsilon_high: float = 0.28
    delta: float | None = None
    correct_kl: bool = True

    def __str__(self) -> str:
        parts = (self.loss_type, self.level, f"beta={self.beta}", f"T={self.temperature}")
        return "-".join((*parts, *(["delta"] if self.delta else []), *([] if self.correct_kl else ["plain-kl"])))


CLIPPED = [
    Case(loss_type, level, beta, temperature)
    for loss_type in ("grpo", "bnpo", "dr_grpo", "dapo")
    for level in ("token", "sequence")
    for beta in (0.0, 0.05)
    for temperature in TEMPERATURES
]
CISPO = [Case("cispo", "token", b, t, epsilon_high=1.3) for b in (0.0, 0.05) for t in TEMPERATURES]
# A sequence's ratio is a mean, and near one: so is the second clip, that it may act.
TWO_SIDED = [
    Case("dapo", "token", 0.05, delta=1.5),
    Case("dapo", "sequence", 0.05, epsilon=0.3, epsilon_high=0.05, delta=1.06),
]
PLAIN_KL = [Case("grpo", level, 0.05, 0.7, correct_kl=False) for level in ("token", "sequence")]
CASES = [*CLIPPED, *CISPO, *TWO_SIDED, *PLAIN_KL]

AGGREGATION = {"grpo": "episode", "bnpo": "token", "dapo": "token", "dr_grpo": "constant", "cispo": "token"}


@dataclass(frozen=True)
class Samples:
    """What both sides are given: tokens, and numbers for each of the S sampled ones."""

    prompts: list[list[int]]
    responses: list[list[int]]
    old: dict[float, torch.Tensor]
    reference: torch.Tensor
    advantages: list[float]


@pytest.fixture(scope="module")
def policy(tokenizer):
    return llama(vocab_size=len(tokenizer), seed=3)


@pytest.fixture(scope="module")
def samples(policy):
    generator = torch.Generator().manual_seed(0)

    def tokens(n):
        return torch.randint(2, 100, (n,), generator=generator).tolist()

    prompts = [tokens(n) for n in PROMPT_LENGTHS]
    drawn = Samples(
        [prompt for prompt in prompts for _ in range(GROUP_SIZE)],
        [tokens(n) for n in LENGTHS],
        {},
        torch.empty(0),
        torch.randn(len(LENGTHS), generator=generator).tolist(),
    )
    noise, other = (0.4 * torch.randn(sum(LENGTHS), generator=generator) for _ in range(2))
    with torch.no_grad():
        new = {t: score(policy, drawn, t)[0] for t in TEMPERATURES}
    return replace(drawn, old={t: each + noise for t, each in new.items()}, reference=new[1.0] + other)


def score(policy, samples, temperature):
    """Log-probabilities of the sampled tokens by our own way, and the row of each."""
    episodes = [token_episode(*each) for each in zip(samples.prompts, samples.responses, strict=True)]
    batch = make_batch(episodes, [[0.0] * len(episode.token_ids) for episode in episodes], 0)
    assert len(batch.prompt_ids) == GROUPS  # each prompt is read once
    logits = response_logits(policy.eval(), batch)
    return token_logprobs(logits, batch.targets, temperature), batch.response_mask.nonzero()[:, 0]


@pytest.fixture(scope="module")
def trainers(policy, tmp_path_factory, tokenizer):
    """TRL's trainer of the policy for each temperature, which it fixes when it is built; weights are the policy's."""

    def build(temperature):
        # With beta=0, or it would look for a reference model on a hub.
        settings = trl.GRPOConfig(
            output_dir=str(tmp_path_factory.mktemp("trl")),
            per_device_train_batch_size=GROUPS * GROUP_SIZE,
            num_generations=GROUP_SIZE,
            max_completion_length=BUDGET,
            temperature=temperature,
            beta=0.0,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            report_to=[],
        )
        trainer = trl.GRPOTrainer(
            model=llama(vocab_size=len(tokenizer)),
            reward_funcs=lambda completions, **_: REWARDS,
            args=settings,
            train_dataset=datasets.Dataset.from_list([{"prompt": "3 + 4"}, {"prompt": "what is 5"}]),
            processing_class=tokenizer,
        )
        trainer.model.load_state_dict(policy.state_dict())
        trainer.model.train()
        trainer.current_gradient_accumulation_steps = 1
        return trainer

    yield {temperature: build(temperature) for temperature in TEMPERATURES}
    AcceleratorState._reset_state(reset_partial_state=True)  # or it would say "on the CPU" to later tests


def padded(rows, *, left=False):
    """Rows filled up with zeros, and a mask of what is real."""
    width = max(map(len, rows))
    filled = []
    for fill in (list, lambda row: [1] * len(row)):
        zeros = [[0] * (width - len(row)) for row in rows]
        filled.append([z + fill(row) if left else fill(row) + z for row, z in zip(rows, zeros, strict=True)])
    return torch.tensor(filled[0]), torch.tensor(filled[1])


def theirs(trainer, samples, case):
    """TRL's loss, and its gradient for every weight."""
    prompt_ids, prompt_mask = padded(samples.prompts, left=True)
    completion_ids, completion_mask = padded(samples.responses)
    split = {"old_per_token_logps": samples.old[case.temperature], "ref_per_token_logps": samples.reference}
    inputs = {
        "prompt_ids": prompt_ids,
        "prompt_mask": prompt_mask,
        "completion_ids": completion_ids,
        "completion_mask": completion_mask,
        "advantages": torch.tensor(samples.advantages),
        "num_items_in_batch": completion_mask.sum(),
        **{name: padded([row.tolist() for row in flat.split(LENGTHS)])[0] for name, flat in split.items()},
    }
    trainer.loss_type, trainer.importance_sampling_level, trainer.beta = case.loss_type, case.level, case.beta
    trainer.epsilon_low, trainer.epsilon_high = case.epsilon, case.epsilon_high
    trainer.args.delta, trainer.args.use_bias_correction_kl = case.delta, case.correct_kl
    loss = trainer._compute_loss(trainer.model, inputs)
    return loss.item(), gradients(loss, trainer.model)


def ours(policy, samples, case):
    """Our loss of the same setting, and its gradients."""
    new, episode_of = score(policy, samples, case.temperature)
    old, n = samples.old[case.temperature], len(LENGTHS)
    # TRL's epsilon_high is CISPO's cap itself, ours what it is above one.
    high = case.epsilon_high - 1 if case.loss_type == "cispo" else case.epsilon_high
    clip = losses.Clip(epsilon_low=case.epsilon, epsilon_high=high, two_sided=case.delta)
    name = "cispo" if case.loss_type == "cispo" else "gspo" if case.level == "sequence" else "clip"
    values = losses.POLICY_LOSSES[name](
        new, old, torch.tensor(samples.advantages)[episode_of], episode_of, n, clip
    ).loss
    if case.beta:
        kl = losses.kl_k3(new, samples.reference)
        if case.correct_kl:  # by the ratio of the level; bias_corrected is that of the token
            by_sequence = case.level == "sequence"
            kl = (
                kl * losses.sequence_ratio(new, old, episode_of, n)
                if by_sequence
                else losses.bias_corrected(kl, new, old)
            )
        values = values + case.beta * kl
    weights = losses.episode_weights(
        LENGTHS, AGGREGATION[case.loss_type], n_tokens=sum(LENGTHS), n_episodes=n, max_new_tokens=BUDGET
    )
    loss = (weights[episode_of] * values).sum()
    return loss.item(), gradients(loss, policy)


def gradients(loss, model):
    model.zero_grad()
    return torch.cat([each.flatten() for each in torch.autograd.grad(loss, list(model.parameters()))])


def distance(first, second):
    """The largest difference of two gradients, relative to the largest entry."""
    return ((first - second).abs().max() / second.abs().max()).item()


def spoil(case):
    """Another setting, which must not agree: the nearest mistake to make."""
    if case.delta:
        return replace(case, delta=None)
    if not case.correct_kl:
        return replace(case, correct_kl=True)
    if case.beta:
        return replace(case, correct_kl=False)
    if case.loss_type == "cispo":
        return replace(case, epsilon_high=1.05)
    if case.level == "sequence":
        return replace(case, level="token")
    return replace(case, loss_type="dapo" if case.loss_type == "grpo" else "grpo")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_loss_and_gradients_are_trls(case, policy, samples, trainers):
    loss, gradient = theirs(trainers[case.temperature], samples, case)
    own_loss, own_gradient = ours(policy, samples, case)
    assert own_loss == pytest.approx(loss, rel=1e-6, abs=1e-6)
    assert distance(own_gradient, gradient) < 1e-5
    _, wrong = ours(policy, samples, spoil(case))
    assert distance(wrong, gradient) > 1e-3


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_the_temperature_is_in_every_logprob(temperature, policy, samples, trainers):
    """The negative control of the temperature: scored at another one, loss and gradient are not TRL's."""
    case = Case(temperature=temperature)
    other = next(t for t in TEMPERATURES if t != temperature)
    swapped = replace(samples, old={other: samples.old[temperature]})
    loss, gradient = theirs(trainers[temperature], samples, case)
    own_loss, own_gradient = ours(policy, swapped, replace(case, temperature=other))
    assert own_loss != pytest.approx(loss, abs=1e-3)
    assert distance(own_gradient, gradient) > 0.01


def test_clipping_takes_part(policy, samples):
    """Else the comparison would be of unclipped losses alone."""
    for case in (Case(), Case(level="sequence"), Case("cispo", epsilon_high=1.3), Case(delta=1.5)):
        new, episode_of = score(policy, samples, 1.0)
        clip = losses.Clip(epsilon_high=0.28 if case.loss_type != "cispo" else 0.3, two_sided=case.delta)
        name = "cispo" if case.loss_type == "cispo" else "gspo" if case.level == "sequence" else "clip"
        given = torch.tensor(samples.advantages)[episode_of]
        terms = losses.POLICY_LOSSES[name](new, samples.old[1.0], given, episode_of, len(LENGTHS), clip)
        assert 0 < terms.clipped.float().mean() < 1


@pytest.mark.parametrize("scale", ["group", "none", "batch"])
def test_advantages_are_trls(scale, trainers):
    """By its own way from prompts to advantages, with rewards that are given."""
    trainer = trainers[1.0]
    trainer.scale_rewards, trainer.beta = scale, 0.0
    prompts = [{"prompt": prompt} for prompt in ("3 + 4", "what is 5") for _ in range(GROUP_SIZE)]
    found = trainer._generate_and_score_completions(prompts)["advantages"].tolist()
    groups = [REWARDS[:GROUP_SIZE], REWARDS[GROUP_SIZE:]]
    by_setting = {
        "group": [a for group in groups for a in advantages.group_advantages(group, "std")],
        "none": [a for group in groups for a in advantages.group_advantages(group)],
        "batch": [a for group in advantages.batch_advantages(groups) for a in group],
    }
    assert by_setting.pop(scale) == pytest.approx(found, abs=1e-5)
    for wrong in by_setting.values():
        assert wrong != pytest.approx(found, abs=1e-2)
