// Narrows the list of activities while typing, counts what is chosen, and reads the dates in the reader's own
// time zone. Without it the list narrows on the server and dates are in UTC, as the page then says.
"use strict";
(() => {
  const filter = document.querySelector("form[data-filter]");
  const picker = document.querySelector("form[data-picker]");
  const submit = picker.querySelector("[data-add]");
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

  // A date field has a day and a time and no zone. What is sent is a field beside it with the moment itself.
  const dates = ["opens", "due"].map((name) => {
    const visible = document.getElementById(name);
    const sent = Object.assign(document.createElement("input"), { type: "hidden", name });
    const written = visible.getAttribute("value");
    const moment = new Date(/Z|[+-]\d\d:\d\d$/.test(written) ? written : `${written}Z`);
    if (written && !Number.isNaN(moment.valueOf())) {
      visible.value = new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    }
    visible.removeAttribute("name");
    visible.after(sent);
    return { visible, sent };
  });
  const readDates = () => {
    const [opens, due] = dates.map(({ visible, sent }) => {
      const moment = visible.value ? new Date(visible.value) : null;
      sent.value = moment ? moment.toISOString() : "";
      return moment;
    });
    const { visible } = dates[1];
    const { over, order } = picker.dataset;
    visible.setCustomValidity(due && due <= new Date() ? over : due && opens && due <= opens ? order : "");
  };

  filter.querySelector("[data-scriptless]").hidden = true;
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.addEventListener("input", narrow);
  picker.addEventListener("input", readDates);
  picker.addEventListener("change", tally);
  picker.querySelector("[data-zone-hint]").textContent = picker.dataset.zone.replace("#", Intl.DateTimeFormat().resolvedOptions().timeZone);
  window.addEventListener("pageshow", () => {
    readDates();
    tally();
  });
  readDates();
  tally();
})();
