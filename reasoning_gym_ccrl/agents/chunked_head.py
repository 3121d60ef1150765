"""Log-probabilities and entropies of an output projection, without the logits of more than a block at a time.

Logits of S tokens over V words take S V numbers, the largest thing that training makes: 1,000 tokens of a vocabulary of
152,000 are 608 MB, several times over in a backward pass. Here blocks of rows and columns of them are made one after
the other, reduced to a few numbers per token, and made again in the backward pass: time for memory, and on a CPU for
time as well, since a block stays in the processor's cache.

Axes: S scored tokens, V vocabulary, H hidden.
"""

# ruff: noqa: F722 - shapes in jaxtyping's annotations are no forward references

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

# Measured at 256, 32,000 and 152,000 words: blocks of 4 MB, of 256 to 1,024 rows, are the fastest on a CPU. On CUDA
# larger ones keep the card busy.
_BLOCK_ELEMENTS = {"cpu": 2**20}
_BLOCK_ELEMENTS_ELSEWHERE = 2**25
_BLOCK_COLUMNS = {"cpu": 4096}
_BLOCK_COLUMNS_ELSEWHERE = 16384
# Logits that are no larger than this are kept for the backward pass: 16 MB, as a block of a large vocabulary costs.
_KEPT_BLOCKS = 4


