"""`ccrl comt make` and `ccrl comt check`: files of plans with no numbers, to fine-tune on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from tyro.conf import Positional, arg

from ..errors import InvalidOption
from ..step_format import shorten
from .console import output, print_warning, progress

if TYPE_CHECKING:
    from ..agents.comt.filters import Counts
    from ..agents.comt.plans_file import PlannedProblem
    from ..agents.comt.teacher import Lessons
    from ..agents.engines.openai_client import OpenAIClient
    from ..types import Problem

PROBLEMS = 1000  # generated where no --limit says how many


@dataclass(frozen=True)
class Options:
    """Makes a file of meta-thoughts, plans in names and operations with no numbers in them, or checks one.

    `make` takes plans from one of three sources: the computation graphs of generated problems (graph), the annotated
    solutions of a data file such as GSM8K's (annotations), or a language model behind an OpenAI-compatible server
    (teacher). Filters leave out what is no meta-thought; kept and rejected plans are counted by reason. `check` puts a
    file of plans through the same filters.

    Example: ccrl comt make --source annotations --data gsm8k.train.jsonl --out plans.jsonl
    """

    action: Annotated[Positional[Literal["make", "check"]], arg(metavar="make|check")]
    """make a file of plans, or check one."""

    source: Literal["graph", "annotations", "teacher"] = "graph"
    """make: where plans come from."""

    out: Path = Path("plans.jsonl")
    """make: the file to write; one JSON object a line."""

    plans: Path = Path("plans.jsonl")
    """check: the file to check."""

    data: Path | None = None
    """A file of problems. make: what to plan, for annotations and teacher. check: holds the plans against these
    problems, by id, instead of those in the file."""

    families: tuple[str, ...] = ()
    """make, of generated problems: which kinds, such as `word_problems arithmetic`. Default: all."""

    difficulty: str = "easy"
    """make, of generated problems: easy, medium or hard."""

    limit: int | None = None
    """make: problems at most. Default: 1,000 generated ones; all of a data file."""

    skip_bad: bool = False
    """Leave the data file's broken lines out."""

    seed: int = 0
    """Of generated problems, and of the examples that are shown."""

    examples: int = 3
    """How many plans to print, kept ones and, where there are any, rejected ones; drawn at random."""

    server: str = "http://127.0.0.1:8000/v1"
    """teacher: the server's address."""

    model: str | None = None
    """teacher: the server's name for the model. Default: the only one it has."""

    api_key_env: str | None = None
    """teacher: the environment variable that holds the key, where the server asks for one."""

    cache: Path = Path("runs/comt-cache.jsonl")
    """teacher: where replies are kept; the same command goes on from there and asks nothing twice."""

    attempts: int = 3
    """teacher: how often a problem is asked at most, where replies are rejected."""

    max_tokens: int = 512
    """teacher: of a reply."""

    chat: bool = True
    """teacher: ask by chat, as instruction-tuned models need; --no-chat has the text continued."""

    parallel: int = 16
    """teacher: requests under way at once."""

    timeout: float = 120.0
    """teacher: seconds without a sign of the server."""

    price: tuple[float, float] | None = None
    """teacher: what a million tokens cost, those of prompts and those of replies, to print the cost."""


def run(options: Options) -> int:
    """Makes or checks, and prints the counts."""
    if options.limit is not None and options.limit < 1:
        raise InvalidOption(f"--limit is a number of problems, 1 or more; received {options.limit}.")
    if options.examples < 0:
        raise InvalidOption(f"--examples is 0 or more; received {options.examples}.")
    return _make(options) if options.action == "make" else _check(options)


# -- make --------------------------------------------------------------------------------------------------------


def _make(options: Options) -> int:
    from ..agents.comt.plans_file import write_plans

    problems = _problems(options)
    if options.source == "teacher":
        kept, rejected, counts = _taught(options, problems)
    else:
        kept, rejected, counts = _derived(options, problems)
    written = write_plans(options.out, kept)
    _show_counts(f"Plans from {_WHENCE[options.source]}", counts)
    _show_examples(options, kept, rejected)
    output().print(f"wrote {written:,} plans to {options.out}", markup=False, soft_wrap=True)
    return 0


