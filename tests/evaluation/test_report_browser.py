"""The report in a real browser: no complaint, no request, filters and orders that work; and controls that fail."""

import json
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from reasoning_gym_ccrl.evaluation import detail
from reasoning_gym_ccrl.evaluation.compare import compare_runs
from reasoning_gym_ccrl.evaluation.evaluate import write_episodes
from reasoning_gym_ccrl.evaluation.run_folder import build_report
from reasoning_gym_ccrl.types import Judgement, Problem, Reward, Step, StepRecord

from .browser import needs_chromium, visit, with_probe
from .make_episodes import RIGHT, UNCHECKED, WRONG, episode, make_episodes, record, word_problem
from .test_report import HOSTILE

pytestmark = needs_chromium


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(detail, "RESAMPLES", 20)


PROBE = """
const seen = [];
const visible = (css) => [...document.querySelectorAll(css)].filter((e) => e.offsetParent !== null);
const note = (name) => seen.push(`${name}=${visible(".problem").length}/${visible(".attempt").length}`);
const press = (choice) => document.querySelector(`[data-choice=${choice}]`).click();
const set = (id, value) => { const e = document.getElementById(id); e.value = value;
  e.dispatchEvent(new Event(id === "search" ? "input" : "change")); };
const order = (name) => { set("order", name); seen.push(name + "=" +
  visible(".problem").map((e) => /problem-(\\w)/.exec(e.textContent)[1]).join("")); };
"""


def with_answer(letter, confidence, verdict, *, reward=0.0, text="a", abstained=False):
    problem = Problem(f"problem-{letter}", f"What is {letter}?", "1")
    judgement = Judgement(verdict, is_final=True, counts=True, abstained=abstained)
    answer = StepRecord(Step("answer", "1", confidence), judgement, Reward(reward, {HOSTILE[0]: reward}))
    return episode(record("step", text, 0.5, UNCHECKED), answer, problem=problem)


