"""Layouts of data sets in which the steps of models are labelled: PRM800K, ProcessBench, Math-Shepherd and stepwise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .data_fields import BadRow, Parts, Row, answer_text, get, question_text, received, step_list, text_of
from .data_layouts import path_to

_SHEPHERD = re.compile(r"(?:Step \d+:)?\s*(.+?)\s*([+-])")


def prm800k(row: Row) -> Parts:
    """PRM800K: a model's steps with people's ratings; of several completions of a step the one that was chosen."""
    asked, label = row.get("question"), row.get("label")
    if not isinstance(asked, Mapping) or not isinstance(label, Mapping):
        raise BadRow(f'"question" and "label" should be objects; received {received(asked)} and {received(label)}.')
    question = text_of(asked, "problem")
    rated = label.get("steps") or []
    if not isinstance(rated, list):
        raise BadRow(f'"label" should hold a list of "steps"; received {received(rated)}.')
    steps = [_chosen(step) for step in rated]
    solution = asked.get("ground_truth_solution")
    answer = answer_text(asked.get("ground_truth_answer"))
    metadata = labelled(steps, complete=label.get("finish_reason") == "solution")
    if isinstance(solution, str) and solution:
        metadata["solution_text"] = solution
    path = path_to(solution if isinstance(solution, str) else "", question, answer)
    return Parts(question, answer, path, ("question", "label"), metadata)


def _chosen(step: object) -> dict[str, Any]:
    """The completion of a step that was gone on with: the chosen one, that of a person, else the first."""
    if not isinstance(step, Mapping):
        raise BadRow(f'A step of "label" should be an object with "completions"; received {received(step)}.')
    completions, chosen = step.get("completions") or [], step.get("chosen_completion")
    if isinstance(chosen, int) and 0 <= chosen < len(completions):
        completion = completions[chosen]
    else:
        completion = step.get("human_completion") or (completions[0] if completions else None)
    if isinstance(completion, str):
        completion = {"text": completion, "rating": 1}  # as people wrote it
    if not isinstance(completion, Mapping) or not isinstance(completion.get("text"), str):
        raise BadRow(f'A completion should be an object with a "text" and a "rating"; received {received(completion)}.')
    # A rating of 0 says that the step is neither wrong nor of use.
    label = {1: True, -1: False}.get(completion.get("rating") or 0)
    return {"text": completion["text"], "label": label}


def processbench(row: Row) -> Parts:
    """ProcessBench: a model's steps, and the place of the first wrong one, -1 where there is none."""
    texts, label = get(row, "steps"), get(row, "label")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRow(f'"steps" should be a list of texts; received {received(texts)}.')
    if isinstance(label, bool) or not isinstance(label, int) or not -1 <= label < len(texts):
        raise BadRow(
            f'"label" should be the place of a step, or -1; received {received(label)} for {len(texts)} steps.'
        )
    wrong = len(texts) if label < 0 else label
    labels = [True if place < wrong else False if place == wrong else None for place in range(len(texts))]
    metadata = labelled([{"text": text, "label": one} for text, one in zip(texts, labels, strict=True)], complete=True)
    if isinstance(correct := get(row, "final_answer_correct"), bool):
        metadata["meta"]["final_answer_correct"] = correct
    return Parts(text_of(row, "problem"), None, (), ("problem", "steps", "label", "final_answer_correct"), metadata)


def math_shepherd(row: Row) -> Parts:
    """Math-Shepherd: question and "Step 1: …" in one text, each step of `label` ending in + or -."""
    text = text_of(row, "label")
    start = text.find("Step 1:")
    if start < 0:
        raise BadRow(f'"label" should hold the question and "Step 1: …"; received {received(text)}.')
    steps = []
    for line in text[start:].splitlines():
        marked = _SHEPHERD.fullmatch(line.strip())
        if marked is not None:
            steps.append({"text": marked.group(1), "label": marked.group(2) == "+"})
    if not steps:
        raise BadRow(f'The steps of "label" should end in + or -; received {received(text[start:])}.')
    return Parts(question_text(text[:start]), None, (), ("input", "label"), labelled(steps, complete=True))


def stepwise(row: Row) -> Parts:
    """Stepwise supervision: a prompt, its completions, and a truth value for each."""
    texts, labels = get(row, "completions"), get(row, "labels")
    if not isinstance(texts, list) or not isinstance(labels, list) or len(texts) != len(labels):
        raise BadRow(f'"completions" and "labels" should be lists of one length; received {received([texts, labels])}.')
    steps = [
        {"text": text, "label": label if label is None else bool(label)}
        for text, label in zip(texts, labels, strict=True)
    ]
    return Parts(
        text_of(row, "prompt"), None, (), ("prompt", "completions", "labels"), labelled(step_list(steps), complete=True)
    )


def labelled(steps: list[dict[str, Any]], *, complete: bool) -> dict[str, Any]:
    """The metadata of labelled steps: the steps, and which is the first wrong one."""
    labels = [step["label"] for step in steps]
    first = labels.index(False) if False in labels else None
    return {"steps": steps, "meta": {"first_error": first, "all_steps_correct": complete and first is None}}
