// After a window was opened to sign in: looks whether it is done, and brings the new page.
"use strict";
(() => {
  const pause = 2000;
  let opened = false;
  const look = async (region) => {
    try {
      const answer = await fetch(region.dataset.status, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).state === "running") {
        window.location.reload();
        return;
      }
    } catch {
      // No connection right now; the next round tries again.
    }
    window.setTimeout(look, pause, region);
  };
  document.addEventListener("submit", (event) => {
    const region = event.target.closest("#sign-in[data-status]");
    if (!region || opened) return;
    opened = true;
    region.querySelector("[data-waiting]").hidden = false;
    look(region);
  });
  document.addEventListener("visibilitychange", () => {
    if (opened && document.visibilityState === "visible") window.location.reload();
  });
})();
