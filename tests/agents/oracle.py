"""An update the slow way: each episode alone, each token alone, plain torch, nothing shared with what it checks."""

from __future__ import annotations

import copy
from dataclasses import replace

import torch

from reasoning_gym_ccrl.types import Judgement, Reward, Step, StepRecord, Verdict

from .models import plain_logprobs, token_episode

# Prompt, lengths of the steps, what each is paid, whether the budget cut it off.
EPISODES = (
    ([5, 6, 7], (3, 2), (0.5, 1.0), False),
    ([5, 6, 7], (1,), (-1.0,), False),
    ([9], (4, 1, 2), (0.25, -0.5, 0.75), True),
    ([9], (2, 3), (0.0, -0.25), False),
)
VOCABULARY = 30


def record(paid, span):
    return StepRecord(Step("step", "x"), Judgement(Verdict.UNCHECKED), Reward(paid, {"paid": paid}), span)


def groups_of(model, temperature):
    """Two groups of two episodes of uneven lengths, whose sampler's log-probabilities are not quite the model's."""
    episodes = []
    for number, (prompt, lengths, payments, cut) in enumerate(EPISODES):
        response = [(7 * number + 5 * k) % (VOCABULARY - 2) + 2 for k in range(sum(lengths))]
        records, start = [], len(prompt)
        for length, paid in zip(lengths, payments, strict=True):
            records.append(record(paid, (start, start + length)))
            start += length
        own = plain_logprobs(model, [*prompt, *response], temperature)[len(prompt) - 1 :]
        logs = [log + 0.3 * ((3 * number + 2 * k) % 5 - 2) for k, log in enumerate(own)]
        episode = token_episode(prompt, response, logs, records)
        episodes.append(replace(episode, truncated=cut, terminated=not cut))
    return [episodes[:2], episodes[2:]]


