"""The language model as an agent: a model, its tokenizer, and the engine that samples from it."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer

from ..errors import InvalidOption, ModelNotFound, unknown_name
from ..step_format import split_completion
from . import ENGINES
from .adapters import adapter_base, merged, with_adapter
from .checkpoint import save_model
from .engines.base import Engine, SamplingParams
from .engines.ends import end_token_ids
from .engines.transformers import TransformersEngine
from .prompts import SYSTEM_PROMPT, PromptStyle, encode_prompts, few_shot_examples

__all__ = ["SYSTEM_PROMPT", "LLMAgent", "PromptStyle", "encode_prompts", "end_token_ids"]


class LLMAgent:
    """A causal language model that acts in the environments.

    Models with a chat template get a system prompt and the observation as messages; base models get the observation
    verbatim and write its next lines.

    Args:
        model: a Hugging Face causal language model; or None where `load_model` is given.
        tokenizer: its tokenizer. Where it has no pad token, the end-of-sequence token pads (masks go by length).
        engine: what samples; by default a TransformersEngine on the same weights.
        style: how observations become prompts.
        load_model: loads the model when it is first asked for. An engine that holds weights of its own needs it for
            training alone.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        engine: Engine | None = None,
        *,
        style: PromptStyle | None = None,
        load_model: Callable[[], Any] | None = None,
    ) -> None:
        self._model = model
        self._load_model = load_model
        self.tokenizer = tokenizer
        self.style = style or PromptStyle()
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        self.engine: Engine = engine or TransformersEngine(
            self.model, end_token_ids(self.model, tokenizer), tokenizer.pad_token_id, tokenizer=tokenizer
        )

    @property
    def model(self) -> Any:
        """The Hugging Face model, loaded now where it was not needed before.

        Raises:
            ModelNotFound: it cannot be loaded here, as where a server alone has it.
        """
        if self._model is None and self._load_model is not None:
            self._model = self._load_model()
        return self._model

    @model.setter
    def model(self, model: Any) -> None:
        self._model = model

    @classmethod
    def from_pretrained(
        cls,
        path: str | os.PathLike[str],
        *,
        engine: str = "transformers",
        device: str = "auto",
        dtype: str = "auto",
        peft: Any = None,
        few_shot: int = 0,
        style: PromptStyle | None = None,
        **engine_options: Any,
    ) -> LLMAgent:
        """Loads a model by path or Hugging Face id.

        Args:
            path: a folder in Hugging Face format, or an id such as "Qwen/Qwen3-0.6B"; or the folder of a LoRA adapter,
                whose model is then loaded too.
            engine: what samples: "transformers", in this process; "vllm", in this process and beside the model;
                "server", an OpenAI-compatible one elsewhere (`path` is then where its tokenizer is).
            device: "auto" takes CUDA where there is one; or anything torch knows.
            dtype: "auto" as saved; or "float32", "bfloat16".
            peft: None; or the folder or id of a LoRA adapter; or settings of a new one, {"r": 8}.
            few_shot: number of solved training problems that each prompt begins with.
            style: how observations become prompts; `few_shot` puts examples into it.
            engine_options: of the engine, as docs/engines.md lists them: max_rows=64, base_url="http://...".

        Raises:
            ModelNotFound: no model there, or a damaged one.
            InvalidOption: a dtype that torch does not have, or an option that the engine does not take.
            UnknownName: an engine that is in no table.
            ModuleNotFoundError: the engine, or peft, is not installed; names the extra.
        """
        if dtype != "auto" and not isinstance(getattr(torch, dtype, None), torch.dtype):
            raise InvalidOption(
                f'dtype is "auto", or one of torch such as "float32" or "bfloat16"; received {dtype!r}.'
            )
        if engine not in ENGINES:
            raise unknown_name("engine", engine, ENGINES)
        base = adapter_base(path)
        if base is not None:
            path, peft = _base_of_adapter(path, base, peft)
        _check_local(path)
        tokenizer = _tried(path, lambda: AutoTokenizer.from_pretrained(path))
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        style = style or PromptStyle()
        if few_shot:
            style = PromptStyle(style.system_prompt, few_shot_examples(few_shot), style.template_options)
        load = functools.cache(lambda: _load_model(path, device, dtype, peft))
        module = importlib.import_module(ENGINES[engine])
        options: Mapping[str, Any] = {"device": device, "dtype": dtype, **engine_options}
        try:
            opened = module.open_engine(os.fspath(path), tokenizer, load, **options)
        except TypeError as error:
            if "keyword" not in str(error):
                raise
            raise InvalidOption(
                f"Engine {engine!r} has options of its own (docs/engines.md); received {sorted(engine_options)}: "
                f"{error}."
            ) from error
        if peft is not None and engine != "transformers":
            opened.sync(load())
        return cls(None, tokenizer, opened, style=style, load_model=load)

    def save_pretrained(self, folder: str | os.PathLike[str], *, merge: bool = False) -> None:
        """Writes model and tokenizer in Hugging Face format; of a model with a LoRA adapter, the adapter alone.

        Args:
            folder: is made where it is missing.
            merge: write a whole model with the adapter added in, which every tool reads.
        """
        save_model(merged(self.model) if merge else self.model, folder)
        self.tokenizer.save_pretrained(folder)

    def encode_prompts(self, observations: Sequence[str]) -> list[list[int]]:
        """Token ids of the prompts for these observations."""
        return encode_prompts(self.tokenizer, observations, self.style)

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


