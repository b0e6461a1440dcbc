// Ordering with "up" and "down" buttons; without it every item has a list of places to choose from.
"use strict";
(() => {
  const enhance = () => {
    for (const list of document.querySelectorAll("ol[data-order]:not([data-ready])")) {
      list.dataset.ready = "";
      const spoken = document.createElement("p");
      spoken.className = "hidden-visually";
      spoken.setAttribute("role", "status");
      list.after(spoken);
      const items = [...list.children].sort((a, b) => place(a) - place(b));
      for (const item of items) {
        item.querySelector("select").hidden = true;
        const name = item.querySelector("span").textContent;
        const moves = document.createElement("span");
        moves.className = "moves";
        moves.append(button("↑", `${list.dataset.up}: ${name}`, () => move(list, item, -1, spoken)));
        moves.append(button("↓", `${list.dataset.down}: ${name}`, () => move(list, item, 1, spoken)));
        item.append(moves);
        list.append(item);
      }
      renumber(list);
    }
  };
  const place = (item) => Number(item.querySelector("select").value);
  const button = (sign, label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button quiet";
    made.textContent = sign;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  };
  const move = (list, item, step, spoken) => {
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (step < 0) other.before(item);
    else other.after(item);
    renumber(list);
    focused?.focus();
    spoken.textContent = `${item.querySelector("span").textContent} ${list.dataset.moved} ${place(item)}`;
  };
  const renumber = (list) => [...list.children].forEach((item, index) => {
    item.querySelector("select").value = String(index + 1);
  });
  enhance();
  document.addEventListener("waymark:arrived", enhance);
})();
