"""reasoning-gym's rates, run by benchmarks/env.py in an interpreter that has it: COUNT ROUNDS -> one line of JSON."""

import json
import sys
import time
from importlib.metadata import version

import reasoning_gym

TASKS = {
    "chain_sum": {},
    "basic_arithmetic": {},
    "gsm_symbolic": {},
    "chain_sum, 2 terms of 1 digit": {"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 1},
    "chain_sum, 3 terms of 2 digits": {"min_terms": 3, "max_terms": 3, "min_digits": 2, "max_digits": 2},
    "chain_sum, 6 terms of 4 digits": {"min_terms": 6, "max_terms": 6, "min_digits": 4, "max_digits": 4},
}


def rates(task: str, options: dict[str, int], count: int, seed: int) -> tuple[float, float]:
    data = reasoning_gym.create_dataset(task, size=count, seed=seed, **options)
    started = time.process_time()
    items = [data[index] for index in range(count)]
    made = time.process_time()
    for item in items:
        data.score_answer(item["answer"], item)
    return count / (made - started), count / (time.process_time() - made)


def main() -> None:
    count, rounds = int(sys.argv[1]), int(sys.argv[2])
    rows = {}
    for name, options in TASKS.items():
        found = [rates(name.partition(",")[0], options, count, 1000 * round_) for round_ in range(rounds)]
        rows[name] = [max(column) for column in zip(*found, strict=True)]
    print(json.dumps({"version": version("reasoning-gym"), "rows": rows}))


if __name__ == "__main__":
    main()
