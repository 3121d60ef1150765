"""The documents tell the truth: links lead somewhere, named files exist, the code in them runs."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path

import pytest

import reasoning_gym_ccrl

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md"), *ROOT.glob("benchmarks/*.md")]
README = ROOT / "README.md"

LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)[^)]*\)|<(?:img|a)\s[^>]*?(?:src|href)=\"([^\"]+)\"")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(reasoning_gym_ccrl.__path__, "reasoning_gym_ccrl.")
    if not module.name.endswith((".__main__", ".vllm"))
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(path: Path) -> set[str]:
    """The anchors that headings make: lower case, spaces to hyphens, other signs dropped."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path):
    for groups in LINK.findall(BLOCK.sub("", path.read_text())):
        target, _, anchor = (groups[0] or groups[1]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue  # outside; tests do not touch the network
        file = (path.parent / target) if target else path
        assert file.exists(), f"{name_of(path)} links to {target}, which does not exist"
        if anchor:
            assert anchor in anchors(file), f"{name_of(path)} links to {target}#{anchor}, which is no heading"


def test_the_link_check_can_fail():
    assert LINK.findall('[a](b.md) <img src="c.png">') == [("b.md", ""), ("", "c.png")]
    assert "adding-things" in anchors(ROOT / "CONTRIBUTING.md")


def named_in_the_map() -> list[str]:
    """The paths in the README's map: one line each, an indented path, then what it is; a * stands for several files."""
    tree = re.search(r"<!-- map -->\s*```\n(.*?)```", README.read_text(), re.DOTALL)
    assert tree, "the README has a map of the files between <!-- map --> and the end of its block"
    folders: list[str] = []
    named = []
    for line in tree[1].splitlines():
        depth, name = (len(line) - len(line.lstrip())) // 2, line.split()[0]
        folders = [*folders[:depth], name]
        named.append("".join(folders[:depth]) + name)
    return named


def test_every_file_in_the_map_exists():
    named = named_in_the_map()
    assert len(named) > 20
    assert not [name for name in named if not list(ROOT.glob(name.rstrip("/")))]


def test_every_module_is_in_the_map():
    named = named_in_the_map()
    files = [path for path in (ROOT / "reasoning_gym_ccrl").rglob("*.py") if not path.name.startswith("__")]
    assert not [name_of(path) for path in files if not any(fnmatch(name_of(path), pattern) for pattern in named)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_python_in_documents_runs(path, tmp_path, monkeypatch):
    """One after the other in one namespace, as a reader types them; `<!-- not run -->` before a block exempts it."""
    monkeypatch.chdir(tmp_path)
    text = path.read_text()
    namespace: dict[str, object] = {}
    for block in BLOCK.finditer(text):
        language, source = block.groups()
        if language == "python" and not text[: block.start()].rstrip().endswith("<!-- not run -->"):
            line = text.count("\n", 0, block.start()) + 1
            exec(compile("\n" * line + source, str(path), "exec"), namespace)


@pytest.mark.parametrize("name", MODULES)
def test_doctests(name):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert failed == 0


def test_the_protocol_modules_have_doctests():
    """Else the test above would pass on nothing."""
    for name in ("errors", "seeding", "step_format"):
        module = importlib.import_module(f"reasoning_gym_ccrl.{name}")
        assert doctest.testmod(module).attempted > 0
