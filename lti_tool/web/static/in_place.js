// Sends forms marked data-in-place without leaving the page: the answer is the page that would have come
// anyway, and its main part replaces ours. Place and focus stay where the reader was.
"use strict";
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-in-place]") || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const button = event.submitter ?? form.querySelector("button");
  button.setAttribute("aria-disabled", "true");
  const near = [button.id, button.closest("li[id]")?.id].filter(Boolean);
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (!main) throw new Error("no page came back");
    document.querySelector("main").replaceWith(main);
    document.title = page.title;
    const address = new URL(answer.url);
    address.searchParams.delete("done");
    address.searchParams.delete("n");
    address.hash = "";
    if (answer.redirected) history.replaceState(null, "", address);
    document.dispatchEvent(new Event("waymark:arrived"));
    arrive(main, near);
  } catch {
    delete form.dataset.busy;
    button.removeAttribute("aria-disabled");
    if (form.dataset.offline) offline(form);
    else form.submit();
  }
});

function arrive(main, near) {
  const kept = near.map((id) => document.getElementById(id)).find(Boolean);
  const target = main.querySelector("[data-focus]") ?? kept?.querySelector("button, a") ?? kept ?? main.querySelector("#said");
  if (!target) return;
  if (!target.matches("a, button, input, select, summary, [tabindex]")) target.tabIndex = -1;
  target.focus({ preventScroll: !target.matches("[data-focus]") });
  // A live region speaks only when it changes after it was there.
  const said = main.querySelector("#said p");
  if (said) {
    const text = said.textContent;
    said.textContent = "";
    requestAnimationFrame(() => { said.textContent = text; });
  }
}

function offline(form) {
  let note = form.querySelector("[data-note]");
  if (!note) {
    note = document.createElement("p");
    note.dataset.note = "";
    note.className = "notice warm";
    note.setAttribute("role", "alert");
    form.append(note);
  }
  note.textContent = form.dataset.offline;
}