_WHENCE = {"graph": "computation graphs", "annotations": "annotated solutions", "teacher": "a teacher"}


def _problems(options: Options) -> list[Problem]:
    """The problems of the data file, or generated ones."""
    from ..envs.problems import make_source
    from ..envs.problems.datasets import read_problems
    from ..envs.sources import draw_problems
    from ..seeding import python_random

    if options.data is not None:
        if options.families:
            raise InvalidOption("--families is for generated problems, and --data reads a file; give one of the two.")
        if options.source == "graph":
            raise InvalidOption("Data files have no computation graphs; --source annotations or teacher reads --data.")
        return read_problems(options.data, skip_bad=options.skip_bad, limit=options.limit)[0]
    if options.source == "annotations":
        raise InvalidOption("--source annotations reads the solutions of a data file; name it with --data.")
    source = make_source(options.families or None, options.difficulty, "train")
    return draw_problems(source, options.limit or PROBLEMS, python_random(options.seed, "comt", "make"))


_Made = tuple["list[PlannedProblem]", "list[tuple[Problem, str, str]]", "Counts"]


def _derived(options: Options, problems: Sequence[Problem]) -> _Made:
    """(kept, rejected with the reason, counts) of the plans that follow from problem or solution."""
    from ..agents.comt.filters import Counts, why_rejected
    from ..agents.comt.plans_file import PlannedProblem

    kept: list[PlannedProblem] = []
    rejected: list[tuple[Problem, str, str]] = []
    counts = Counts()
    with progress("Making plans", len(problems)) as advance:
        for problem, plan, fault in _plans(options, problems):
            reason = fault or why_rejected(problem, plan)
            counts.add(reason)
            if reason is None:
                kept.append(PlannedProblem(problem, plan, options.source))
            else:
                rejected.append((problem, plan, reason))
            advance()
    return kept, rejected, counts


def _plans(options: Options, problems: Sequence[Problem]) -> Iterator[tuple[Problem, str, str | None]]:
    """(problem, plan, why there is none) of each problem."""
    from ..agents.comt.annotations import NoPlan, plan_from_annotations
    from ..errors import InvalidProblem

    for problem in problems:
        try:
            if options.source == "annotations":
                yield problem, plan_from_annotations(problem), None
            else:
                from ..agents.comt.meta_thoughts import plan_of

                yield problem, plan_of(problem), None
        except NoPlan as reason:
            yield problem, "", str(reason)
        except InvalidProblem:
            yield problem, "", "no meta-thoughts in the gold path"


def _taught(options: Options, problems: Sequence[Problem]) -> _Made:
    from ..agents.comt.plans_file import PlannedProblem
    from ..agents.comt.reply_cache import ReplyCache
    from ..agents.comt.teacher import TeacherOptions, teach

    how = TeacherOptions(attempts=options.attempts, max_tokens=options.max_tokens, chat=options.chat)
    client = _client(options)
    with ReplyCache(options.cache) as cache, progress("Asking the teacher", len(problems)) as advance:
        if cache.cut_off:
            print_warning(f"The last line of {options.cache} was half-written; it was cut off and is asked again.")
        answered = 0

        def on_reply(lessons: Lessons) -> None:
            nonlocal answered
            settled = len(lessons.plans)
            tokens = lessons.prompt_tokens + lessons.completion_tokens
            note = f"{lessons.cached + lessons.asked:,} replies, {lessons.cached:,} from the cache, {tokens:,} tokens"
            advance(settled - answered, note)
            answered = settled

        lessons = teach(problems, client, cache, how, on_reply=on_reply)
        advance(len(problems) - answered)
    _show_cost(options, lessons, client.usage.requests)
    kept = [PlannedProblem(problems[place], plan, "teacher") for place, plan in sorted(lessons.plans.items())]
    return kept, [], lessons.counts


