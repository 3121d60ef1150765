"""Checkpoints: everything that a run needs to go on to the same numbers, written so that a kill leaves the last one.

A checkpoint is a folder: the model in Hugging Face format, `optimizer.pt`, and `state.json` with our own counters.
It is written beside its place and moved there in one step, so that a half-written one is never found.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from ..errors import DataError, storage_error
from .sharding import load_optimizer

_ADAPTER = "adapter_model.safetensors"


def write_atomically(folder: Path, write: Callable[[Path], None], *, displaced: Path | None = None) -> None:
    """Fills a new folder beside `folder`, then puts it in its place; on any error the old one stays as it was.

    Args:
        folder: where it goes.
        write: fills the folder that it is given.
        displaced: where the old one goes; None deletes it.

    Raises:
        DataError: the disk is full, or may not be written to.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{folder.name}.new")
    stale = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir()
        write(fresh)
    except BaseException as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if (said := storage_error(error)) is not None:
            stays = "What was there before stays. " if folder.exists() else ""
            raise DataError(
                f"{folder} could not be written: {said}. {stays}Make room, and give the same command again."
            ) from error
        raise
    if folder.exists():
        # Only now: after a kill between the two moves below, the old name holds the one good state there is.
        shutil.rmtree(stale, ignore_errors=True)
        os.replace(folder, stale)
    os.replace(fresh, folder)
    if displaced is not None and stale.exists():
        shutil.rmtree(displaced, ignore_errors=True)
        os.replace(stale, displaced)
    shutil.rmtree(stale, ignore_errors=True)


def save_checkpoint(
    folder: Path,
    model: Any,
    tokenizer: Any,
    optimizer_state: Mapping[str, Any],
    state: Mapping[str, Any],
    *,
    extra: Mapping[str, Any] | None = None,
    keep: int = 0,
) -> None:
    """Writes weights, tokenizer, optimiser and counters to `folder`, replacing the checkpoint that was there.

    Args:
        folder: where it goes.
        model: of one with an adapter, the adapter alone is written.
        tokenizer: goes along, so that the folder can be loaded as a model.
        optimizer_state: its state dict, with its moments.
        state: counters and settings, as JSON holds them.
        extra: file name -> tensors that go with them, which `read_tensors(folder / name)` reads.
        keep: earlier checkpoints that stay beside it, as NAME-000020 after 20 updates; older ones are deleted.

    Raises:
        DataError: the folder holds something else, which replacing would delete; or the disk is full.
    """
    check_replaceable(folder)

    def write(fresh: Path) -> None:
        save_model(model, fresh)
        tokenizer.save_pretrained(fresh)
        for name, tensors in {"optimizer.pt": dict(optimizer_state), **(extra or {})}.items():
            with (fresh / name).open("wb") as file:  # opened here: torch does not tell why its own could not be written
                torch.save(tensors, file)
        (fresh / "state.json").write_text(json.dumps(dict(state), indent=1) + "\n", encoding="utf-8")

    write_atomically(folder, write, displaced=_place_of_old(folder) if keep else None)
    for old in earlier_checkpoints(folder)[: -keep or None]:
        shutil.rmtree(old, ignore_errors=True)


def save_model(model: Any, folder: str | os.PathLike[str]) -> None:
    """Writes it in Hugging Face format, without transformers' progress bar, which would break into another's."""
    from transformers.utils import logging

    is_shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model.save_pretrained(folder)
    finally:
        if is_shown:
            logging.enable_progress_bar()


def earlier_checkpoints(folder: Path) -> list[Path]:
    """The checkpoints that were kept beside `folder`, oldest first."""
    found = folder.parent.glob(f"{folder.name}-*")
    return sorted(path for path in found if path.name.removeprefix(f"{folder.name}-").isdigit())


def _place_of_old(folder: Path) -> Path | None:
    """Where the checkpoint in `folder` goes when the next one takes its place; None where there is none."""
    state = folder / "state.json"
    if not state.is_file():
        return None
    done = int(json.loads(state.read_text(encoding="utf-8")).get("update", 0))
    return folder.with_name(f"{folder.name}-{done:06d}")