def own_device() -> str:
    """CUDA where there is one, else the CPU; of several processes on a machine each takes a GPU of its own."""
    if not torch.cuda.is_available():
        return "cpu"
    number = os.environ.get("LOCAL_RANK")  # as torchrun and `accelerate launch` tell it
    return "cuda" if number is None else f"cuda:{int(number) % torch.cuda.device_count()}"


def _load_model(path: str | os.PathLike[str], device: str, dtype: str, peft: Any) -> Any:
    if device == "auto":
        device = own_device()
    wanted = dtype if dtype == "auto" else getattr(torch, dtype)
    model = _tried(path, lambda: AutoModelForCausalLM.from_pretrained(path, dtype=wanted))
    model = model.to(device).eval()
    return model if peft is None else with_adapter(model, peft).eval()


def _tried(path: str | os.PathLike[str], load: Callable[[], Any]) -> Any:
    """What `load` loads; every way in which that fails as one error."""
    try:
        return load()
    except (OSError, ValueError, SafetensorError) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelNotFound(
            f"No model could be loaded from {str(path)!r}: {first_line} "
            "Pass a folder in Hugging Face format or the id of a model that can be reached or is in the cache."
        ) from error


def _base_of_adapter(path: str | os.PathLike[str], base: str, peft: Any) -> tuple[str, Any]:
    """(the model's path, what to put on it) where the path named is an adapter's."""
    if peft is not None:
        raise InvalidOption(
            f"{str(path)!r} is a LoRA adapter itself, and takes no peft= beside; received {peft!r}. Merge it first: "
            "agent.save_pretrained(folder, merge=True)."
        )
    if not base:
        raise ModelNotFound(
            f"The adapter in {str(path)!r} does not say which model it is for; pass that model's path, and the "
            "adapter as peft=..."
        )
    return base, os.fspath(path)


def _check_local(path: str | os.PathLike[str]) -> None:
    if _looks_local(Path(path), str(path)) and not (Path(path) / "config.json").is_file():
        raise ModelNotFound(
            f"A model is a folder in Hugging Face format (with a config.json) or a Hugging Face id; {str(path)!r} "
            "is neither. Train one with `make demo` and pass runs/demo/ccrl."
        )


def _looks_local(path: Path, text: str) -> bool:
    """Whether this must be a path: an id is `name` or `owner/name`, and its owner is no folder that lies here."""
    in_a_folder_here = len(path.parts) > 1 and path.parent.is_dir()
    return in_a_folder_here or path.exists() or text.startswith((".", "/", "~")) or text.count("/") > 1


def _first_action(text: str) -> dict[str, Any]:
    elements = split_completion(text)
    if not elements:
        return {"step": text, "confidence": None}
    first = elements[0]
    if first.step is None:
        return {"step": text[first.start : first.end], "confidence": None}
    tag = first.step.kind
    return {"step": f"<{tag}>{first.step.text}</{tag}>", "confidence": first.step.confidence}
