"""Generation by a model that an OpenAI-compatible server has: `vllm serve`, llama.cpp's server, and others.

One request for each completion, many under way at once, each with a seed of its own: every server understands that,
and those that keep prefixes read a prompt once all the same. vLLM takes and returns token ids, and new weights where it
was started for that (`server_weights.py`). Other servers are sent text; what they return is tokenised here, so its
tokens may not be those that were sampled: enough to evaluate with, not to train on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, get_args

from ...errors import EngineError, InvalidOption, unknown_name
from ...seeding import derive_seed
from .base import Engine, Generation, SamplingParams, StopStrings, budget_of, check_prompts, cut
from .ends import saved_end_token_ids
from .openai_client import Choice, OpenAIClient, Request, ServerOptions, complete
from .server_weights import ServerWeights
from .weights import weights_of

Dialect = Literal["vllm", "openai"]

_SEEDS = 2**31  # some servers keep a seed in 32 bits
_MOST_STOPS = 4  # more, and the API refuses the request
_VLLM_FIELDS: Mapping[str, Any] = {
    "return_token_ids": True,
    "return_tokens_as_token_ids": True,
    "include_stop_str_in_output": True,
    "skip_special_tokens": False,
    "spaces_between_special_tokens": False,
}


def open_engine(
    path: str,
    tokenizer: Any,
    load_model: Callable[[], Any],
    *,
    device: str,
    dtype: str,
    base_url: str,
    model: str | None = None,
    dialect: Dialect = "vllm",
    context_tokens: int | None = None,
    weights_folder: str | os.PathLike[str] | None = None,
    **connection: Any,
) -> Engine:
    """The engine of a server that is running.

    Args:
        path: where the tokenizer, and the settings of which tokens end a completion, are.
        tokenizer: of the server's model.
        load_model: not called; a server's weights are its own.
        device: the server's own business.
        dtype: the same.
        base_url: "http://127.0.0.1:8000/v1".
        model: its name there; None where the server has one alone.
        dialect: "vllm" or "openai"; see `ServerEngine`.
        context_tokens: of the model; None takes what the server says, if it does.
        weights_folder: by which new weights go to a vLLM that was started for that; None where there are to be none.
        connection: of `ServerOptions`, such as max_parallel, timeout_s, api_key_env.

    Raises:
        EngineError: the server is down, or has no such model.
        InvalidOption: an option that cannot work.
    """
    known = {field.name for field in fields(ServerOptions)}
    for name in connection:
        if name not in known:
            raise unknown_name("server option", name, known | {"dialect", "context_tokens", "weights_folder"})
    client = OpenAIClient(ServerOptions(base_url, model or "", **connection))
    cards = {str(card["id"]): card for card in client.model_cards()}
    if model is None and len(cards) != 1:
        raise InvalidOption(
            f"The server at {base_url} has the models {', '.join(cards) or 'none'}; name one: model=..."
        )
    name = model or next(iter(cards))
    if name not in cards:
        raise EngineError(f"The server at {base_url} has no model {name!r}; it has {', '.join(cards) or 'none'}.", 404)
    client = OpenAIClient(ServerOptions(base_url, name, **connection))
    context = context_tokens or cards[name].get("max_model_len")
    weights = None if weights_folder is None else ServerWeights(client.options, weights_folder)
    engine = ServerEngine(
        client,
        tokenizer,
        saved_end_token_ids(path, tokenizer),
        dialect=dialect,
        context_tokens=context,
        weights=weights,
    )
    if weights is not None:
        weights.check()
    return engine


class ServerEngine:
    """Samples from a server's model.

    Log-probabilities are those that the server tells: of a vLLM that was started with `--logprobs-mode
    processed_logprobs` at the sampling temperature, else at temperature 1. A Generation has none, `()`, where the
    server tells none that belong to its tokens.

    Args:
        client: which server, which model, how many requests at once.
        tokenizer: of the server's model; reads stop strings, and text where there are no token ids.
        eos_token_ids: any of these ends a completion.
        dialect: "vllm" sends and takes token ids, and uses fields of vLLM's own; "openai" sends text and nothing that
            the API does not define. Stop strings are then searched here, because the API cuts them off and does not
            say which of them, or the end of the sequence, it was; a completion costs its whole budget.
        context_tokens: the length of the model's context; None leaves it to the server to refuse.
        weights: how new ones get to the server; None where they cannot.

    Raises:
        UnknownName: a dialect that is none.
        InvalidOption: weights for a server whose tokens are not those that it sampled.
    """

    is_shared = True
    """All processes of a run sample from the one server: one of them hands over the weights."""

    def __init__(
        self,
        client: OpenAIClient,
        tokenizer: Any,
        eos_token_ids: Sequence[int],
        *,
        dialect: Dialect = "vllm",
        context_tokens: int | None = None,
        weights: ServerWeights | None = None,
    ) -> None:
        if dialect not in get_args(Dialect):
            raise unknown_name("dialect", dialect, get_args(Dialect))
        if weights is not None and dialect != "vllm":
            raise InvalidOption(
                f'A server that is trained for takes and returns token ids, dialect="vllm"; received {dialect!r}.'
            )
        self.client = client
        self.weights = weights
        self.tokenizer = tokenizer
        self.eos_token_ids = frozenset(eos_token_ids)
        self.dialect = dialect
        self.context_tokens = context_tokens

    def generate(self, prompts: Sequence[Sequence[int]], params: SamplingParams) -> list[list[Generation]]:
        """For each prompt, `samples_per_prompt` completions, in order.

        Raises:
            InvalidInput: an empty prompt, or one that fills the model's context.
            EngineError: the server is down, refuses, or answers with what is no completion. The first error ends it.
        """
        check_prompts(prompts, self.context_tokens)
        stops = StopStrings(self.tokenizer, params.stop)
        places = [(prompt, sample) for prompt in range(len(prompts)) for sample in range(params.samples_per_prompt)]
        requests = (self._request(prompts[prompt], params, prompt, sample) for prompt, sample in places)
        results: list[list[Generation | None]] = [[None] * params.samples_per_prompt for _ in prompts]
        for number, reply in self.client.send_all(requests):
            if isinstance(reply, EngineError):
                raise self._with_hint(reply)
            prompt, sample = places[number]
            budget = budget_of(prompts[prompt], params, self.context_tokens)
            results[prompt][sample] = self._generation(reply.choices[0], stops, budget)
        return [[generation for generation in group if generation is not None] for group in results]

    def load_weights(self, weights: Iterable[tuple[str, Any]]) -> None:
        """Has the server sample with these weights from now on.

        Raises:
            InvalidOption: there is no folder to hand them over by.
            EngineError: the server does not take them.
        """
        if self.weights is None:
            raise InvalidOption(
                "A server's weights are its own, and none were to be handed over; to train, name a weights_folder that "
                "a vLLM server reads as well, or take the engine transformers or vllm. To measure trained weights, "
                "save the model and start the server on it."
            )
        self.weights.load(weights)

    def sync(self, model: Any) -> None:
        """Has the server sample with the weights that this model has now; a LoRA adapter is added into them."""
        self.load_weights(weights_of(model))

    def _request(self, prompt: Sequence[int], params: SamplingParams, number: int, sample: int) -> Request:
        settings: dict[str, Any] = {
            "max_tokens": budget_of(prompt, params, self.context_tokens),
            "temperature": params.temperature,
            "seed": derive_seed(params.seed, "generate", number, sample) % _SEEDS,
            "logprobs": 1,
        }
        if self.dialect == "openai":
            return complete(self.tokenizer.decode(list(prompt), skip_special_tokens=False), **settings)
        settings |= {**_VLLM_FIELDS, "stop_token_ids": sorted(self.eos_token_ids)}
        if params.stop:
            settings["stop"] = list(params.stop[:_MOST_STOPS])  # the others are found here, later
        return complete(prompt, **settings)

    def _generation(self, choice: Choice, stops: StopStrings, budget: int) -> Generation:
        token_ids, logprobs, are_sampled = self._tokens(choice)
        if not are_sampled:  # the server kept to the budget in its own tokens
            budget = len(token_ids)
        generation = cut(token_ids, logprobs, is_end=self.eos_token_ids.__contains__, stops=stops, budget=budget)
        if not generation.token_ids:
            raise EngineError(
                f"A completion holds one token at least; {self.client.options.base_url} sent {dict(choice.raw)!r:.200}."
            )
        return generation

    def _tokens(self, choice: Choice) -> tuple[list[int], list[float], bool]:
        """Token ids and log-probabilities of a choice, and whether the ids are those that were sampled.

        There are no log-probabilities where the server's do not fit the tokens.
        """
        told = choice.raw.get("logprobs")
        told = told if isinstance(told, dict) else {}
        sampled = _numbers(choice.raw.get("token_ids"), int) or _ids_in_names(told.get("tokens"))
        ids = sampled or []
        if sampled is None:
            ids = list(self.tokenizer(choice.text, add_special_tokens=False)["input_ids"])
            if choice.finish_reason == "stop" and not self.eos_token_ids.intersection(ids):
                ids.append(self.tokenizer.eos_token_id)
        logprobs = _numbers(told.get("token_logprobs"), float)
        fit = logprobs is not None and len(logprobs) == len(ids)
        return ids, (logprobs or []) if fit else [], sampled is not None

    def _with_hint(self, error: EngineError) -> EngineError:
        if self.dialect == "vllm" and error.status in (400, 422):
            hint = 'If the server does not know fields of vLLM\'s own, pass dialect="openai".'
            return EngineError(f"{error} {hint}", error.status)
        return error


def _numbers(value: object, kind: type) -> list[Any] | None:
    """A list of numbers as a server sends it; None where it is no such list."""
    if not isinstance(value, list) or not value:
        return None
    accepted = (int,) if kind is int else (int, float)
    if any(isinstance(each, bool) or not isinstance(each, accepted) for each in value):
        return None
    return [kind(each) for each in value]


def _ids_in_names(tokens: object) -> list[int] | None:
    """Token ids that a server wrote as names, ["token_id:5"]; None where these are no such names."""
    if not isinstance(tokens, list) or not tokens:
        return None
    found = [str(token).removeprefix("token_id:") for token in tokens]
    if any(name == token or not name.isdecimal() for name, token in zip(found, tokens, strict=True)):
        return None
    return list(map(int, found))
