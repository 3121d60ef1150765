"""`--config FILE.toml`: options from a file, checked like those of the command line, which go before them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pytest
import tyro
from tyro.conf import Positional, arg

from reasoning_gym_ccrl.cli import main
from reasoning_gym_ccrl.cli.config_file import arguments_of, with_config_file
from reasoning_gym_ccrl.errors import InvalidOption, UnknownName


@dataclass(frozen=True)
class Options:
    model: str
    updates: int = 3
    learning_rate: float | None = None
    families: tuple[str, ...] = ()
    out: Path = Path("runs")
    skip_bad: bool = False
    reward: str = "ccrl"


@pytest.fixture
def written(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "options.toml"
        path.write_text(text)
        return str(path)

    return write


def read(arguments):
    return tyro.cli(Options, args=with_config_file(arguments, Options))


def test_every_kind_of_option_comes_from_the_file(written):
    path = written(
        'model = "a b"\nupdates = 7\nlearning-rate = 1e-3\nfamilies = ["x", "y"]\nout = "there"\nskip_bad = true\n'
    )
    assert read(["--config", path]) == Options("a b", 7, 1e-3, ("x", "y"), Path("there"), True)
    assert read([f"--config={path}"]) == read(["--config", path])


def test_the_command_line_goes_before_the_file_wherever_it_stands(written):
    path = written('model = "a"\nupdates = 7\nfamilies = ["x", "y"]\nskip_bad = true\n')
    line = ["--updates", "9", "--config", path, "--families", "z", "--no-skip-bad"]
    assert read(line) == Options("a", 9, families=("z",))
    assert read(["--updates", "9", "--model", "b"]) == Options("b", 9), "no file, no change"


def test_a_table_is_a_reward(written):
    path = written('model = "a"\n[reward]\nccrl = 1.0\nlength = -0.01\n')
    assert json.loads(read(["--config", path]).reward) == {"ccrl": 1.0, "length": -0.01}


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("updatez = 3", UnknownName, "options.toml 'updatez'. Did you mean 'updates'"),
        ("updates = ", InvalidOption, "is none"),
        ("updates = 2026-01-01", InvalidOption, "updates in"),
        ("families = [true]", InvalidOption, "families in"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(written, text, error, said):
    with pytest.raises(error, match=said):
        with_config_file(["--config", written(text)], Options)


def test_a_missing_file_or_name_is_named(tmp_path):
    for line in (["--config"], ["--config="], ["--config", str(tmp_path / "none.toml")], ["--config", str(tmp_path)]):
        with pytest.raises(InvalidOption, match="names a TOML file"):
            with_config_file(line, Options)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidOption, match="is none"):
        arguments_of(binary, Options)


def test_what_stands_by_its_place_is_not_for_the_file(written):
    @dataclass(frozen=True)
    class Placed:
        run: Annotated[Positional[Path], arg(metavar="RUN")]

    Placed.__dataclass_fields__["run"].type = "Annotated[Positional[Path], arg()]"  # as `from __future__` has it
    with pytest.raises(InvalidOption, match="stands on the command line"):
        arguments_of(Path(written('run = "x"')), Placed)


def test_a_command_takes_it_and_explains_a_wrong_value(written, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["envs", "--config", written('seed = "many"')])
    assert exit_.value.code == 2
    assert "--seed" in capsys.readouterr().err
    assert main(["envs", "ArithmeticCCRL-v0", "--config", written("seed = 3")]) == 0
    assert "ArithmeticCCRL-v0" in capsys.readouterr().out
    assert main(["envs", "--config", "nowhere.toml"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err
