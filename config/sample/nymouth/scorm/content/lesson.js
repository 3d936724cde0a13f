// The quiz: one question for each objective of the package. What is right is told to the learner at once and, through
// the package's wrapper, to the learning platform. Opened without a platform, the lesson works all the same.
"use strict";

const passMark = 0.8;

document.getElementById("questions").addEventListener("submit", (event) => {
  event.preventDefault();
  const questions = [...document.querySelectorAll("fieldset[data-requirement]")];
  const result = document.getElementById("result");
  const open = questions.find((question) => !question.querySelector("input:checked"));
  if (open) {
    result.textContent = "Please answer every question first.";
    open.querySelector("input").focus();
    return;
  }
  const right = questions.filter((question) => {
    const good = question.querySelector("input:checked").value === "1";
    question.dataset.right = good ? "yes" : "no";
    // Told one by one: who misses one question still keeps what the others show.
    window.capbridge?.objective(question.dataset.requirement, good ? "passed" : "failed", good ? 1 : 0);
    return good;
  }).length;
  const score = right / questions.length;
  const passed = score >= passMark;
  window.capbridge?.complete(passed ? "passed" : "failed", score);
  result.textContent = `${right} of ${questions.length} are right. ` +
    (passed ? "You have passed." : "Read the parts with a dashed border again, and try once more.");
});
