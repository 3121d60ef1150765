"""benchmarks/gpu.py runs before there is a GPU: every part on a CPU at small sizes, and what it counts, by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "benchmarks" / "gpu.py"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200, check=False)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """What a small run of everything but TRL wrote."""
    folder = tmp_path_factory.mktemp("gpu")
    done = run("--smoke", "--device", "cpu", "--no-trl", "--out", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    [path] = folder.glob("*.json")
    assert path.with_suffix(".md").read_text() in done.stdout
    return json.loads(path.read_text())


def test_every_part_runs(record):
    parts = record["parts"]
    assert list(parts) == ["tests", "peaks", "head", "trainer", "generation", "training"]
    assert not [part for part in parts.values() if "error" in part]
    assert record["machine"]["python"]


def test_the_cuda_tests_pass_on_the_cpu_too(record):
    figures = record["parts"]["tests"]["figures"]
    assert figures["failed"] == []
    assert figures["passed"] > 40
    assert figures["skipped"] == 1  # the one that counts a GPU's memory


def test_its_figures_are_of_something_that_happened(record):
    figures = {name: part["figures"] for name, part in record["parts"].items()}
    assert figures["peaks"]["bytes_per_second"] > 1e6
    assert [(row["tokens"], row["dtype"]) for row in figures["head"]] == [
        (64, "float32"),
        (64, "bfloat16"),
        (4096, "float32"),
        (4096, "bfloat16"),
    ]
    assert all(0 < row["share_of_float32_flops"] < 2 for row in figures["head"])
    [row] = figures["trainer"]["rows"]
    assert row["ours_seconds"] > 0
    assert "TRL_seconds" not in row
    assert all(row["ours"] > 0 and row["generate"] > 0 for row in figures["generation"])
    grpo = figures["training"]["grpo"]
    assert len(grpo["updates"]) == 2
    assert grpo["updates"][0]["ratio_max"] == pytest.approx(1.0, abs=1e-3)  # sampler and trainer agree
    assert set(grpo["before"]) == set(grpo["after"])


@pytest.fixture
def modules(monkeypatch):
    """The benchmark's modules."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import gpu
    import gpu_parts

    return gpu, gpu_parts


def test_operations_and_bytes_by_hand(modules):
    """64 tokens of 1,000 words, 16 wide: kept whole on a CPU. 4,096 of 1,500 are more than 16 MB: in blocks."""
    _, parts = modules
    assert parts.head_counts(64, 16, 1000, "cpu", 4) == {
        "useful_flops": 6 * 64 * 16 * 1000,
        "done_flops": 6 * 64 * 16 * 1000,
        "bytes": 4 * 15 * 64 * 1000 + 2 * 1000 * 16 * 4,
    }
    in_blocks = parts.head_counts(4096, 8, 1500, "cpu", 2)
    assert in_blocks["done_flops"] == in_blocks["useful_flops"] * 4 / 3
    assert in_blocks["bytes"] == 4 * 20 * 4096 * 1500 + 3 * 1500 * 8 * 2


def test_a_part_that_fails_dies_or_hangs_is_recorded_and_the_rest_goes_on(modules, monkeypatch, tmp_path):
    """The parts are in a module of their own, which the processes import."""
    (tmp_path / "gpu_parts.py").write_text(
        "import os, time\n"
        "def fails(of, save):\n    save({'rows': [1]})\n    raise ValueError('no')\n"
        "def dies(of, save):\n    save({'rows': [2]})\n    os._exit(9)\n"
        "def hangs(of, save):\n    save({'rows': [3]})\n    time.sleep(60)\n"
        "def works(of, save):\n    return {'rows': [4]}\n"
        "PARTS = {each.__name__: (each, 1) for each in (fails, dies, hangs, works)}\n"
    )
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(SCRIPT.parent)!r}]\n"
        "import json, gpu\n"
        f"gpu.FOLDERS = ({str(tmp_path)!r}, *gpu.FOLDERS)\n"
        "gpu.PRELOAD = ()\n"
        "names = ('fails', 'dies', 'hangs', 'works')\n"
        "if __name__ == '__main__':\n"
        "    print(json.dumps([gpu.in_process(name, None, 3 if name == 'hangs' else 100) for name in names]))\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=200, check=True)
    fails, dies, hangs, works = json.loads(done.stdout.splitlines()[-1])
    assert (fails["error"], fails["figures"]) == ("ValueError: no", {"rows": [1]})
    assert (dies["error"], dies["figures"]) == ("its process ended with 9", {"rows": [2]})
    assert hangs["error"] == "stopped: it may take 3 seconds"
    assert works["figures"] == {"rows": [4]}
    assert "error" not in works


def test_the_page_says_what_failed(modules):
    gpu, _ = modules
    figures = {"float32_flops": 5e13, "tf32_flops": 4e14, "bfloat16_flops": 8e14, "bytes_per_second": 3.3e12}
    shown = gpu.page(
        {
            "device": {"name": "A card"},
            "machine": {"cpu": "a processor", "cores": "2"},
            "command": "c",
            "commit": "d",
            "torch": "1",
            "transformers": "2",
            "seconds": 3.0,
            "parts": {
                "peaks": {"seconds": 1.0, "figures": figures},
                "head": {"seconds": 2.0, "error": "OutOfMemoryError: too small\nmore"},
            },
        }
    )
    assert "| 50 | 400 | 800 | 3,300 |" in shown
    assert "**Failed** after 2 s: OutOfMemoryError: too small\n" in shown
    assert gpu.slug("NVIDIA H100 80GB HBM3") == "nvidia-h100-80gb-hbm3"


def test_mistakes_are_said_in_a_line(modules, tmp_path, capsys, monkeypatch):
    gpu, _ = modules
    assert gpu.main(gpu.options_of(["--device", "cpu", "--only", "heads", "--out", str(tmp_path)])) == 2
    assert "received heads" in capsys.readouterr().err
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert gpu.main(gpu.options_of(["--out", str(tmp_path)])) == 2
    assert "There is no CUDA here" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_fine_tuning_by_the_clock_ends_in_time(modules, monkeypatch):
    """At full size a probe on a copy finds how many updates fit; here with a model that is small."""
    import gpu_training

    from reasoning_gym_ccrl.agents.policy import LLMAgent
    from reasoning_gym_ccrl.agents.tiny import build_model, build_tokenizer

    tokenizer = build_tokenizer()
    agent = LLMAgent(build_model(tokenizer, hidden_size=16, layers=1, heads=2, intermediate_size=16), tokenizer)
    of = modules[1].Setting("cpu", smoke=False, minutes=1.0)
    found = gpu_training._fine_tuned(of, agent, 1.0)
    assert found["updates"] >= 1
    assert found["seconds"] < 60
    assert not agent.model.training
