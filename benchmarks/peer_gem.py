"""GEM's rates on `rg:chain_sum`, run by benchmarks/env.py in an interpreter that has it: COUNT ROUNDS -> JSON.

An episode is a reset, which makes the problem, and one answer. Rates are episodes per second of processor time.
"""

import json
import sys
import time
from importlib.metadata import version

import gem

ANSWER = "\\boxed{12}"


def singly(count: int) -> float:
    env = gem.make("rg:chain_sum")
    env.reset(seed=0)
    started = time.process_time()
    for _ in range(count):
        env.reset()
        env.step(ANSWER)
    return count / (time.process_time() - started)


def together(count: int, width: int = 32) -> float:
    """Each step answers `width` problems, and resets the environments by itself."""
    envs = gem.make_vec(["rg:chain_sum"] * width)
    envs.reset(seed=list(range(width)))
    answers = [ANSWER] * width
    started = time.process_time()
    for _ in range(count // width):
        envs.step(answers)
    return count // width * width / (time.process_time() - started)


def main() -> None:
    count, rounds = int(sys.argv[1]), int(sys.argv[2])
    rows = {"one": max(singly(count) for _ in range(rounds)), "32": max(together(count) for _ in range(rounds))}
    print(json.dumps({"version": version("gem-llm"), "rows": rows}))


if __name__ == "__main__":
    main()
