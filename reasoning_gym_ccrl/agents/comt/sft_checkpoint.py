"""What a run of `fine_tune` needs to go on to the same numbers, beside weights and optimiser: where it stands.

The data position is a number of updates and a digest of what they learned from. A resumed run draws the same stream
again up to there, without training, and so its generator stands where it stood; the digest tells where the stream is
another one. torch's generators, which dropout draws from, are kept as they were.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import DataError, InvalidOption
from ..checkpoint import check_replaceable, find_checkpoint, load_checkpoint, save_checkpoint
from .sft_data import TokenExample

_RNG, _BEST = "rng.pt", "best.pt"


@dataclass(slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        update: updates made.
        scored_tokens: tokens that the loss was taken on.
        digest: of everything learned from so far.
        best_loss: the lowest validation loss; infinite before the first look.
        best_update: updates made by then.
        looks_since_best: looks at the validation data after it.
        stopped: patience ended the run.
        best_weights: the trainable weights at `best_update`, on the CPU; empty where no best is kept.
    """

    update: int = 0
    scored_tokens: int = 0
    digest: str = ""
    best_loss: float = math.inf
    best_update: int = 0
    looks_since_best: int = 0
    stopped: bool = False
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    def learned_from(self, batch: Sequence[TokenExample]) -> None:
        """Counts an update and its batch."""
        self.update += 1
        self.scored_tokens += sum(sum(example.scored) for example in batch)
        self.digest = next_digest(self.digest, batch)

    def looked(self, model: Any, loss: float, patience: int) -> None:
        """Counts a look at the validation data; keeps the weights where it is the best so far."""
        if loss < self.best_loss:
            self.best_loss, self.best_update, self.looks_since_best = loss, self.update, 0
            if patience:
                self.best_weights = {name: p.detach().cpu().clone() for name, p in trainable(model)}
        else:
            self.looks_since_best += 1
        self.stopped = bool(patience) and self.looks_since_best >= patience

    def restore_best(self, model: Any) -> None:
        """Puts the best weights into the model, where any were kept."""
        with torch.no_grad():
            for name, parameter in trainable(model):
                if name in self.best_weights:
                    parameter.copy_(self.best_weights[name])

    def to_json(self) -> dict[str, Any]:
        """Everything but the weights; a loss that is not finite is None."""
        plain = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "best_weights"}
        return plain | {"best_loss": self.best_loss if math.isfinite(self.best_loss) else None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], best_weights: dict[str, Tensor]) -> Progress:
        best_loss = math.inf if data["best_loss"] is None else data["best_loss"]
        return cls(**{**data, "best_loss": best_loss}, best_weights=best_weights)


def trainable(model: Any) -> list[tuple[str, Any]]:
    """The parameters that training changes, by name."""
    return [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]


def next_digest(before: str, batch: Sequence[TokenExample]) -> str:
    """The digest of a stream with one batch more: a chain, so that it needs no memory."""
    rows = [[example.token_ids, example.scored] for example in batch]
    return hashlib.blake2b(f"{before}{json.dumps(rows)}".encode(), digest_size=16).hexdigest()


def save_progress(
    folder: Path, model: Any, tokenizer: Any, optimizer: torch.optim.Optimizer, config: Any, progress: Progress
) -> None:
    """Writes the checkpoint, in place of the one before."""
    extra: dict[str, Any] = {_RNG: _random_state(model)}
    if progress.best_weights:
        extra[_BEST] = progress.best_weights
    state = {"update": progress.update, "config": asdict(config), "progress": progress.to_json()}
    save_checkpoint(folder, model, tokenizer, optimizer.state_dict(), state, extra=extra)


def load_progress(folder: Path | None, model: Any, optimizer: torch.optim.Optimizer, config: Any) -> Progress:
    """Loads the last checkpoint into model, optimiser and torch's generators; where there is none, the beginning.

    Raises:
        InvalidOption: the checkpoint is one of other settings.
        DataError: the folder holds something that is no checkpoint, a damaged one, or one of another model.
    """
    if folder is None:
        return Progress()
    found = find_checkpoint(folder)
    if found is None:
        check_replaceable(folder)  # now, and not when the first hours of training are to be saved
        return Progress()
    state = load_checkpoint(found, model, optimizer)
    wanted, saved = asdict(config), dict(state.get("config", {}))
    differing = [name for name in wanted if saved.get(name) != wanted[name]]
    if "progress" not in state or differing:
        where = ", ".join(differing) or "kind: it is no checkpoint of fine-tuning"
        raise InvalidOption(
            f"A run goes on with the settings it began with; {found} differs in {where}. Use another folder, or the "
            "settings of the checkpoint."
        )
    try:
        best = torch.load(found / _BEST, weights_only=True) if (found / _BEST).is_file() else {}
        _set_random_state(model, torch.load(found / _RNG, weights_only=True))
    except (OSError, RuntimeError) as error:
        raise DataError(f"The checkpoint {found} is damaged: {error}") from error
    return Progress.from_json(state["progress"], best)


def _random_state(model: Any) -> dict[str, Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if model.device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(model.device)
    return state


def _set_random_state(model: Any, state: Mapping[str, Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if model.device.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], model.device)


def skip_to(
    stream: Iterator[list[TokenExample]], progress: Progress, on_skipped: Callable[[int], None] | None = None
) -> None:
    """Draws what the checkpoint has learned from, without learning it.

    Raises:
        InvalidOption: the stream is another one, or a shorter one.
    """
    digest = ""
    for number in range(progress.update):
        batch = next(stream, None)
        if batch is None:
            break
        digest = next_digest(digest, batch)
        if on_skipped is not None:
            on_skipped(number)
    if digest != progress.digest:
        raise InvalidOption(
            f"A run goes on with the data it began with; the first {progress.update} updates of these examples are not "
            "those of the checkpoint. Make the examples from the same seed and files, or use another folder."
        )
