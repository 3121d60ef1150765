"""What an engine is: token ids in; token ids, the sampler's log-probabilities and a stop reason out.

An engine knows no text and no environment. Sampled tokens are returned verbatim, the end-of-sequence token
included, so that nobody ever has to decode and tokenise them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ...errors import InvalidOption

StopReason = Literal["eos", "length"]


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How to sample.

    Attributes:
        max_new_tokens: budget of sampled tokens, the end-of-sequence token included.
        temperature: of the distribution that is sampled from; 0 takes the likeliest token, and then
            log-probabilities are those at temperature 1.
        samples_per_prompt: completions drawn for each prompt.
        seed: equal seeds give equal samples on the same machine.

    Raises:
        InvalidOption: a budget or count below 1, or a negative temperature.
    """

    max_new_tokens: int = 160
    temperature: float = 1.0
    samples_per_prompt: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1 or self.samples_per_prompt < 1 or not self.temperature >= 0:
            raise InvalidOption(
                f"Sampling needs max_new_tokens and samples_per_prompt >= 1, temperature >= 0; got {self}."
            )


@dataclass(frozen=True, slots=True)
class Generation:
    """One completion: sampled token ids, the log-probability in nats of each, and why it stopped."""

    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    stop_reason: StopReason


class Engine(Protocol):
    """Generates completions; see the module's docstring."""

    def generate(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        """For each prompt, `samples_per_prompt` completions, in order."""
        ...
