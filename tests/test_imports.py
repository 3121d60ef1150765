"""Who may import whom, read from the source of every module, and what the core loads, seen in a new process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "reasoning_gym_ccrl"
FILES = sorted(PACKAGE.rglob("*.py"))
BASE = {"types", "history", "errors", "seeding"}
CORE = BASE | {"step_format", "rewards", "envs"}

# Room -> the rooms that it may import. A room may always import itself.
MAY_IMPORT: dict[str, set[str]] = {
    "types": set(),
    "history": {"types"},
    "errors": set(),
    "seeding": {"errors"},
    "step_format": BASE,
    "rewards": BASE | {"step_format"},
    "envs": BASE | {"step_format", "rewards"},
    "evaluation": CORE,  # beside agents: it measures episodes, whoever made them
    "agents": CORE | {"evaluation"},
    "cli": CORE | {"evaluation", "agents", "__init__"},
    "__init__": {"envs"},
    "__main__": {"cli"},
}

HEAVY = {"accelerate", "matplotlib", "safetensors", "sklearn", "sympy", "tokenizers", "torch", "transformers", "vllm"}
ANYWHERE = {"gymnasium", "numpy", "rich"}


@dataclass(frozen=True)
class Import:
    """One import: the dotted module, and whether it runs when the file is imported."""

    module: str
    line: int
    at_import: bool


def read_imports(path: Path) -> list[Import]:
    return list(_walk(ast.parse(path.read_text(), str(path)), path, at_import=True))


def _walk(node: ast.AST, path: Path, *, at_import: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names=names):
                yield from (Import(name.name, child.lineno, at_import) for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = ".".join([*_package_of(path)[: len(_package_of(path)) - level + 1]] if level else [])
                stem = ".".join(filter(None, [base, module]))
                # `from . import a, b` imports modules; `from .a import name` imports the module a.
                found = [stem] if module else [f"{stem}.{name.name}" for name in names]
                yield from (Import(name, child.lineno, at_import) for name in found)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from _walk(child, path, at_import=False)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):  # seen by the type checker alone
                yield from _walk(ast.Module(child.orelse, []), path, at_import=at_import)
            case _:
                yield from _walk(child, path, at_import=at_import)


def _package_of(path: Path) -> tuple[str, ...]:
    return (PACKAGE.name, *path.relative_to(PACKAGE).parent.parts)


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def foreign(path: Path) -> Iterator[tuple[Import, str]]:
    """The imports of a file from outside the standard library and the package, with the top-level name."""
    for found in read_imports(path):
        top = found.module.partition(".")[0]
        if top not in sys.stdlib_module_names and top != PACKAGE.name:
            yield found, top


def allowed_foreign(file: str, top: str, at_import: bool) -> bool:
    """The rules for what is not ours: torch's family in agents, the rest in one place each, loaded when used."""
    if top in ANYWHERE:
        return True
    if top in {"torch", "transformers", "tokenizers", "safetensors", "accelerate", "jaxtyping"}:
        return file.startswith("agents/") or (file.startswith("cli/") and not at_import)
    if top == "tyro":  # a command's options; `ccrl --help` imports no command
        return file.startswith("cli/") and (file != "cli/__init__.py" or not at_import)
    place = {
        "matplotlib": "evaluation/plots/",
        "sklearn": "evaluation/posthoc.py",
        "vllm": "agents/engines/vllm.py",
        "peft": "agents/",
        "deepspeed": "agents/zero.py",
        "jinja2": "agents/prompts.py",
        "sympy": "envs/",
        "reasoning_gym": "envs/problems/",
        "pyarrow": "envs/problems/data_files.py",
        "datasets": ("envs/problems/data_hub.py", "agents/chat_data.py"),
        "huggingface_hub": "envs/problems/data_hub.py",
        "stable_baselines3": "envs/wrappers",
    }.get(top)
    return place is not None and file.startswith(place) and not at_import


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_rooms_import_only_what_stands_before_them(path):
    room = room_of(path)
    assert room in MAY_IMPORT, f"{name_of(path)} is in no room that MAY_IMPORT knows; give it a line"
    for found in read_imports(path):
        if found.module.partition(".")[0] != PACKAGE.name:
            continue
        target = [*found.module.split("."), "__init__"][1]
        if not (PACKAGE / target).is_dir() and not (PACKAGE / f"{target}.py").exists():
            target = "__init__"  # a name of the package itself, such as __version__
        assert target == room or target in MAY_IMPORT[room], f"{path}:{found.line}: {room} may not import {target}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_foreign_packages_stay_in_their_place(path):
    for found, top in foreign(path):
        assert allowed_foreign(name_of(path), top, found.at_import), f"{path}:{found.line}: {found.module} here?"


