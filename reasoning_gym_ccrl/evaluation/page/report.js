"use strict";
// Shows and hides what is on the page already; it builds no HTML, so no text can become code.
(() => {
  const stage = document.getElementById("stage");
  if (!stage) return;
  const search = document.getElementById("search");
  const beside = document.getElementById("beside");
  const shown = document.getElementById("shown");
  const choices = [...document.querySelectorAll("[data-choice]")];
  const problems = [...document.querySelectorAll(".problem")].map((element) => ({
    element,
    question: element.querySelector(".question").textContent.toLowerCase(),
    attempts: [...element.querySelectorAll(".attempt")].map((attempt) => ({
      element: attempt,
      stage: attempt.dataset.stage,
      marks: attempt.dataset.marks.split(" "),
      text: attempt.textContent.toLowerCase(),
    })),
  }));
  let choice = "all";

  function update() {
    const words = search.value.toLowerCase().trim();
    let count = 0;
    for (const problem of problems) {
      const found = problem.attempts.map((attempt) =>
        (stage.value === "" || attempt.stage === stage.value)
        && (choice === "all" || attempt.marks.includes(choice))
        && (problem.question.includes(words) || attempt.text.includes(words)));
      const any = found.includes(true);
      problem.element.hidden = !any;
      count += any;
      problem.attempts.forEach((attempt, i) => {
        attempt.element.hidden = !found[i] && !beside.checked;
        attempt.element.classList.toggle("aside", !found[i]);
      });
    }
    shown.textContent = `${count} of ${problems.length} problems`;
    choices.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.choice === choice)));
  }

  choices.forEach((button) => button.addEventListener("click", () => { choice = button.dataset.choice; update(); }));
  stage.addEventListener("change", update);
  beside.addEventListener("change", update);
  search.addEventListener("input", update);
  update();
})();
