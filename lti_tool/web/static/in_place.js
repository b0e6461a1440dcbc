// Sends forms marked data-in-place without leaving the page: the answer is the page that would have come
// anyway, and its main part replaces ours. Place and focus stay where the reader was: at the same button, else at
// the same entry of a list, else at the heading of the same part of the page. What has to be corrected is said beside
// the form, which keeps what was written into it.
"use strict";
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-in-place]") || event.defaultPrevented) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const button = event.submitter ?? form.querySelector("button");
  button.setAttribute("aria-disabled", "true");
  const part = button.closest("section[aria-labelledby]")?.getAttribute("aria-labelledby");
  const near = [button.id, button.closest("li[id]")?.id, part].filter(Boolean);
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  } catch {
    release(form, button);
    if (form.dataset.offline) offline(form);
    else form.submit();
    return;
  }
  if (answer.status === 401 && form.dataset.offline) {
    // The session is over: the answer stays, and is there again when the course has opened Waymark anew.
    keepAnswer([place(form), ...new FormData(form)].filter(([name]) => name !== "csrf_token"));
    release(form, button);
    note(form, form.dataset.ended);
    return;
  }
  keepAnswer([]);
  // From here on the change is made; whatever fails, it must not be sent again.
  try {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const correct = answer.status === 422 && page.querySelector("[data-refusal] .lead");
    if (correct) {
      release(form, button);
      note(form, correct.textContent);
    } else show(answer, page, near);
  } catch {
    location.reload();
  }
});

function release(form, button) {
  delete form.dataset.busy;
  button.removeAttribute("aria-disabled");
}

function show(answer, page, near) {
  const main = page.querySelector("main");
  document.querySelector("main").replaceWith(main);
  document.title = page.title;
  const address = new URL(answer.url);
  address.searchParams.delete("done");
  address.searchParams.delete("n");
  address.hash = "";
  if (answer.redirected) history.replaceState(null, "", address);
  document.dispatchEvent(new Event("waymark:arrived"));
  arrive(main, near);
}

// A browser that blocks third-party storage throws at the mere mention of it: then nothing outlives the page.
function keepAnswer(answer) {
  try {
    if (answer.length) sessionStorage.setItem("waymark-answer", JSON.stringify(answer));
    else sessionStorage.removeItem("waymark-answer");
  } catch {}
}

function keptAnswer() {
  try {
    return JSON.parse(sessionStorage.getItem("waymark-answer")) ?? [[]];
  } catch {
    return [[]];
  }
}

function arrive(main, near) {
  const kept = near.map((id) => document.getElementById(id)).find((one) => one?.checkVisibility());
  const target = main.querySelector("[data-focus]") ?? kept?.querySelector("button, a") ?? kept ?? main.querySelector("#said");
  if (!target) return;
  if (!target.matches("a, button, input, select, summary, [tabindex]")) target.tabIndex = -1;
  target.focus({ preventScroll: target.id === "said" });
  // A live region speaks only when it changes after it was there.
  const said = main.querySelector("#said p");
  if (said) {
    const text = said.textContent;
    said.textContent = "";
    requestAnimationFrame(() => { said.textContent = text; });
  }
}

function offline(form) {
  note(form, form.dataset.offline);
  window.addEventListener("online", () => form.isConnected && form.requestSubmit(), { once: true });
}

function note(form, text) {
  let said = form.querySelector("[data-note]");
  if (!said) {
    said = document.createElement("p");
    said.dataset.note = "";
    said.className = "notice warm";
    said.setAttribute("role", "alert");
    form.append(said);
  }
  said.textContent = text;
}

// The same question of the same attempt, whichever launch it is shown in.
function place(form) {
  return ["", form.getAttribute("action").replace(/^\/l\/[^/]+/, "") + form.elements.question.value];
}

for (const form of document.querySelectorAll("form[data-ended]")) {
  const [where, ...fields] = keptAnswer();
  if (where[1] !== place(form)[1]) continue;
  for (const [name, value] of fields) {
    for (const input of form.querySelectorAll(`[name="${CSS.escape(name)}"]:not([type=hidden])`)) {
      if (input.type === "radio" || input.type === "checkbox") input.checked ||= input.value === value;
      else input.value = value;
    }
  }
}