def test_the_rules_can_fail(tmp_path):
    """The negative control: what the two tests above forbid is seen, wherever it hides."""
    assert not allowed_foreign("envs/base.py", "torch", at_import=False)
    assert not allowed_foreign("evaluation/plots/style.py", "matplotlib", at_import=True)
    assert not allowed_foreign("cli/demo.py", "torch", at_import=True)
    assert not allowed_foreign("agents/policy.py", "pandas", at_import=True)
    source = (
        "from ..agents import tiny\nif True:\n    import torch\ndef f():\n    from sympy import S; from . import x\n"
    )
    path = PACKAGE / "envs" / "imaginary.py"
    found = list(_walk(ast.parse(source), path, at_import=True))
    assert [(each.module, each.at_import) for each in found] == [
        ("reasoning_gym_ccrl.agents", True),
        ("torch", True),
        ("sympy", False),
        ("reasoning_gym_ccrl.envs.x", False),
    ]
    assert "agents" not in MAY_IMPORT[room_of(path)]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_untrusted_text_reaches_no_evaluator(path):
    """A parser of our own reads what a model wrote; these names would run it."""
    forbidden = {"eval", "exec", "compile", "__import__"}
    if name_of(path) != "envs/verify/symbolic.py":
        forbidden |= {"sympify", "parse_expr", "literal_eval"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            if isinstance(node.func, ast.Attribute) and node.func.attr in {"sympify", "parse_expr", "literal_eval"}:
                called = node.func.attr
            assert called not in forbidden, f"{path}:{node.lineno}: {called}()"


MATHEMATICS = {
    *("scoring.py", "collapse.py", "confidence.py", "credit.py", "losses.py", "logprobs.py"),
    *("advantages.py", "kl.py", "importance.py", "chunked_head.py"),
}
PURE_FOLDERS = {"metrics", "selective"}
PURE = [path for path in FILES if path.name in MATHEMATICS or path.parent.name in PURE_FOLDERS]


def test_the_rule_of_purity_reaches_the_mathematics():
    assert {path.name for path in PURE} >= MATHEMATICS | {"bins.py", "ranking.py", "abstention.py"}


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_mathematics_is_pure(path):
    """No files, clocks, global random state or logging: arrays in, arrays out."""
    found = {each.module.partition(".")[0] for each in read_imports(path)}
    assert not found & {"io", "json", "logging", "os", "pathlib", "random", "rich", "subprocess", "time"}


CORE_MODULES = ["", ".types", ".errors", ".seeding", ".step_format", ".rewards", ".envs", ".evaluation.metrics", ".cli"]
CONTRACT = """
import gymnasium as gym, reasoning_gym_ccrl
env = gym.make("MathCCRL-v0")
env = gym.make("MathCCRL-v0", reward="brier")
env = gym.make("MathCCRL-v0", reward=lambda context: 0.0)
obs, info = env.reset(seed=0)
obs, reward, terminated, truncated, info = env.step({"step": "18 - 4 = 14", "confidence": 0.9})
"""


def run_python(source: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", source], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_core_loads_nothing_heavy():
    imports = "\n".join(f"import reasoning_gym_ccrl{module}" for module in CORE_MODULES)
    loaded = run_python(f"{imports}\n{CONTRACT}\nimport sys\nprint(*sys.modules)").split()
    assert not HEAVY & {name.partition(".")[0] for name in loaded}


def test_core_works_where_nothing_heavy_is_installed():
    """`None` in sys.modules makes an import fail as if the package were absent: the light install, without one."""
    absent = "".join(f"sys.modules[{name!r}] = None\n" for name in sorted(HEAVY - {"sympy"}))
    run_python(f"import sys\n{absent}{CONTRACT}")


def test_entry_point_without_importing_the_package():
    printed = run_python("import gymnasium; print(gymnasium.make('reasoning_gym_ccrl:MathCCRL-v0').spec.id)")
    assert "MathCCRL-v0" in printed
