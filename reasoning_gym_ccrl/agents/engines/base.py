"""What an engine is: token ids in; token ids, the sampler's log-probabilities and a stop reason out.

An engine knows no environment. Sampled tokens are returned verbatim, the end-of-sequence token included, so that
nobody ever has to decode and tokenise them again.

The rules that every engine keeps, and one test holds all of them to:

- A completion ends with the first end-of-sequence token ("eos"), else with the token in which the first stop string
  is complete ("stop"), else with the budget ("length"). What a token holds after the stop string stays in it.
- Prompt and completion together never exceed the model's context: a prompt that leaves less room than
  `max_new_tokens` gets a completion that ends there, with "length". One that leaves none is an error.
- Equal seeds give equal samples; the same prompt twice in a call gives two draws.
- Weights are those of the last `load_weights` or `sync`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ...errors import InvalidInput, InvalidOption

StopReason = Literal["eos", "stop", "length"]


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How to sample.

    Attributes:
        max_new_tokens: budget of sampled tokens, the end-of-sequence token included.
        temperature: of the distribution that is sampled from; 0 takes the likeliest token, and then
            log-probabilities are those at temperature 1.
        samples_per_prompt: completions drawn for each prompt.
        seed: equal seeds give equal samples on the same machine.
        stop: strings that end a completion, wherever the borders of tokens lie.

    Raises:
        InvalidOption: a budget or count below 1, a negative temperature, or a stop string that is empty or no string.
    """

    max_new_tokens: int = 160
    temperature: float = 1.0
    samples_per_prompt: int = 1
    seed: int = 0
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1 or self.samples_per_prompt < 1 or not self.temperature >= 0:
            raise InvalidOption(
                f"Sampling needs max_new_tokens and samples_per_prompt >= 1, temperature >= 0; got {self}."
            )
        given: object = self.stop
        if not isinstance(given, tuple) or not all(isinstance(text, str) and text for text in given):
            raise InvalidOption(f'stop is a tuple of strings that are not empty, ("\\n",); received {self.stop!r}.')


@dataclass(frozen=True, slots=True)
class Generation:
    """One completion.

    Attributes:
        token_ids: the sampled tokens.
        logprobs: the log-probability in nats of each; () where a server tells none.
        stop_reason: why it ended.
    """

    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    stop_reason: StopReason


