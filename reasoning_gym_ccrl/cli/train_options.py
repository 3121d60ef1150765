"""The options of `ccrl train`: where to train and on what, and every setting of `agents.config.TrainConfig`.

A setting whose default is None is what the algorithm says (`ccrl train --algorithm dapo`), or the demo's for its tiny
model; config.json of a run holds what it came to, under `resolved`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Trains a model by reinforcement learning in an environment, with any reward (CCRL by default).

    Measures the model on held-out problems before and after. The same command goes on from the last checkpoint in
    --out, to the same numbers, after Ctrl-C or a crash; with larger --updates it trains on. Under `accelerate launch`
    several processes share the work.

    Example: ccrl train --model runs/demo/comt --out runs/mine --reward brier --updates 40
    """

    model: str
    """The model to start from: a folder in Hugging Face format, a run's folder, or a Hugging Face id."""

    out: Path = Path("runs/train")
    """The folder to write to: model/, best/, checkpoint/, metrics.jsonl, summary.json, episodes/, config.json."""

    algorithm: str = "grpo"
    """How to train: grpo, dr_grpo, dapo, gspo, cispo, rloo, reinforce++ or ppo; docs/algorithms.md compares them."""

    reward: str = "ccrl"
    """What pays: a name (ccrl, brier, outcome, ...), a sum (ccrl=1,length=-0.01), or package.module:function of your
    own."""

    env: str = "MathCCRL-v0"
    """Where to train; `ccrl envs` lists them."""

    data: Path | None = None
    """A file of problems, for DatasetCCRL-v0; up to a fifth of it is held out to measure on."""

    skip_bad: bool = False
    """Leave broken lines of the file out, instead of stopping at the first."""

    families: tuple[str, ...] = ()
    """Which families MathCCRL-v0 mixes; the demo's model knows word_problems and arithmetic alone. Default: its own."""

    difficulty: str | None = None
    """easy, medium or hard, or a number from 0 to 1, where problems are generated. Default: easy."""

    # -- how much --

    updates: int = 80
    """Rounds of sampling and learning."""

    problems_per_update: int = 24
    """Problems, and so groups, in an update, over all processes."""

    group_size: int = 8
    """Episodes of each problem, compared with one another."""

    epochs: int | None = None
    """Times that an update's episodes are learned from. Default: the algorithm's."""

    minibatches: int | None = None
    """Optimiser steps per epoch. Default: the algorithm's."""

    # -- the optimiser --

    optimizer: str = "adamw"
    """adamw; or muon, for a small model that has a lot to learn."""

    learning_rate: float | None = None
    """Default: the demo's for its tiny model, 1e-6 for any other."""

    warmup_updates: int = 5
    """Updates over which the learning rate rises."""

    schedule: str = "constant"
    """Of the learning rate after that: constant; or linear or cosine, down to a tenth."""

    weight_decay: float = 0.0
    """On matrices."""

    max_grad_norm: float = 1.0
    """Gradients are scaled down to this norm."""

    # -- who gets the credit --

    advantage: str | None = None
    """group, leave_one_out, batch or gae. Default: the algorithm's."""

    scale: str | None = None
    """Of advantages: none, or std, which divides by the standard deviation. Default: the algorithm's."""

    credit: str = "step"
    """step: each step answers for what is paid from it on. episode: all tokens for the whole."""

    discount: float = 1.0
    """Gamma, per token, of reinforce++ and ppo."""

    gae_lambda: float = 0.95
    """Lambda of generalised advantages (ppo)."""

    confidence: str = "stated"
    """Where confidence comes from: stated; the number's digits, as token_mean, token_product, token_minimum or
    token_entropy; hybrid, the mean of stated and token_mean; p_true, asked afterwards; or self_consistency, the share
    of attempts that agree."""

    confidence_credit: str | None = None
    """What the tokens that state a confidence learn: own (what stating it changed), expected (its expectation, where a
    confidence is one token) or return (as any other token). Default: own, and return where none is stated."""

    confidence_coefficient: float | None = None
    """Weight of what these tokens learn. Default: the demo's for its tiny model, else 1."""

    # -- the loss --

    policy_loss: str | None = None
    """clip, gspo, cispo or reinforce. Default: the algorithm's."""

    epsilon_low: float | None = None
    """The ratio of new to old probability is clipped below 1 - this. Default: the algorithm's."""

    epsilon_high: float | None = None
    """And above 1 + this. Default: the algorithm's."""

    two_sided_clip: float | None = None
    """Largest ratio that a negative advantage is multiplied with. Default: no limit."""

    loss_aggregation: str | None = None
    """token, episode or constant: how tokens are averaged. Default: the algorithm's."""

    entropy_coefficient: float = 0.0
    """Weight of the entropy bonus."""

    kl_coefficient: float = 0.0
    """Weight of the divergence from the starting weights; 0 keeps no copy of them."""

    kl_in: str | None = None
    """loss, or reward, where each token pays for its own. Default: the algorithm's."""

    kl_estimator: str | None = None
    """k1, k2 or k3. Default: the algorithm's."""

    reference: str = "auto"
    """What the divergence is from: auto, the starting weights (the adapter off, or a copy); none."""

    importance_correction: str = "none"
    """For an engine whose probabilities are not the trainer's: token_truncate, token_mask, sequence_truncate or
    sequence_mask."""

    importance_cap: float = 2.0
    """Its largest ratio."""

    value_trunk: str = "auto"
    """Of ppo's value head: own, on a copy of the policy's layers; shared, on its hidden states; auto, own unless the
    model has an adapter."""

    value_learning_rate: float | None = None
    """Of the value head, and of its own trunk. Default: that of the policy."""

    value_coefficient: float = 0.5
    """Weight of the value loss."""

    value_clip: float | None = 0.2
    """How far a value may move from its old one in an update."""

    value_warmup_updates: int = 0
    """Updates at the start in which the value head alone learns."""

    # -- sampling --

    temperature: float = 1.0
    """Of sampling."""

    top_k: int = 0
    """0: training samples from the whole distribution; anything else is refused, with the reason."""

    top_p: float = 1.0
    """1, likewise."""

    max_new_tokens: int = 160
    """Budget of tokens for an episode; a model that thinks at length needs more."""

    dynamic_sampling: bool | None = None
    """Sample anew where all episodes of a problem earned the same. Default: the algorithm's."""

    dynamic_sampling_rounds: int = 4
    """Times that this is tried in an update."""

    overlong_buffer: float | None = None
    """Share of the budget, at its end, in which length is punished. Default: the algorithm's."""

    mask_truncated: bool = False
    """Episodes that ran out of their budget teach nothing."""

    # -- memory and speed --

    tokens_per_micro_batch: int = 8192
    """Tokens in memory at once; changes the memory, never the result."""

    share_prompts: bool = True
    """Read each prompt once for all attempts at it."""

    gradient_checkpointing: bool = False
    """Compute the layers again in the backward pass, for memory."""

    precision: str = "float32"
    """Of the training passes: float32, or bfloat16 where the weights stay in float32."""

    device: str = "auto"
    """auto, cpu, cuda, ...: auto takes CUDA where there is one."""

    dtype: str = "float32"
    """Of the weights in training: float32, or bfloat16, which halves the memory and loses small updates."""

    engine: str = "transformers"
    """What samples: transformers, in this process; vllm, beside it; server, a vLLM that was started for it."""

    base_url: str | None = None
    """Of the server: http://127.0.0.1:8000/v1."""

    weights_folder: Path | None = None
    """By which new weights go to the server: a folder that it reads by the same path."""

    lora_rank: int = 0
    """Train a LoRA adapter of this rank in place of all weights; 0 trains all."""

    # -- what is kept --

    checkpoint_every: int = 20
    """Updates between checkpoints; 0 writes none but the last."""

    keep_checkpoints: int = 0
    """Earlier checkpoints that stay beside the last."""

    eval_every: int = 0
    """Updates between measurements on held-out problems, whose best weights go to best/; 0 measures at the ends."""

    eval_episodes: int = 256
    """Held-out problems to measure on, before and after; 0 measures nothing."""

    track: tuple[str, ...] = ()
    """Where the figures go beside metrics.jsonl: tensorboard, wandb, mlflow, trackio, ... through Accelerate."""

    seed: int = 0
    """Of problems and samples."""
