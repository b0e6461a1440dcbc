// Asks the platform's window for the value that our login left there, and sends it with the launch. The
// server compares it; a wrong, late or foreign answer opens nothing.
"use strict";
(() => {
  const form = document.getElementById("storage");
  const { target, platformOrigin } = form.dataset;
  const messageId = crypto.randomUUID();

  const fail = () => {
    clearTimeout(timeout);
    window.removeEventListener("message", listen);
    document.getElementById("waiting").hidden = true;
    document.getElementById("failed").hidden = false;
  };
  const listen = (event) => {
    if (event.origin !== platformOrigin || event.data?.message_id !== messageId) return;
    if (event.data.subject !== "lti.get_data.response") return;
    if (event.data.error || typeof event.data.value !== "string") {
      fail();
      return;
    }
    clearTimeout(timeout);
    window.removeEventListener("message", listen);
    form.elements.proof.value = event.data.value;
    form.submit();
  };
  const timeout = setTimeout(fail, 3000);
  window.addEventListener("message", listen);
  try {
    const frame = target === "_parent" ? window.parent : window.parent.frames[target];
    frame.postMessage({ subject: "lti.get_data", message_id: messageId, key: `waymark-${form.elements.state.value}` }, platformOrigin);
  } catch {
    fail();
  }
})();
