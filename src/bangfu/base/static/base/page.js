// What a page can do without script it does without; this adds two comforts: a print button, and the focus on what is to be put right.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
document.querySelector(".errors")?.focus();
// A page that tells of work looks again by itself as long as the work is open; without script one loads it again by hand.
async function lookAgain() {
  const here = document.querySelector("[data-refresh]");
  if (!here) return;
  await new Promise((done) => setTimeout(done, Number(here.dataset.refresh)));
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (answer.ok) {
      const there = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(here.id);
      if (!there) return location.reload(); // the work is done and the page another one
      here.replaceWith(there);
    }
  } catch { /* the server may be starting again; look once more */ }
  lookAgain();
}
lookAgain();
