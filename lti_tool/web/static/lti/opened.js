// Goes on in the frame when the browser has kept our cookie after all.
"use strict";
(() => {
  const { page } = document.getElementById("opened").dataset;
  const probe = "waymark-probe=1; Path=/; Secure; SameSite=None; Partitioned";
  try {
    document.cookie = probe;
    if (!document.cookie.includes("waymark-probe=1")) return;
    document.cookie = `${probe}; Max-Age=0`;
    window.location.replace(page);
  } catch {
    // No cookies here: the button stays.
  }
})();
