"""An engine that says what it was told to: for tests, and for replaying recorded completions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .base import Generation, SamplingParams


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
        """For each prompt, `samples_per_prompt` completions, cut at the token budget."""
        return [
            [
                self._generation(self.tokenizer.decode(prompt), sample, params)
                for sample in range(params.samples_per_prompt)
            ]
            for prompt in prompts
        ]

    def _generation(self, prompt: str, sample: int, params: SamplingParams) -> Generation:
        ids = self.tokenizer(self.script(prompt, sample), add_special_tokens=False)["input_ids"]
        ids = (*ids, self.tokenizer.eos_token_id)
        kept = tuple(ids[: params.max_new_tokens])
        return Generation(kept, (-1.0,) * len(kept), "eos" if len(kept) == len(ids) else "length")
