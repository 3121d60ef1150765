"""New weights for a `vllm serve` that is being trained for: by a file in a folder that both sides see.

The OpenAI API has no word for it. vLLM's development mode calls methods of its workers over HTTP, and those of
`vllm_worker.py` are among them where the server was started so:

    VLLM_SERVER_DEV_MODE=1 vllm serve MODEL --logprobs-mode processed_logprobs \
        --worker-extension-cls reasoning_gym_ccrl.agents.engines.vllm_worker.WeightsFromFolder

Whoever reaches such a server can have it load files, so it belongs on a machine or network of one's own.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import DataError, EngineError, storage_error
from .http_json import ServerOptions
from .openai_client import OpenAIClient
from .weights import write_weights

HOW_TO_START = (
    "Start it as VLLM_SERVER_DEV_MODE=1 vllm serve MODEL --logprobs-mode processed_logprobs --worker-extension-cls "
    "reasoning_gym_ccrl.agents.engines.vllm_worker.WeightsFromFolder, with this package installed beside vLLM."
)
_SECONDS_FOR_REQUESTS = 30.0
"""That requests which were given up have, to end before the cache of the old weights can be forgotten."""


class ServerWeights:
    """Hands weights over to a vLLM server.

    Args:
        options: how the server is reached, as for generation.
        folder: that this process writes and the server's reads, by the same path.
    """

    def __init__(self, options: ServerOptions, folder: str | os.PathLike[str]) -> None:
        root = options.base_url.rstrip("/").removesuffix("/v1")
        self.folder = Path(folder).absolute()
        self._client = OpenAIClient(replace(options, base_url=root))

    def check(self) -> None:
        """Asks whether the server can take weights, so that a run does not end at its first update.

        Raises:
            EngineError: it cannot; says how to start one that can.
        """
        self._call("weights_can_come", [])

    def load(self, weights: Iterable[tuple[str, Any]]) -> None:
        """Has the server sample with these weights from now on; returns when it does.

        Args:
            weights: (name, tensor) of every weight, named as in the model's state dict.

        Raises:
            EngineError: the server is down, was not started for this, or a layer got no new weights.
            DataError: the folder cannot be written to.
        """
        fresh = self.folder / ".model.safetensors.new"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_weights(weights, fresh)
            os.replace(fresh, self.folder / "model.safetensors")
        except Exception as error:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            said = storage_error(error) or (error.strerror if isinstance(error, OSError) else None)
            if said is None:
                raise
            raise DataError(
                f"The folder by which weights go to the server could not be written: {self.folder}: {said}. Make room, "
                "or name another weights_folder."
            ) from error
        self._call("load_weights_from", [str(self.folder)])
        self._forget()

    def _call(self, method: str, arguments: list[str]) -> None:
        """Calls a method of every worker of the server."""
        reply = self._post("collective_rpc", {"method": method, "args": arguments})
        results = reply.get("results")
        failed = [each["error"] for each in results or [] if isinstance(each, dict) and "error" in each]
        if failed:
            raise EngineError(f"The server did not take the weights: {failed[0]}")
        if not results:
            raise EngineError(f"The server has no workers that take weights; it sent {reply!r:.200}. {HOW_TO_START}")

    def _forget(self) -> None:
        """Has the server forget what it has computed with the old weights."""
        deadline = time.monotonic() + _SECONDS_FOR_REQUESTS
        while not self._post("reset_prefix_cache", {}).get("success"):
            if time.monotonic() > deadline:
                raise EngineError(
                    "The server could not forget what it has computed with the old weights, because requests are "
                    "running. Nobody else is to use a server that is being trained for."
                )
            time.sleep(0.2)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._client.ask(path, json.dumps(body).encode(), threading.Event())
        except EngineError as error:
            if error.status in (404, 405, 500):
                raise EngineError(f"The server takes no weights: {error} {HOW_TO_START}", error.status) from error
            raise
