"""The language model as an agent: a model, its tokenizer, and the engine that samples from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer

from ..errors import InvalidOption, ModelNotFound
from ..step_format import split_completion
from .engines.base import Engine, SamplingParams
from .engines.transformers import TransformersEngine

SYSTEM_PROMPT = """Solve the problem one step at a time, and say with each step how sure you are that it is right.
First write the plan with names and no numbers, then one calculation a line, then the answer, in exactly this form:
<plan>total cost = unit price * number bought</plan>
<step>total cost = 3 * 4 = 12</step><confidence>0.9</confidence>
<answer>12</answer><confidence>0.8</confidence>
A confidence is a number from 0 to 1: the probability that the line is right."""


class LLMAgent:
    """A causal language model that acts in the environments.

    Models with a chat template get SYSTEM_PROMPT and the observation as messages; base models get the observation
    verbatim and write its next lines.

    Args:
        model: a Hugging Face causal language model.
        tokenizer: its tokenizer. Where it has no pad token, the end-of-sequence token pads (masks go by length).
        engine: what samples; by default a TransformersEngine on the same weights.
    """

    def __init__(self, model: Any, tokenizer: Any, engine: Engine | None = None) -> None:
        self.model = model
        self.tokenizer = tokenizer
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        self.engine: Engine = engine or TransformersEngine(
            model, end_token_ids(model, tokenizer), tokenizer.pad_token_id
        )

    @classmethod
    def from_pretrained(cls, path: str | os.PathLike[str], *, device: str = "auto", dtype: str = "auto") -> LLMAgent:
        """Loads a model by path or Hugging Face id.

        Args:
            path: a folder in Hugging Face format, or an id such as "Qwen/Qwen3-0.6B".
            device: "auto" takes CUDA where there is one; or anything torch knows.
            dtype: "auto" as saved; or "float32", "bfloat16".

        Raises:
            ModelNotFound: no model there, or a damaged one.
            InvalidOption: a dtype that torch does not have.
        """
        if dtype != "auto" and not isinstance(getattr(torch, dtype, None), torch.dtype):
            raise InvalidOption(
                f'dtype is "auto", or one of torch such as "float32" or "bfloat16"; received {dtype!r}.'
            )
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if _looks_local(Path(path), str(path)) and not (Path(path) / "config.json").is_file():
            raise ModelNotFound(
                f"A model is a folder in Hugging Face format (with a config.json) or a Hugging Face id; {str(path)!r} "
                "is neither. Train one with `make demo` and pass runs/demo/ccrl."
            )
        try:
            tokenizer = AutoTokenizer.from_pretrained(path)
            model = AutoModelForCausalLM.from_pretrained(
                path, dtype=dtype if dtype == "auto" else getattr(torch, dtype)
            )
        except (OSError, ValueError, SafetensorError) as error:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelNotFound(
                f"No model could be loaded from {str(path)!r}: {first_line} "
                "Pass a folder in Hugging Face format or the id of a model that can be reached or is in the cache."
            ) from error
        return cls(model.to(device).eval(), tokenizer)

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Writes model and tokenizer in Hugging Face format."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def encode_prompts(self, observations: Sequence[str]) -> list[list[int]]:
        """Token ids of the prompts for these observations."""
        return encode_prompts(self.tokenizer, observations)

    def act(
        self, observation: str, *, temperature: float = 0.0, max_new_tokens: int = 64, seed: int = 0
    ) -> dict[str, Any]:
        """One environment action for an observation: {"step": text, "confidence": float or None}."""
        return self.act_batch([observation], temperature=temperature, max_new_tokens=max_new_tokens, seed=seed)[0]

    def act_batch(
        self, observations: Sequence[str], *, temperature: float = 0.0, max_new_tokens: int = 64, seed: int = 0
    ) -> list[dict[str, Any]]:
        """One environment action for each observation: the first element that the model writes next."""
        params = SamplingParams(max_new_tokens=max_new_tokens, temperature=temperature, seed=seed)
        generations = self.engine.generate(self.encode_prompts(observations), params)
        return [
            _first_action(self.tokenizer.decode(group[0].token_ids, skip_special_tokens=True)) for group in generations
        ]


def _looks_local(path: Path, text: str) -> bool:
    """Whether this must be a path: an id is `name` or `owner/name`, and its owner is no folder that lies here."""
    in_a_folder_here = len(path.parts) > 1 and path.parent.is_dir()
    return in_a_folder_here or path.exists() or text.startswith((".", "/", "~")) or text.count("/") > 1


def encode_prompts(tokenizer: Any, observations: Sequence[str]) -> list[list[int]]:
    """Prompts as token ids: through the chat template where there is one, else the text verbatim."""
    if not observations:
        return []
    if getattr(tokenizer, "chat_template", None):
        chats = [
            [{"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": observation}]
            for observation in observations
        ]
        encoded = tokenizer.apply_chat_template(chats, add_generation_prompt=True, tokenize=True, return_dict=True)
        return [list(ids) for ids in encoded["input_ids"]]
    prompts = tokenizer(list(observations))["input_ids"]
    eos = tokenizer.eos_token_id
    return [list(ids[:-1] if ids and ids[-1] == eos else ids) for ids in prompts]


def end_token_ids(model: Any, tokenizer: Any) -> list[int]:
    """Every token that ends a completion: the tokenizer's, and those of the model's generation settings."""
    ends = {tokenizer.eos_token_id}
    configured = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    ends.update(configured if isinstance(configured, list) else [configured])
    return sorted(token for token in ends if token is not None)


def _first_action(text: str) -> dict[str, Any]:
    elements = split_completion(text)
    if not elements:
        return {"step": text, "confidence": None}
    first = elements[0]
    if first.step is None:
        return {"step": text[first.start : first.end], "confidence": None}
    tag = first.step.kind
    return {"step": f"<{tag}>{first.step.text}</{tag}>", "confidence": first.step.confidence}
