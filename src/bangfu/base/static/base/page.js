// What a page can do without script it does without; this adds two comforts: a print button, and the focus on what is to be put right.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
document.querySelector(".errors")?.focus();
