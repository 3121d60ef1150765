"""LoRA adapters through peft: made, loaded, and added in."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InvalidOption, ModelNotFound

ADAPTER_FILE = "adapter_config.json"


def adapter_base(path: str | os.PathLike[str]) -> str | None:
    """The model that the adapter in a folder was made for ("" where it does not say); None where there is no adapter.

    Raises:
        ModelNotFound: an adapter's settings that cannot be read.
    """
    settings = Path(path) / ADAPTER_FILE
    if not settings.is_file():
        return None
    try:
        named = json.loads(settings.read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelNotFound(f"An adapter's settings are a JSON object; {settings} is none: {error}.") from None
    return str(named or "")


def with_adapter(model: Any, adapter: Any) -> Any:
    """The model with a LoRA adapter, of which alone the weights are trained.

    Args:
        model: a Hugging Face causal language model.
        adapter: the folder of a saved adapter, or its Hugging Face id; or settings of a new one: a peft config, or the
            arguments of `peft.LoraConfig`, such as {"r": 8, "lora_alpha": 16}.

    Raises:
        ModuleNotFoundError: peft is not installed.
        ModelNotFound: no adapter there, or one that does not fit the model.
        InvalidOption: settings that peft refuses.
    """
    peft = import_peft()
    if isinstance(adapter, str | os.PathLike):
        try:
            return peft.PeftModel.from_pretrained(model, os.fspath(adapter), is_trainable=True)
        except (OSError, ValueError, RuntimeError) as error:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelNotFound(
                f"An adapter is a folder that peft wrote, or an id, for this very model; {str(adapter)!r} did not "
                f"load: {first_line}"
            ) from error
    try:
        if isinstance(adapter, Mapping):
            # GPT-2's linear layers keep their weights the other way round.
            turned = any(type(module).__name__ == "Conv1D" for module in model.modules())
            usual = {"task_type": "CAUSAL_LM", "target_modules": "all-linear", "fan_in_fan_out": turned}
            adapter = peft.LoraConfig(**{**usual, **adapter})
        return peft.get_peft_model(model, adapter)
    except (TypeError, ValueError) as error:
        raise InvalidOption(
            f"peft is a folder, an id, a peft config, or arguments of LoraConfig; received {adapter!r}: {error}"
        ) from error


def merged(model: Any) -> Any:
    """A copy of the model with its adapter added into its weights; the model itself where it has none."""
    if not hasattr(model, "merge_and_unload"):
        return model
    return copy.deepcopy(model).merge_and_unload()


def import_peft() -> Any:
    """The peft package.

    Raises:
        ModuleNotFoundError: it is not installed; names the extra.
    """
    try:
        import peft
    except ModuleNotFoundError as error:
        if error.name != "peft":
            raise
        raise ModuleNotFoundError(
            "LoRA adapters need peft: pip install 'reasoning-gym-ccrl[lora]'", name="peft"
        ) from error
    return peft
