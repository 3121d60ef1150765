"use strict";
// Shows, hides and orders what is on the page already; it builds no HTML, so no text can become code.
(() => {
  const stage = document.getElementById("stage");
  if (!stage) return;
  const search = document.getElementById("search");
  const beside = document.getElementById("beside");
  const order = document.getElementById("order");
  const shown = document.getElementById("shown");
  const list = document.getElementById("problems");
  const choices = [...document.querySelectorAll("[data-choice]")];
  const number = (text) => (text === "" ? null : Number(text));
  const problems = [...document.querySelectorAll(".problem")].map((element, place) => ({
    element,
    place,
    question: element.querySelector(".question").textContent.toLowerCase(),
    attempts: [...element.querySelectorAll(".attempt")].map((attempt) => ({
      element: attempt,
      stage: attempt.dataset.stage,
      marks: attempt.dataset.marks.split(" "),
      confidence: number(attempt.dataset.confidence),
      reward: number(attempt.dataset.reward),
      text: attempt.textContent.toLowerCase(),
    })),
  }));
  let choice = "all";

  // Of the attempts that are found, the one that comes first in the chosen order speaks for its problem.
  function sort(foundOf) {
    const [name, direction] = order.value.split("-");
    const sign = direction === "down" ? -1 : 1;
    const key = (problem, i) => {
      const values = problem.attempts.filter((_, j) => foundOf[i][j]).map((a) => a[name]).filter((v) => v !== null);
      return values.length ? Math.min(...values.map((value) => sign * value)) : Infinity;
    };
    const keys = problems.map((problem, i) => (order.value === "" ? 0 : key(problem, i)));
    // Infinity - Infinity is no number: those without a value keep their own order, at the end.
    const compare = (a, b) => (keys[a.place] < keys[b.place] ? -1 : keys[a.place] > keys[b.place] ? 1 : a.place - b.place);
    [...problems].sort(compare).forEach((problem) => list.append(problem.element));
  }

  function update() {
    const words = search.value.toLowerCase().trim();
    let count = 0;
    const foundOf = problems.map((problem) => problem.attempts.map((attempt) =>
      (stage.value === "" || attempt.stage === stage.value)
      && (choice === "all" || attempt.marks.includes(choice))
      && (problem.question.includes(words) || attempt.text.includes(words))));
    problems.forEach((problem, i) => {
      const any = foundOf[i].includes(true);
      problem.element.hidden = !any;
      count += any;
      problem.attempts.forEach((attempt, j) => {
        attempt.element.hidden = !foundOf[i][j] && !beside.checked;
        attempt.element.classList.toggle("aside", !foundOf[i][j]);
      });
    });
    sort(foundOf);
    shown.textContent = `${count} of ${problems.length} problems`;
    choices.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.choice === choice)));
  }

  choices.forEach((button) => button.addEventListener("click", () => { choice = button.dataset.choice; update(); }));
  stage.addEventListener("change", update);
  order.addEventListener("change", update);
  beside.addEventListener("change", update);
  search.addEventListener("input", update);
  update();
})();
