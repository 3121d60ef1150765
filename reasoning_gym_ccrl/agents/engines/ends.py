"""Which tokens end a completion."""

from __future__ import annotations

from typing import Any

from transformers import GenerationConfig


def end_token_ids(model: Any, tokenizer: Any) -> list[int]:
    """Every token that ends a completion: the tokenizer's, and those of the model's generation settings."""
    return _ends(getattr(model, "generation_config", None), tokenizer)


def saved_end_token_ids(path: str, tokenizer: Any) -> list[int]:
    """`end_token_ids` of a model that is not loaded here; the tokenizer's alone where no settings were saved."""
    try:
        settings = GenerationConfig.from_pretrained(path)
    except (OSError, ValueError):
        settings = None
    return _ends(settings, tokenizer)


def _ends(settings: Any, tokenizer: Any) -> list[int]:
    configured = getattr(settings, "eos_token_id", None)
    ends = {tokenizer.eos_token_id, *(configured if isinstance(configured, list) else [configured])}
    return sorted(token for token in ends if token is not None)