def _client(options: Options) -> OpenAIClient:
    """A client of the server; the name of its only model is looked up where none is given."""
    from ..agents.engines.openai_client import OpenAIClient, ServerOptions

    def to(model: str) -> OpenAIClient:
        return OpenAIClient(
            ServerOptions(
                options.server,
                model,
                api_key_env=options.api_key_env,
                timeout_s=options.timeout,
                max_parallel=options.parallel,
            )
        )

    if options.model is not None:
        return to(options.model)
    models = to("").models()
    if len(models) != 1:
        raise InvalidOption(f"The server has the models {', '.join(models) or 'none'}; name one with --model.")
    return to(models[0])


def _show_cost(options: Options, lessons: Lessons, requests: int) -> None:
    for error in lessons.errors:
        print_warning(error)
    line = (
        f"{lessons.asked:,} replies asked for in {requests:,} requests, {lessons.cached:,} from the cache; "
        f"{lessons.prompt_tokens:,} tokens read and {lessons.completion_tokens:,} written"
    )
    if options.price is not None:
        line += f", {lessons.cost(*options.price):.4f} by --price"
    output().print(line, markup=False, soft_wrap=True)
    if lessons.replies:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in lessons.replies.most_common())
        output().print(f"replies rejected, new attempts included: {reasons}", markup=False, soft_wrap=True)


# -- check -------------------------------------------------------------------------------------------------------


def _check(options: Options) -> int:
    """0 where every plan passes, else 1, so that a script can tell."""
    from dataclasses import replace

    from ..agents.comt.filters import Counts, why_rejected
    from ..agents.comt.plans_file import read_plans
    from ..envs.problems.datasets import read_problems

    planned = read_plans(options.plans)
    if not planned:
        raise InvalidOption(f"{options.plans} should hold a plan a line; it holds none.")
    known: dict[str, Problem] | None = None
    if options.data is not None:
        known = {problem.id: problem for problem in read_problems(options.data, skip_bad=options.skip_bad)[0]}
    counts = Counts()
    kept: list[PlannedProblem] = []
    rejected: list[tuple[Problem, str, str]] = []
    for entry in planned:
        problem = entry.problem if known is None else known.get(entry.problem.id)
        reason = "no such problem in --data" if problem is None else why_rejected(problem, entry.plan)
        counts.add(reason)
        if reason is None and problem is not None:
            kept.append(replace(entry, problem=problem))
        else:
            rejected.append((problem or entry.problem, entry.plan, reason or ""))
    _show_counts(str(options.plans), counts)
    _show_examples(options, kept, rejected)
    return 0 if counts.kept == counts.total else 1


# -- what is shown -----------------------------------------------------------------------------------------------


def _show_counts(title: str, counts: Counts) -> None:
    from rich.table import Table

    table = Table()
    table.add_column(title)
    table.add_column("plans", justify="right")
    table.add_column("share", justify="right")
    for name, count in (("kept", counts.kept), *counts.rejected.most_common()):
        table.add_row(name if name == "kept" else f"rejected: {name}", f"{count:,}", f"{count / counts.total:.1%}")
    table.add_section()
    table.add_row("all", f"{counts.total:,}", "")
    output().print(table)


def _show_examples(
    options: Options, kept: Sequence[PlannedProblem], rejected: Sequence[tuple[Problem, str, str]]
) -> None:
    from ..seeding import python_random

    rng = python_random(options.seed, "comt", "examples")
    for entry in rng.sample(kept, min(options.examples, len(kept))):
        _say(f"\n{entry.problem.question.strip()}")
        for line in entry.plan.split("; "):
            _say(f"  {line}")
    for problem, plan, reason in rng.sample(rejected, min(options.examples, len(rejected))):
        _say(f"\nrejected, {reason}: {shorten(problem.question.strip(), 200)}")
        for line in plan.split("; ") if plan else ():
            _say(f"  {shorten(line, 200)}")


def _say(line: str) -> None:
    output().print(line, markup=False, emoji=False, soft_wrap=True)