def block_shape(n_tokens: int, n_words: int, device: str, block_elements: int | None = None) -> tuple[int, int]:
    """Rows and columns of a block: all of it where it fits, else columns first up to their limit.

    1,000 tokens of 32,000 words in blocks of 2**20 give (256, 4096).
    """
    elements = block_elements or _BLOCK_ELEMENTS.get(device, _BLOCK_ELEMENTS_ELSEWHERE)
    columns = min(n_words, elements, _BLOCK_COLUMNS.get(device, _BLOCK_COLUMNS_ELSEWHERE))
    return max(1, min(n_tokens, elements // columns)), columns


def linear_scores(
    hidden: Float[Tensor, "S H"],
    weight: Float[Tensor, "V H"],
    bias: Float[Tensor, " V"] | None,
    targets: Int[Tensor, " S"],
    temperature: float = 1.0,
    block_elements: int | None = None,
    *,
    entropy: bool = True,
) -> tuple[Float[Tensor, " S"], Float[Tensor, " S"] | None]:
    """Log-probability of each target, and entropy of its distribution, in nats: softmax((h W' + b) / temperature).

    Gradients reach hidden, weight and bias from both results. Sums are in float32, in float64 where an input is;
    products as well, so that weights of bfloat16 do not round the logits.

    Args:
        hidden: predicting states.
        weight: of the projection.
        bias: of the projection.
        targets: 0 to V - 1; any other gives nan.
        temperature: divides the logits.
        block_elements: the most logits that are held at a time; None takes what was measured to be fast.
        entropy: False returns None for it.
    """
    shape = block_shape(len(hidden), len(weight), hidden.device.type, block_elements)
    inputs = (hidden, weight) if bias is None else (hidden, weight, bias)
    trained = torch.is_grad_enabled() and any(each.requires_grad for each in inputs)
    whole = len(hidden) * len(weight) <= _KEPT_BLOCKS * shape[0] * shape[1] and block_elements is None
    apply: Any = _KeptScores.apply if whole else _BlockScores.apply
    arguments = () if whole else (shape,)
    scores: tuple[Tensor, Tensor | None] = apply(
        hidden, weight, bias, targets, temperature, entropy, trained, *arguments
    )
    return scores


def _compute_dtype(*tensors: Tensor | None) -> torch.dtype:
    """The dtype of all sums: float64 where an input has it, else float32."""
    return torch.float64 if any(each is not None and each.dtype == torch.float64 for each in tensors) else torch.float32


class _KeptScores(torch.autograd.Function):
    """All logits in one block, kept for the backward pass as log-probabilities."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        temperature: float,
        entropy: bool,
        trained: bool,
    ) -> tuple[Tensor, Tensor | None]:
        """[S] log-probabilities, [S] entropies."""
        ctx.set_materialize_grads(False)
        dtype = _compute_dtype(hidden, weight)
        with torch.autocast(hidden.device.type, enabled=False):
            scaled = hidden.to(dtype) / temperature
            logits = scaled @ weight.to(dtype).t()
            if bias is not None:
                logits += bias.to(dtype) / temperature
            logs = logits.log_softmax(1)
            del logits
            logprobs = logs.gather(1, targets[:, None]).squeeze(1)
            entropies = -(logs.exp() * logs).sum(1) if entropy else None
        if trained:
            ctx.save_for_backward(hidden, weight, bias, targets, logs, entropies)
            ctx.temperature = temperature
        return logprobs, entropies

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, logprobs_grad: Tensor | None, entropies_grad: Tensor | None = None) -> tuple[Any, ...]:
        """Gradients to hidden, weight and bias."""
        if logprobs_grad is None and entropies_grad is None:
            return (None,) * 7
        hidden, weight, bias, targets, logs, entropies = ctx.saved_tensors
        dtype = logs.dtype
        grads: list[Tensor | None] = [None, None, None]
        with torch.autocast(hidden.device.type, enabled=False):
            block = _logit_gradients(logs, targets, logprobs_grad, entropies_grad, entropies)
            if ctx.needs_input_grad[0]:
                grads[0] = (block @ weight.to(dtype)).div_(ctx.temperature).to(hidden.dtype)
            if ctx.needs_input_grad[1]:
                grads[1] = (block.t() @ (hidden.to(dtype) / ctx.temperature)).to(weight.dtype)
            if bias is not None and ctx.needs_input_grad[2]:
                grads[2] = block.sum(0).div_(ctx.temperature).to(bias.dtype)
        return (*grads, None, None, None, None)


def _logit_gradients(
    logs: Tensor,
    targets: Tensor,
    logprobs_grad: Tensor | None,
    entropies_grad: Tensor | None,
    entropies: Tensor | None,
    *,
    in_place: bool = False,
    inside: Tensor | None = None,
) -> Tensor:
    """The gradient with respect to a block of scaled logits, from their log-probabilities.

    d log p_t / d z_j = [j = t] - p_j; d entropy / d z_j = -p_j (log p_j + entropy).

    Args:
        logs: [S, C] log-probabilities of a block's columns.
        targets: [S] the target's column in the block.
        logprobs_grad: [S], or None for zeros.
        entropies_grad: [S], or None for zeros.
        entropies: [S] of the whole distributions; needed with their gradient.
        in_place: the result overwrites `logs`.
        inside: [S] bool, whether the target is in this block; None where all are.
    """
    if entropies_grad is None or entropies is None:
        block = logs.exp_() if in_place else logs.exp()
        block.mul_(0.0 if logprobs_grad is None else -logprobs_grad[:, None])
    else:
        probabilities = logs.exp()
        constant = entropies_grad * entropies
        if logprobs_grad is not None:
            constant = constant + logprobs_grad
        block = logs.mul_(-entropies_grad[:, None]) if in_place else logs * -entropies_grad[:, None]
        block.sub_(constant[:, None]).mul_(probabilities)
    if logprobs_grad is not None:
        ones = logprobs_grad if inside is None else logprobs_grad * inside
        block.scatter_add_(1, targets[:, None], ones[:, None].to(block.dtype))
    return block


class _BlockScores(torch.autograd.Function):
    """Block by block, columns outside and rows inside: a weight's block is read, and its gradient written, once."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        temperature: float,
        entropy: bool,
        trained: bool,
        shape: tuple[int, int],
    ) -> tuple[Tensor, Tensor | None]:
        """[S] log-probabilities, [S] entropies.

        For every token are kept the largest logit so far (`top`), the sum of exp(z - top), and that of
        (z - top) exp(z - top), which are moved along whenever a block has a larger one.
        """
        ctx.set_materialize_grads(False)
        dtype = _compute_dtype(hidden, weight)
        blocks = _Blocks(hidden, weight, bias, targets, temperature, shape, dtype)
        n_tokens = len(hidden)
        # Finite, so that the first block moves nothing: 0 times a large number is 0, times infinity it would be nan.
        top = torch.full((n_tokens,), torch.finfo(dtype).min / 4, dtype=dtype, device=hidden.device)
        total, moment = torch.zeros_like(top), torch.zeros_like(top)
        chosen = torch.full_like(top, float("nan"))
        spare = torch.empty(shape[0] * shape[1], dtype=dtype, device=hidden.device)
        with torch.autocast(hidden.device.type, enabled=False):
            for rows, _, logits, columns, inside in blocks:
                chosen[rows] = torch.where(inside, logits.gather(1, columns[:, None]).squeeze(1), chosen[rows])
                above = torch.maximum(top[rows], logits.amax(1))
                logits.sub_(above[:, None])
                powers = torch.exp(logits, out=spare[: logits.numel()].view(logits.shape))
                shift = top[rows] - above
                scale = shift.exp()
                if entropy:
                    moment[rows] = (moment[rows] + total[rows] * shift) * scale + logits.mul_(powers).sum(1)
                total[rows] = total[rows] * scale + powers.sum(1)
                top[rows] = above
            logs = total.log()
            normalisers = top + logs
            entropies = (logs - moment / total).clamp_(min=0) if entropy else None
        if trained:
            ctx.save_for_backward(hidden, weight, bias, targets, normalisers, entropies)
            ctx.temperature, ctx.shape = temperature, shape
        return chosen - normalisers, entropies

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, logprobs_grad: Tensor | None, entropies_grad: Tensor | None = None) -> tuple[Any, ...]:
        """Gradients to hidden, weight and bias, from logits that are made again block by block."""
        if logprobs_grad is None and entropies_grad is None:
            return (None,) * 8
        hidden, weight, bias, targets, normalisers, entropies = ctx.saved_tensors
        dtype = normalisers.dtype
        to_hidden, to_weight, to_bias = ctx.needs_input_grad[:3]
        with torch.autocast(hidden.device.type, enabled=False):
            blocks = _Blocks(hidden, weight, bias, targets, ctx.temperature, ctx.shape, dtype)
            hidden_grad = torch.zeros_like(hidden, dtype=dtype) if to_hidden else None
            weight_grad = torch.zeros_like(weight) if to_weight else None
            bias_grad = torch.zeros_like(bias, dtype=dtype) if to_bias else None
            part = torch.empty(0, dtype=dtype, device=hidden.device)
            for rows, words, logits, columns, inside in blocks:
                logs = logits.sub_(normalisers[rows, None])
                of_rows = [None if each is None else each[rows] for each in (logprobs_grad, entropies_grad, entropies)]
                block = _logit_gradients(logs, columns, *of_rows, in_place=True, inside=inside)
                if hidden_grad is not None:
                    hidden_grad[rows].addmm_(block, blocks.words)
                if weight_grad is not None:
                    if rows.start == 0:  # a new block of words
                        part = torch.mm(block.t(), blocks.scaled[rows])
                    else:
                        part.addmm_(block.t(), blocks.scaled[rows])
                    if rows.stop == len(hidden):
                        weight_grad[words] = part.to(weight.dtype)
                if bias_grad is not None:
                    bias_grad[words] += block.sum(0)
        return (
            None if hidden_grad is None else hidden_grad.div_(ctx.temperature).to(hidden.dtype),
            weight_grad,
            None if bias_grad is None else bias_grad.div_(ctx.temperature).to(bias.dtype),
            *(None,) * 5,
        )


