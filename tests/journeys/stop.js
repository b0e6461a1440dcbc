// What there is to say about where the focus is: called with an element that somebody wants to reach, or any of the page.
(target) => {
  const it = document.activeElement;
  if (!it || it === document.body || !document.hasFocus()) return { away: true, reached: false, before: false, wrong: [] };
  const kept = (globalThis.journey ??= { previous: null, visited: new Set() });
  const box = it.getClientRects()[0] ?? it.getBoundingClientRect();
  const wrong = [];

  // The ring: an outline of the element, of the option around it, or a thick line in the picture of a map.
  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (colour) => {
    const [red, green, blue] = numbers(colour).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let around = element; around; around = around.parentElement) {
      const colour = getComputedStyle(around).backgroundColor;
      if ((numbers(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const outlined = [it, it.closest(".option")].filter(Boolean).find((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  });
  const thick = [...it.querySelectorAll("rect")].some((one) => parseFloat(getComputedStyle(one).strokeWidth) >= 4);
  if (!outlined && !thick) wrong.push("no focus ring");
  if (outlined) {
    const style = getComputedStyle(outlined);
    const [one, other] = [light(style.outlineColor), light(ground(outlined.parentElement))].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 3) wrong.push(`the ring hardly stands out: ${style.outlineColor}`);
    // Cut off by something that hides what goes over its edge?
    const ring = outlined.getBoundingClientRect();
    const away = parseFloat(style.outlineOffset);
    for (let around = outlined.parentElement; around && around !== document.body; around = around.parentElement) {
      if (getComputedStyle(around).overflow === "visible") continue;
      const edge = around.getBoundingClientRect();
      const cut = [
        edge.left - (ring.left - away), ring.right + away - edge.right,
        edge.top - (ring.top - away), ring.bottom + away - edge.bottom,
      ].filter((over) => over > 1).length;
      if (cut > 1) wrong.push(`the ring is cut off on ${cut} sides`);
    }
  }

  // Seen where it is? Only what lies in the part of the page that the frame shows can be asked for.
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  if (top && !it.contains(top) && !top.contains(it) && !it.labels?.[0]?.contains(top)) wrong.push(`covered by ${top.outerHTML.slice(0, 60)}`);
  if (it.tabIndex > 0) wrong.push("a place of its own in the order");

  // The order follows the page: what comes next is not above, save in the next column, and not to the left in one line.
  const order = (first, second) => {
    const [a, b] = [first.getBoundingClientRect(), second.getBoundingClientRect()];
    const shared = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (shared > Math.min(a.height, b.height) / 2) return b.right > a.left + 1;
    return b.bottom > a.top + 1 || b.left >= a.right - 1;
  };
  const previous = kept.previous;
  if (previous?.isConnected && previous !== it) {
    const [first, second] = previous.compareDocumentPosition(it) & Node.DOCUMENT_POSITION_FOLLOWING ? [previous, it] : [it, previous];
    if (!order(first, second)) wrong.push(`jumps back after ${first.outerHTML.slice(0, 60)}`);
  }
  kept.previous = it;
  kept.visited.add(it);
  const what = `${it.tagName.toLowerCase()} “${(it.ariaLabel || it.innerText || it.id || "").trim().replace(/\s+/g, " ").slice(0, 50)}”`;
  return {
    away: false,
    reached: it === target,
    before: Boolean(it.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING),
    again: it.matches(".skip") && kept.visited.size > 1,
    wrong: wrong.map((one) => `${what}: ${one}`),
  };
}