class Oracle:
    """A policy, a value head, and the loss of an update on `episodes` by loops.

    Args:
        model, head, trunk: deep copies are taken; a trunk of None reads values off the policy's states.
        episodes: all of the update's.
        config: read for its numbers alone.
        reference: what a KL term is against.
    """

    def __init__(self, model, head, trunk, episodes, config, reference=None):
        self.model, self.head, self.trunk = (copy.deepcopy(each) for each in (model, head, trunk))
        self.episodes, self.config, self.reference = episodes, config, reference
        with torch.no_grad():
            self.fixed = [self.facts(episode) for episode in episodes]
        self.pay()

    def rows(self, model, episode):
        """(logits, state) that predict each sampled token, one more state after the last, and the tokens."""
        start = episode.response_mask.index(True)
        output = model(input_ids=torch.tensor([episode.token_ids]), output_hidden_states=True)
        logits = output.logits[0, start - 1 : -1] / self.config.temperature
        return logits.log_softmax(-1), output.hidden_states[-1][0, start - 1 :], episode.token_ids[start:]

    def values(self, episode, states):
        if self.trunk is not None:
            start = episode.response_mask.index(True)
            states = self.trunk(input_ids=torch.tensor([episode.token_ids])).last_hidden_state[0, start - 1 :]
        return torch.stack([self.head.weight[0].to(states) @ state + self.head.bias[0] for state in states])

    def facts(self, episode):
        """What is known before the first step: log-probabilities of trainer, sampler and reference, and values."""
        logs, states, tokens = self.rows(self.model, episode)
        found = {"ours": [float(row[token]) for row, token in zip(logs, tokens, strict=True)]}
        found["sampler"] = list(episode.sampler_logprobs[-len(tokens) :])
        found["values"] = self.values(episode, states).tolist() if self.head is not None else [0.0] * (len(tokens) + 1)
        if self.reference is not None:
            logs, _, _ = self.rows(self.reference, episode)
            found["reference"] = [float(row[token]) for row, token in zip(logs, tokens, strict=True)]
        return found

    def pay(self):
        """Advantages, value targets, importance weights and old log-probabilities, from the facts."""
        config = self.config
        for episode, facts in zip(self.episodes, self.fixed, strict=True):
            n, start = len(facts["ours"]), episode.response_mask.index(True)
            rewards = [0.0] * n
            for each in episode.records:
                place = each.span[1] - 1 - start if config.credit == "step" else n - 1
                rewards[place] += each.reward.total
            if config.kl_coefficient and config.kl_in == "reward":
                for k in range(n):
                    rewards[k] -= config.kl_coefficient * (facts["ours"][k] - facts["reference"][k])
            facts["rewards"] = rewards
            if config.advantage == "gae":
                facts["advantages"] = self.generalised(rewards, facts["values"], episode.truncated)
                facts["targets"] = [a + v for a, v in zip(facts["advantages"], facts["values"][:-1], strict=True)]
            elif config.advantage == "batch":
                facts["advantages"] = [
                    sum(config.discount ** (j - k) * rewards[j] for j in range(k, n)) for k in range(n)
                ]
            facts["old"], facts["importance"] = self.importance(facts)
        if config.advantage == "leave_one_out":
            totals = [sum(facts["rewards"]) for facts in self.fixed]
            for number, facts in enumerate(self.fixed):
                other = totals[number + 1 if number % 2 == 0 else number - 1]
                facts["advantages"] = [totals[number] - other] * len(facts["rewards"])
        elif config.scale == "std":
            whole = torch.tensor([a for facts in self.fixed for a in facts["advantages"]], dtype=torch.float64)
            for facts in self.fixed:
                facts["advantages"] = [(a - float(whole.mean())) / float(whole.std()) for a in facts["advantages"]]

    def generalised(self, rewards, values, truncated):
        """Advantages by the sum of discounted errors, written out."""
        gamma, lam, n = self.config.discount, self.config.gae_lambda, len(rewards)
        after = [*values[1:n], values[n] if truncated else 0.0]
        errors = [rewards[k] + gamma * after[k] - values[k] for k in range(n)]
        return [sum((gamma * lam) ** (j - k) * errors[j] for j in range(k, n)) for k in range(n)]

    def importance(self, facts):
        """The old log-probabilities, and each token's weight."""
        mode, cap, n = self.config.importance_correction, self.config.importance_cap, len(facts["ours"])
        if mode == "none":
            return facts["sampler"], [1.0] * n
        ratios = [2.718281828459045 ** (a - b) for a, b in zip(facts["ours"], facts["sampler"], strict=True)]
        if mode.startswith("sequence"):
            product = 1.0
            for ratio in ratios:
                product *= ratio
            ratios = [product] * n
        return facts["ours"], [min(r, cap) if mode.endswith("truncate") else r * (r <= cap) for r in ratios]

    def loss(self, numbers):
        """Of an optimiser step on the episodes with these numbers."""
        config, total = self.config, torch.zeros((), dtype=torch.float64)
        n_tokens = sum(len(self.fixed[i]["ours"]) for i in numbers)
        for i in numbers:
            facts, n = self.fixed[i], len(self.fixed[i]["ours"])
            logs, states, tokens = self.rows(self.model, self.episodes[i])
            values = None if self.head is None else self.values(self.episodes[i], states)
            weight = {
                "token": 1 / n_tokens,
                "episode": 1 / (len(numbers) * n),
                "constant": 1 / (len(numbers) * config.max_new_tokens),
            }[config.loss_aggregation]
            for k, token in enumerate(tokens):
                total = total + weight * self.token_loss(logs[k], token, facts, k)
                if values is not None:
                    total = total + config.value_coefficient / n_tokens * self.value_loss(values[k], facts, k)
        return total

    def token_loss(self, logs, token, facts, k):
        config, advantage, now = self.config, facts["advantages"][k], logs[token]
        ratio = torch.exp(now - facts["old"][k])
        if config.policy_loss == "reinforce":
            loss = -advantage * now
        elif config.policy_loss == "cispo":
            loss = -min(float(ratio.detach()), 1 + config.epsilon_high) * advantage * now
        else:
            bounded = torch.clamp(ratio, 1 - config.epsilon_low, 1 + config.epsilon_high)
            if config.two_sided_clip is not None:
                ratio = torch.clamp(ratio, max=config.two_sided_clip)
            loss = torch.maximum(-ratio * advantage, -bounded * advantage)
        loss = loss * facts["importance"][k]
        if config.kl_coefficient and config.kl_in == "loss":
            apart = facts["reference"][k] - now
            k3 = torch.exp(apart) - apart - 1
            loss = loss + config.kl_coefficient * (k3 if config.kl_estimator == "k3" else apart**2 / 2)
        return loss + config.entropy_coefficient * (logs.exp() * logs).sum()

    def value_loss(self, value, facts, k):
        old, target, clip = facts["values"][k], facts["targets"][k], self.config.value_clip
        error = (value - target) ** 2
        if clip is None:
            return error / 2
        return torch.maximum(error, (torch.clamp(value, old - clip, old + clip) - target) ** 2) / 2

    def parameters(self):
        return [p for part in (self.model, self.head, self.trunk) if part is not None for p in part.parameters()]

    def step(self, numbers, learning_rate):
        """Plain gradient descent, the gradient scaled down to the largest norm."""
        loss, parameters = self.loss(numbers), self.parameters()
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        norm = sum(float((g**2).sum()) for g in gradients if g is not None) ** 0.5
        scale = min(1.0, self.config.max_grad_norm / norm) * learning_rate
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                if gradient is not None:
                    parameter -= scale * gradient
        return float(loss.detach()), norm
