import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from reasoning_gym_ccrl.errors import DataError
from reasoning_gym_ccrl.evaluation.evaluate import FIGURES, summarise
from reasoning_gym_ccrl.evaluation.report import Page, render_report, write_report
from reasoning_gym_ccrl.evaluation.tables import best_of
from reasoning_gym_ccrl.evaluation.transcripts import choose_problems, is_confidently_wrong, safe
from reasoning_gym_ccrl.types import Problem

from .make_episodes import RIGHT, UNCHECKED, WRONG, episode, make_episodes, overconfident, record

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = [
    "<script>document.title = 'owned'</script>",
    "</span></li></ol></section><img src=x onerror=\"document.title='owned'\">",
    "{{script}} {{style}} $title %s",
    "]]> --> </script><!--",
    '\'" onmouseover=alert(1) x="',
    "&lt;b&gt; \u202e right to left \x00\x1b[31m \ud800",
    "<a href='https://example.com'>x</a> javascript:alert(1)",
]
VOID = {"meta", "img", "input", "br", "link"}


class Parsed(HTMLParser):
    """Reads the page strictly: every tag closed in order, every attribute and text kept."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.texts = [], Counter(), [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags[tag] += 1
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def values(self, name):
        return [value for _, found, value in self.attributes if found == name]


def demo_stages(count=60):
    return {
        "base": make_episodes(count, seed=1, chance_right=lambda q: 0.1 * q),
        "comt": make_episodes(count, seed=2, chance_right=overconfident, skill=0.6),
        "ccrl": make_episodes(count, seed=3),
    }


def demo_summary(stages):
    figures = {name: summarise(episodes, seconds=2.0) for name, episodes in stages.items()}
    return {"env": "MathCCRL-v0", "seed": 0, "seconds_total": 400.0, "stages": figures}


def render(stages, **options):
    return render_report(Page(**{"title": "A run", "summary": demo_summary(stages), "stages": stages} | options))


def hostile_stages():
    records = [record("step", text, 0.5, WRONG, reason=text) for text in HOSTILE]
    problem = Problem(HOSTILE[1], HOSTILE[0], HOSTILE[1], family=HOSTILE[4], difficulty=HOSTILE[0])
    attempt = episode(*records, record("answer", HOSTILE[0], 0.95, WRONG, HOSTILE[1]), problem=problem)
    return {HOSTILE[4]: [attempt], "ccrl": [attempt]}


@pytest.fixture
def pixel(tmp_path):
    (tmp_path / "pixel.png").write_bytes(PIXEL)
    return tmp_path / "pixel.png"


def test_the_page_is_whole_and_asks_nothing_of_the_network(tmp_path, pixel):
    stages = demo_stages()
    path = tmp_path / "deep" / "report.html"
    write_report(path, Page("A run", summary=demo_summary(stages), stages=stages, pictures={"curves": pixel}))
    text = path.read_text(encoding="utf-8")
    page = Parsed(text)
    assert [path.name for path in path.parent.iterdir()] == ["report.html"]
    assert all(link.startswith("#section-") for link in page.values("href"))
    assert page.values("src") == [f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"]
    assert page.tags["script"] == page.tags["style"] == 1
    assert not page.tags["link"] + page.tags["iframe"] + page.tags["object"]
    for forbidden in ("http:", "https:", "//cdn", "@import", "url(", "innerHTML", "eval("):
        assert forbidden not in text, forbidden
    assert "{{" not in text


def test_the_security_policy_lets_only_the_page_s_own_script_run():
    text = render(hostile_stages())
    policy = next(value for value in Parsed(text).values("content") if "default-src" in value)
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1]


def test_every_text_of_a_model_is_escaped():
    text = render(
        hostile_stages(), title=HOSTILE[0], notes=HOSTILE, summary={"env": HOSTILE[1], "stages": {HOSTILE[0]: {}}}
    )
    page = Parsed(text)
    assert page.tags["script"] == 1
    assert page.tags["img"] == page.tags["a"] == 0
    assert not any(name.startswith("on") for _, name, _ in page.attributes)
    written = "".join(data for tag, data in page.texts if tag not in ("script", "style"))
    for hostile in HOSTILE[:5]:
        assert written.count(hostile) >= 2  # shown to the reader, letter by letter
    text.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f]", text)
    assert Parsed(f"<p>{HOSTILE[0]}</p>").tags["script"] == 1  # what this test would see without the escaping


def test_long_texts_are_cut_and_say_so():
    assert safe("x" * 100_000).endswith("… (98000 more characters)")
    assert len(render({"a": [episode(record("step", "<" * 100_000, 0.5, WRONG))]})) < 40_000


def test_the_table_shows_each_figure_and_bolds_the_best():
    stages = demo_stages()
    text = render(stages)
    page = Parsed(text)
    bold = {data for tag, data in page.texts if tag == "strong"}
    figures = demo_summary(stages)["stages"]
    for figure in FIGURES:
        for values in figures.values():
            assert figure.write(values[figure.key]) in text
        assert safe(figure.meaning) in text
    assert FIGURES[0].write(figures["ccrl"]["accuracy"]) in bold
    assert FIGURES[0].write(figures["base"]["accuracy"]) not in bold
    assert any("Lower is better" in value for value in page.values("title"))
    assert Counter(data for _, data in page.texts if data in ("↑", "↓")) == {"↑": 4, "↓": 4}


def test_the_best_is_by_direction_and_undefined_figures_are_no_best():
    by_key = {figure.key: figure for figure in FIGURES}
    assert best_of(by_key["accuracy"], [0.2, None, 0.9]) == 0.9
    assert best_of(by_key["ece"], [0.2, None, 0.9]) == 0.2
    assert best_of(by_key["mean_tokens"], [10.0, 20.0]) is None
    assert best_of(by_key["ece"], [0.1001, 0.1002]) is None  # equal as written
    assert best_of(by_key["ece"], [None, 0.3]) is None
    text = render({}, summary={"stages": {"a": {"accuracy": None, "ece": "?"}, "b": {"accuracy": float("nan")}}})
    assert Parsed(text).tags["strong"] == 0


def test_steps_carry_a_sign_besides_the_colour_and_their_confidence():
    attempt = episode(
        record("step", "1 + 1 = 2", 0.25, RIGHT),
        record("step", "1 + 1 = 3", 1.0, WRONG, "1 + 1 is 2, not 3"),
        record("step", "hm", None, UNCHECKED, "no equation"),
    )
    text = render({"mine": [attempt]})
    page = Parsed(text)
    assert [data for _, data in page.texts if data in ("✓", "✗", "?")] == ["✓", "✗", "?"]
    labels = page.values("aria-label")
    assert [label for label in labels if label in ("right", "wrong", "not checked")] == [
        "right",
        "wrong",
        "not checked",
    ]
    assert [style for style in page.values("style") if "width" in style] == ["width:25%", "width:100%"]
    assert "1 + 1 is 2, not 3" in text
    assert "no answer" in text


def test_confidently_wrong_is_wrong_at_0_9_or_more():
    assert is_confidently_wrong(episode(record("answer", "1", 0.9, WRONG)))
    for other in (
        episode(record("answer", "1", 0.89, WRONG)),
        episode(record("answer", "1", 0.95, RIGHT)),
        episode(record("answer", "1", 0.95, UNCHECKED)),
        episode(record("answer", "1", None, WRONG)),
        episode(record("step", "1 = 2", 1.0, WRONG)),
        episode(),
    ):
        assert not is_confidently_wrong(other)


def test_problems_are_shared_by_the_stages_bold_ones_first():
    stages = demo_stages(200)
    chosen = choose_problems(stages, limit=40)
    assert len(chosen) == 40
    assert all(set(shown.attempts) == set(stages) for shown in chosen)
    assert chosen == choose_problems(stages, limit=40)
    bold = [any(map(is_confidently_wrong, shown.attempts["ccrl"])) for shown in chosen]
    assert bold == sorted(bold, reverse=True)
    assert any(bold)
    assert any(all(e.is_correct for e in shown.attempts["ccrl"]) for shown in chosen)  # not the worst alone


def test_problems_of_separate_runs_are_each_shown():
    mine, yours = make_episodes(100), [episode(record("answer", "1", 0.5, WRONG), problem=Problem("x", "?", "2"))] * 9
    chosen = choose_problems({"mine": mine, "yours": yours, "none": []}, limit=40)
    assert sum(len(shown.attempts.get("mine", ())) for shown in chosen) == 40
    assert sum(len(shown.attempts.get("yours", ())) for shown in chosen) == 3  # no more attempts at one problem
    assert choose_problems({}) == []


def test_one_id_of_two_files_is_two_problems():
    one, other = (
        episode(record("answer", "1", 0.5, WRONG), problem=Problem("1", q, "2")) for q in ("1 + 1?", "2 + 0?")
    )
    chosen = choose_problems({"a": [one], "b": [other]})
    assert sorted((shown.problem.question, list(shown.attempts)) for shown in chosen) == [
        ("1 + 1?", ["a"]), ("2 + 0?", ["b"]),
    ]  # fmt: skip


@pytest.mark.parametrize("summary", [{}, {"stages": {}}, {"stages": {"base": {}}}, {"stages": {"base": {"ece": None}}}])
@pytest.mark.parametrize("stages", [{}, {"base": []}, {"base": [episode()]}])
def test_nothing_much_is_a_page_too(summary, stages):
    Parsed(render_report(Page("", summary=summary, stages=stages)))


def test_bad_pictures_are_named(tmp_path):
    (tmp_path / "x.png").write_text("<svg onload=alert(1)>")
    for name, said in [("x.png", "is none"), ("y.png", "cannot be read")]:
        with pytest.raises(DataError, match=said):
            write_report(tmp_path / "r.html", Page("", pictures={"a": tmp_path / name}))
    assert not (tmp_path / "r.html").exists()
