// Before the login goes on: does this browser keep a cookie for us in here? If not, leave the value that
// binds the launch to this browser with the platform (LTI platform storage), or offer a new window.
"use strict";
(() => {
  const { authorize, state, proof, storageTarget, platformOrigin } = document.getElementById("login").dataset;
  const goOn = () => window.location.replace(authorize);

  const keepsCookies = () => {
    const probe = "waymark-probe=1; Path=/; Secure; SameSite=None; Partitioned";
    try {
      document.cookie = probe;
      const kept = document.cookie.includes("waymark-probe=1");
      document.cookie = `${probe}; Max-Age=0`;
      return kept;
    } catch {
      return false;
    }
  };

  const offerWindow = () => {
    // Without what was posted: Firefox shows nothing at all where it would have to post a frame's form again.
    // When somebody comes back to this frame later, the page then says to open Waymark from the course.
    window.history.replaceState(null, "", window.location.pathname);
    document.getElementById("waiting").hidden = true;
    document.getElementById("new-window").hidden = false;
  };

  const leaveWithPlatform = () => {
    const frame = storageTarget === "_parent" ? window.parent : window.parent.frames[storageTarget];
    const messageId = crypto.randomUUID();
    const timeout = setTimeout(() => finish(false), 1500);
    const finish = (stored) => {
      clearTimeout(timeout);
      window.removeEventListener("message", listen);
      if (stored) goOn();
      else offerWindow();
    };
    const listen = (event) => {
      if (event.origin !== platformOrigin || event.data?.message_id !== messageId) return;
      if (event.data.subject === "lti.put_data.response") finish(!event.data.error);
    };
    window.addEventListener("message", listen);
    frame.postMessage({ subject: "lti.put_data", message_id: messageId, key: `waymark-${state}`, value: proof }, platformOrigin);
  };

  if (keepsCookies()) goOn();
  else if (storageTarget && window.parent !== window) {
    try {
      leaveWithPlatform();
    } catch {
      offerWindow();
    }
  } else offerWindow();
})();