def write_run(folder, stages, rows=()):
    for name, episodes in stages.items():
        write_episodes(folder / "episodes" / f"{name}.jsonl", episodes)
    if rows:
        (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_a_report_s_filters_and_orders_work_without_a_complaint_or_a_request(tmp_path):
    stages = {
        "comt": [
            with_answer("a", 0.9, WRONG),
            with_answer("b", 0.6, WRONG),
            with_answer("c", 0.95, RIGHT, reward=1.5),
            with_answer("d", None, RIGHT),
            episode(record("step", "1 = 1", 0.5, RIGHT), problem=Problem("problem-e", "What is e?", "1")),
        ],
        "ccrl": [
            with_answer("a", 0.8, RIGHT, reward=1.25),
            with_answer("b", 0.1, WRONG, text="37 - 2", reward=-0.5),
            with_answer("c", 1.0, RIGHT, text=HOSTILE[0], reward=1.0),
            with_answer("d", None, UNCHECKED, abstained=True),
            with_answer("e", 0.5, UNCHECKED, text=HOSTILE[1]),
        ],
    }
    warned = {"stage": "grpo", "update": 40, "reward_mean": 0.5, "reward/" + HOSTILE[0]: 0.5, "warnings": [HOSTILE[0]]}
    folder = write_run(tmp_path / "run", stages, [warned])
    page = build_report(folder, title="Untouched")[-1]
    probe = PROBE + """
note("all"); press("bold"); note("bold"); document.getElementById("beside").click(); note("bold-alone");
press("right"); note("right"); set("stage", "ccrl"); note("right-ccrl"); press("unanswered"); note("unanswered-ccrl");
set("stage", ""); note("unanswered"); press("abstained"); note("abstained"); press("open"); note("open");
press("wrong"); note("wrong"); press("all"); set("search", "  NO SUCH words"); note("none");
set("search", "37 - "); note("found"); set("search", ""); set("stage", "ccrl");
order("confidence-down"); order("confidence-up"); order("reward-up"); order("reward-down"); order("");
set("stage", "comt"); order("confidence-up"); set("stage", ""); order("confidence-down");
seen.push("wide=" + (document.documentElement.scrollWidth > window.innerWidth));
seen.push("links=" + [...document.querySelectorAll("nav a")].every((a) => document.querySelector(a.hash)));
document.body.setAttribute("data-probe", seen.join(" "));
"""  # fmt: skip
    page.write_text(with_probe(page.read_text(), probe))
    seen = visit(page, tmp_path)
    assert seen.console == []
    assert seen.requests == []
    assert "<title>Untouched</title>" in seen.dom
    as_drawn = "".join(re.findall(r"What is (\w)\?", page.read_text()))
    assert sorted(as_drawn) == list("abcde")
    without = "".join(letter for letter in as_drawn if letter == "d")  # no confidence: at the end
    silent = "".join(letter for letter in as_drawn if letter in "de")  # nothing to tell them apart by
    assert seen.probed() == [
        "all=5/10", "bold=1/2", "bold-alone=1/1", "right=3/4", "right-ccrl=2/2", "unanswered-ccrl=0/0",
        "unanswered=1/1", "abstained=1/1", "open=1/1", "wrong=3/4", "none=0/0", "found=1/1",
        f"confidence-down=caeb{without}", f"confidence-up=beac{without}",
        f"reward-up=b{silent}ca",
        f"reward-down=ac{silent}b", f"={as_drawn}",
        f"confidence-up=bac{silent}", f"confidence-down=cabe{without}", "wide=false", "links=true",
    ]  # fmt: skip


def test_a_comparison_of_runs_with_hostile_names_is_as_quiet(tmp_path):
    names = ["<img src=x onerror=alert(1)>", '"><script>1<']
    stage = HOSTILE[4].replace("/", "")
    rows = [{"reward_mean": 0.1, "update": 0}]
    folders = [write_run(tmp_path / name, {stage: make_episodes(12, seed=k)}, rows) for k, name in enumerate(names)]
    page = compare_runs(folders, tmp_path / "out")[-1]
    probe = (
        PROBE
        + """
note("all"); set("stage", [...document.getElementById("stage").options].at(-1).value);
document.getElementById("beside").click(); note("one-run"); press("right"); note("right");
document.body.setAttribute("data-probe", seen.join(" "));
"""
    )
    page.write_text(with_probe(page.read_text(), probe))
    seen = visit(page, tmp_path)
    assert (seen.console, seen.requests) == ([], [])
    right = sum(each.is_correct for each in make_episodes(12, seed=1))
    assert seen.probed() == ["all=12/24", "one-run=12/12", f"right={right}/{right}"]
    for name in names:
        assert name.replace("<", "&lt;").replace(">", "&gt;") in seen.dom


def test_a_request_and_a_console_error_would_be_seen(tmp_path):
    """The negative control: the same page with what the policy forbids, and without the policy."""
    page = build_report(write_run(tmp_path / "run", {"a": [episode(problem=word_problem(0))]}))[-1]
    text = page.read_text()
    bad = '<img src="http://127.0.0.1:9/beacon.png"><script>console.error("a complaint"); fetch("https://x.example/")'
    bad = f"{bad}.catch(() => 0)</script></body>"
    free = re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text)
    assert free != text
    page.write_text(free.replace("</body>", bad))
    seen = visit(page, tmp_path)
    assert sorted(seen.requests) == ["http://127.0.0.1:9/beacon.png", "https://x.example/"]
    assert any("a complaint" in line for line in seen.console)
    page.write_text(text.replace("</body>", bad))  # and with the policy, nothing is asked for: it complains
    seen = visit(page, tmp_path)
    assert seen.requests == []
    assert any("Content Security Policy" in line for line in seen.console)


def test_the_picture_of_a_page_is_taken(tmp_path):
    """What makes docs/img/report.png: as large as asked, of one section where one is named."""
    page = build_report(write_run(tmp_path / "run", {"a": [with_answer("a", 0.9, WRONG)]}))[-1]
    script = [sys.executable, str(Path(__file__).parents[2] / "benchmarks" / "screenshot.py"), str(page.parent)]
    picture = tmp_path / "shot.png"
    done = subprocess.run(
        [*script, str(picture), "--width", "600", "--height", "400", "--only", "Transcripts"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (600, 400)
    refused = subprocess.run([*script, "x.png", "--only", "Nowhere"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "There are: Figures, Calibration" in refused.stderr
