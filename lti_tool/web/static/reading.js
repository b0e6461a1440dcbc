// While the course is being read: shows the progress and brings the new page when it is done.
"use strict";
(() => {
  const pause = 1200;
  const watch = async () => {
    const region = document.querySelector("#reading[data-status]");
    if (!region) return;
    try {
      const answer = await fetch(region.dataset.status, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const { state, progress } = await answer.json();
        if (state !== "running") {
          window.location.reload();
          return;
        }
        const line = region.querySelector("[data-progress]");
        if (line && line.textContent !== progress) line.textContent = progress;
      }
    } catch {
      // No connection right now; the next round tries again.
    }
    window.setTimeout(watch, pause);
  };
  watch();
  document.addEventListener("waymark:arrived", watch);
})();