class Engine(Protocol):
    """Generates completions; see the module's docstring."""

    def generate(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        """For each prompt, `samples_per_prompt` completions, in order."""
        ...

    def load_weights(self, weights: Iterable[tuple[str, Any]]) -> None:
        """Takes new values for the weights it samples with: (name, tensor), named as in the model's state dict."""
        ...

    def sync(self, model: Any) -> None:
        """Samples from now on with the weights that this Hugging Face model has now."""
        ...


Generate = Callable[[Sequence[Sequence[int]], SamplingParams], list[list[Generation]]]
"""What `Engine.generate` is."""


@contextmanager
def session(engine: Engine) -> Iterator[Generate]:
    """The engine's `generate`, for calls whose prompts go on where those of the call before ended.

    An engine that has a `session` of its own reads what is new alone; its weights are not to change meanwhile. Any
    other generates as ever.
    """
    own = getattr(engine, "session", None)
    if own is None:
        yield engine.generate
    else:
        with own() as generate:
            yield generate


class StopStrings:
    """Says where a completion ends: with the first token in which one of the strings is complete.

    The text of tokens is that of `tokenizer.decode` without skipping special tokens, so what is found does not depend
    on how the string was cut into tokens.

    Args:
        tokenizer: None is allowed where there are no strings.
        strings: what ends a completion.

    Raises:
        InvalidOption: strings, and no tokenizer to read tokens with.
    """

    def __init__(self, tokenizer: Any, strings: Sequence[str]) -> None:
        if strings and tokenizer is None:
            raise InvalidOption(
                f"Stop strings are searched in text, so this engine needs a tokenizer; received stop={tuple(strings)!r}"
                " and none. Make the engine with tokenizer=..."
            )
        self.tokenizer = tokenizer
        self.strings = tuple(strings)
        # Every token holds one byte of text at least, so a string lies in as many of the last tokens as it has bytes.
        # A few more, because some tokenizers drop a space where decoding begins.
        self._window = max((len(text.encode()) for text in strings), default=0) + 4
        self._last_signs = {text[-1] for text in strings}
        self._always = any(sign.isspace() for sign in self._last_signs)
        self._may_complete: dict[int, bool] = {}

    def __bool__(self) -> bool:
        return bool(self.strings)

    def is_complete(self, token_ids: Sequence[int]) -> bool:
        """Whether the last token completes a string, given that none before it did."""
        if not token_ids or not self._may(token_ids[-1]):
            return False
        text = self._decode(token_ids[-self._window :])
        return any(string in text for string in self.strings)

    def end(self, token_ids: Sequence[int]) -> int | None:
        """The number of tokens up to and with the first that completes a string; None where none does."""
        if not self.strings:
            return None
        return next((n for n in range(1, len(token_ids) + 1) if self.is_complete(token_ids[:n])), None)

    def _may(self, token: int) -> bool:
        """Whether a token can complete a string at all: decoding the tail at every token would cost more than a model.

        Where a string ends in white space any token can, because some tokenizers hide a token's own first space.
        """
        known = self._may_complete.get(token)
        if known is None:
            piece = self._decode([token])
            known = self._always or "\ufffd" in piece or any(sign in piece for sign in self._last_signs)
            self._may_complete[token] = known
        return known

    def _decode(self, token_ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(token_ids), skip_special_tokens=False))


def cut(
    token_ids: Sequence[int],
    logprobs: Sequence[float],
    *,
    is_end: Callable[[int], bool],
    stops: StopStrings,
    budget: int,
) -> Generation:
    """A completion cut by the rules of this module, from tokens that may go on beyond its end.

    For engines whose own idea of stopping may differ in a token.

    >>> cut([5, 1, 7], [-0.1, -0.2, -0.3], is_end=lambda token: token == 1, stops=StopStrings(None, ()), budget=9)
    Generation(token_ids=(5, 1), logprobs=(-0.1, -0.2), stop_reason='eos')
    """
    kept = list(token_ids[:budget])
    reason: StopReason = "length"
    first = next((index for index, token in enumerate(kept) if is_end(token)), None)
    if first is not None:
        kept, reason = kept[: first + 1], "eos"
    # The end-of-sequence token itself is not text.
    stop = stops.end(kept[:-1] if reason == "eos" else kept)
    if stop is not None:
        kept, reason = kept[:stop], "stop"
    return Generation(tuple(kept), tuple(logprobs[: len(kept)]), reason)


def check_prompts(prompts: Sequence[Sequence[int]], context_tokens: int | None) -> None:
    """Checks that there is something to predict from, and room to predict.

    Raises:
        InvalidInput: an empty prompt, or one that fills the model's context.
    """
    for prompt in prompts:
        if len(prompt) == 0:
            raise InvalidInput("A prompt holds at least one token; received an empty one. Prepend a start token.")
        if context_tokens is not None and len(prompt) >= context_tokens:
            raise InvalidInput(
                f"A prompt leaves room in the model's context of {context_tokens} tokens; received one of "
                f"{len(prompt)}. Shorten it, or take a model with a longer context."
            )


def budget_of(prompt: Sequence[int], params: SamplingParams, context_tokens: int | None) -> int:
    """Tokens that a completion of this prompt may have.

    >>> budget_of([5] * 100, SamplingParams(max_new_tokens=50), context_tokens=128)
    28
    """
    if context_tokens is None:
        return params.max_new_tokens
    return min(params.max_new_tokens, context_tokens - len(prompt))
