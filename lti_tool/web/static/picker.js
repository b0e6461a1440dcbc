// Narrows the list of activities while typing, and counts what is chosen.
"use strict";
(() => {
  const filter = document.querySelector("form[data-filter]");
  const picker = document.querySelector("form[data-picker]");
  const submit = picker.querySelector("button");
  const count = picker.querySelector("[data-count]");
  if (!submit) return;

  const narrow = () => {
    const words = filter.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const format = filter.elements.format.value;
    let shown = 0;
    for (const group of picker.querySelectorAll("[data-group]")) {
      let inside = 0;
      for (const option of group.querySelectorAll("[data-text]")) {
        const fits = words.every((word) => option.dataset.text.includes(word)) && (!format || option.dataset.format === format);
        option.hidden = !fits;
        inside += Number(fits);
      }
      group.hidden = inside === 0;
      shown += inside;
    }
    picker.querySelector("[data-nothing]").hidden = shown > 0;
  };
  const tally = () => {
    const chosen = picker.querySelectorAll("input:checked").length;
    const phrase = (holder) => (chosen === 1 ? holder.dataset.one : holder.dataset.many).replace("#", chosen);
    count.textContent = phrase(count);
    submit.textContent = phrase(submit);
    submit.disabled = chosen === 0;
  };
  filter.querySelector("[data-scriptless]").hidden = true;
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", narrow);
  picker.addEventListener("change", tally);
  tally();
})();
