"""An engine that says what it was told to: for tests, and for replaying recorded completions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ...errors import InvalidOption
from .base import Engine, Generation, SamplingParams, StopStrings, check_prompts, cut


def open_engine(
    path: str, tokenizer: Any, load_model: Callable[[], Any], *, device: str, dtype: str, **options: Any
) -> Engine:
    """The engine of a script; `options` hold it.

    Raises:
        InvalidOption: no script.
    """
    if "script" not in options:
        raise InvalidOption("A scripted engine needs script=..., a function of the prompt's text and the sample.")
    return ScriptedEngine(tokenizer, options["script"])


class ScriptedEngine:
    """Returns `script(prompt_text, sample_index)` as tokens, each with log-probability -1.0.

    Args:
        tokenizer: turns prompts into text and the script's text into token ids.
        script: a function of the prompt's text and the number of the sample.
    """

    def __init__(self, tokenizer: Any, script: Callable[[str, int], str]) -> None:
        self.tokenizer = tokenizer
        self.script = script

    def generate(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        """For each prompt, `samples_per_prompt` completions, cut at stop strings and the token budget."""
        check_prompts(prompts, None)
        stops = StopStrings(self.tokenizer, params.stop)
        return [
            [
                self._generation(self.tokenizer.decode(prompt), sample, params, stops)
                for sample in range(params.samples_per_prompt)
            ]
            for prompt in prompts
        ]

    def load_weights(self, weights: Iterable[tuple[str, Any]]) -> None:
        """Nothing: a script has no weights."""

    def sync(self, model: Any) -> None:
        """Nothing: a script has no weights."""

    def _generation(self, prompt: str, sample: int, params: SamplingParams, stops: StopStrings) -> Generation:
        ids = self.tokenizer(self.script(prompt, sample), add_special_tokens=False)["input_ids"]
        end = self.tokenizer.eos_token_id
        ids = (*ids, end)
        return cut(
            ids, (-1.0,) * len(ids), is_end=lambda token: token == end, stops=stops, budget=params.max_new_tokens
        )