class _Blocks:
    """The blocks of the scaled logits, one after the other in the same memory."""

    def __init__(
        self,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        temperature: float,
        shape: tuple[int, int],
        dtype: torch.dtype,
    ) -> None:
        self.scaled = hidden.to(dtype) / temperature  # [S, H]: S H divisions in place of S V
        self.weight, self.bias, self.targets = weight, bias, targets
        self.temperature, self.shape, self.dtype = temperature, shape, dtype
        self.words = weight  # [C, H] the block's rows of the weight, in the dtype of the sums

    def __iter__(self) -> Iterator[tuple[slice, slice, Tensor, Tensor, Tensor]]:
        """Rows, columns, their logits (to be overwritten), the target's place among them, whether it is there."""
        rows, columns = self.shape
        memory = torch.empty(rows * columns, dtype=self.dtype, device=self.scaled.device)
        for left in range(0, len(self.weight), columns):
            words = slice(left, min(left + columns, len(self.weight)))
            self.words = self.weight[words].to(self.dtype)
            bias = None if self.bias is None else self.bias[words].to(self.dtype) / self.temperature
            width = len(self.words)
            for first in range(0, len(self.scaled), rows):
                chunk = slice(first, min(first + rows, len(self.scaled)))
                logits = memory[: (chunk.stop - first) * width].view(-1, width)
                torch.mm(self.scaled[chunk], self.words.t(), out=logits)
                if bias is not None:
                    logits += bias
                places = self.targets[chunk] - left
                inside = (places >= 0) & (places < width)
                yield chunk, words, logits, places.clamp(0, width - 1), inside
