// Makes a large table one stop of the Tab key: inside it the arrow keys, Home and End go from link to link.
// Without it every link is a stop of its own.
"use strict";
for (const area of document.querySelectorAll("[data-arrows]")) {
  const links = [...area.querySelectorAll("table a")];
  const place = (link) => {
    const cell = link.closest("th, td");
    return [cell.parentNode.rowIndex, cell.cellIndex];
  };
  const rows = area.querySelector("table").rows;
  const at = (row, column) => rows[row]?.cells[column]?.querySelector("a");
  let stop = area.querySelector("tbody td a") ?? links[0];
  for (const link of links) link.tabIndex = link === stop ? 0 : -1;

  // The next link that way; cells without one are passed over.
  const along = (link, down, right) => {
    let [row, column] = place(link);
    const columns = rows[0].cells.length;
    for (row += down, column += right; row in rows && column >= 0 && column < columns; row += down, column += right) {
      const found = at(row, column);
      if (found) return found;
    }
    return null;
  };
  const end = (link, last) => {
    const found = [...link.closest("tr").querySelectorAll("a")];
    return last ? found.at(-1) : found[0];
  };
  const ways = {
    ArrowUp: (link) => along(link, -1, 0),
    ArrowDown: (link) => along(link, 1, 0),
    ArrowLeft: (link) => along(link, 0, -1),
    ArrowRight: (link) => along(link, 0, 1),
    Home: (link) => end(link, false),
    End: (link) => end(link, true),
  };
  area.addEventListener("focusin", (event) => {
    if (!links.includes(event.target)) return;
    stop.tabIndex = -1;
    stop = event.target;
    stop.tabIndex = 0;
  });
  area.addEventListener("keydown", (event) => {
    const way = ways[event.key];
    if (!way || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !links.includes(event.target)) return;
    event.preventDefault();
    way(event.target)?.focus();
  });
  for (const hint of document.querySelectorAll("[data-arrows-hint]")) hint.hidden = false;
}