def check_replaceable(folder: Path) -> None:
    """Raises DataError where `folder` is neither free, nor empty, nor a checkpoint: it would be replaced whole."""
    if folder.exists() and not (folder / "state.json").is_file() and (folder.is_file() or any(folder.iterdir())):
        raise DataError(
            f"A checkpoint replaces its folder whole, and {folder} holds something that is no checkpoint; name a new "
            "folder."
        )


def find_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to resume from, or None where there is none yet.

    A kill between the two moves of `write_atomically` leaves the last good state under the old one's name.
    """
    for candidate in (folder, folder.with_name(f".{folder.name}.old")):
        if (candidate / "state.json").is_file():
            return candidate
    return None


def load_checkpoint(folder: Path, model: Any, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Loads weights and optimiser in place and returns the counters.

    Raises:
        DataError: the folder is no checkpoint, a damaged one, or one of another model.
    """
    if not (folder / "state.json").is_file():
        raise DataError(f"A checkpoint is a folder with state.json, optimizer.pt and a model; {folder} is none.")
    from safetensors import SafetensorError

    try:
        state: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        optimizer_state = torch.load(folder / "optimizer.pt", weights_only=True)
        if (folder / _ADAPTER).is_file():
            _load_adapter(folder, model)
        else:
            _load_weights(folder, model)
        load_optimizer(optimizer, optimizer_state)
    except (RuntimeError, ValueError, OSError, EOFError, UnpicklingError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"The checkpoint {folder} is damaged, or does not fit the model: {reason}") from error
    return state


def read_tensors(path: Path) -> Any:
    """What `save_checkpoint` wrote as extra.

    Raises:
        DataError: it is missing or damaged.
    """
    try:
        return torch.load(path, weights_only=True)
    except (RuntimeError, ValueError, OSError, EOFError, UnpicklingError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{path} of a checkpoint cannot be read: {reason}") from error


def generator_states() -> dict[str, Any]:
    """The state of every global random generator: ours take none, but a user's reward may."""
    _, numbers, position, has_gauss, gauss = np.random.get_state()  # noqa: NPY002 (the one that others draw from)
    version, integers, next_gauss = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [torch.from_numpy(np.array(numbers, dtype=np.int64)), int(position), int(has_gauss), float(gauss)],
        "python": [version, list(integers), next_gauss],
    }


def restore_generators(states: Mapping[str, Any]) -> None:
    """The inverse of `generator_states`."""
    torch.set_rng_state(states["torch"])
    if states["cuda"] and len(states["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(states["cuda"])
    numbers, position, has_gauss, gauss = states["numpy"]
    legacy = ("MT19937", numbers.numpy().astype(np.uint32), position, has_gauss, gauss)
    np.random.set_state(legacy)  # noqa: NPY002
    version, integers, next_gauss = states["python"]
    random.setstate((version, tuple(integers), next_gauss))


@torch.no_grad()
def _load_weights(folder: Path, model: Any) -> None:
    """Copies the saved weights into the model's; none may be left over on either side, but for those that are tied.

    safetensors' `load_model` takes weights that are views of one buffer, as ZeRO has them, for tied ones.
    """
    from safetensors.torch import load_file

    own = dict(model.state_dict(keep_vars=True))
    saved = load_file(folder / "model.safetensors")
    loaded = {id(own[name]) for name in saved if name in own}
    strange = [name for name in saved if name not in own or own[name].shape != saved[name].shape]
    missing = [name for name, value in own.items() if id(value) not in loaded]
    if strange or missing:
        raise ValueError(f"its weights are those of another model, {', '.join([*strange, *missing][:3])} among them")
    for name, value in saved.items():
        own[name].copy_(value)


def _load_adapter(folder: Path, model: Any) -> None:
    """Puts the saved adapter's weights into the adapter that the model has; none may be left over on either side."""
    from safetensors.torch import load_file

    from .adapters import import_peft

    if not hasattr(model, "get_base_model"):
        raise ValueError("it holds a LoRA adapter, and the model has none")
    result = import_peft().set_peft_model_state_dict(model, load_file(folder / _ADAPTER))
    own = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    if result.unexpected_keys or own & set(result.missing_keys):
        raise ValueError("the adapter it holds is one of another shape")
