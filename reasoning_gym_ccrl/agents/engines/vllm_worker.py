"""Methods that a vLLM worker has beside its own where it is started with `--worker-extension-cls`.

They run inside vLLM's processes; `server_weights.py` calls them over HTTP, which `vllm serve` allows in its development
mode.
"""

from __future__ import annotations

from typing import Any


class WeightsFromFolder:
    """New weights from a folder. What goes wrong is returned and not raised: an error would end the server."""

    model_runner: Any
    reload_weights: Any

    def weights_can_come(self) -> dict[str, str]:
        """Says yes by being there."""
        return {}

    def load_weights_from(self, folder: str) -> dict[str, str]:
        """Loads FOLDER/model.safetensors, as `VLLMEngine.load_weights` does in one process.

        Returns:
            {} where every layer has new weights, else {"error": what is wrong}.
        """
        from .vllm import every_layer_loads, has_gpu, repack_heads

        try:
            with every_layer_loads():
                self.reload_weights(weights_path=folder)
            if not has_gpu():
                repack_heads(self.model_runner.get_model())
        except Exception as error:
            return {"error": (str(error).strip() or type(error).__name__).splitlines()[0]}
        return {}
