// The page around a tool: starts the launch, and answers window messages of the tool in the frame
// (LTI Client Side postMessages 0.1; `org.imsglobal.lti.close` from LTI Dynamic Registration 1.0).
// Messages from any other window or origin are ignored.
(() => {
  const frame = document.querySelector("[data-tool-frame]");
  if (!frame) return;
  const origins = frame.dataset.origins.split(" ");
  const storage = frame.dataset.storage;
  const LARGEST_HEIGHT = 5000;
  const SMALLEST_HEIGHT = 200;

  const subjects = () => {
    const list = [{ subject: "lti.capabilities" }, { subject: "lti.frameResize" }];
    if (storage) {
      const where = storage === "_parent" ? {} : { frame: storage };
      list.push({ subject: "lti.put_data", ...where }, { subject: "lti.get_data", ...where });
    }
    return list;
  };

  window.addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || !origins.includes(event.origin)) return;
    const message = event.data;
    const subject = typeof message === "string" ? message : message && message.subject;
    if (subject === "org.imsglobal.lti.close") {
      window.location.href = frame.dataset.closed;
    } else if (subject === "lti.frameResize" && Number.isFinite(Number(message.height))) {
      frame.style.height = `${Math.min(LARGEST_HEIGHT, Math.max(SMALLEST_HEIGHT, Number(message.height)))}px`;
    } else if (subject === "lti.capabilities" && storage) {
      event.source.postMessage(
        { subject: "lti.capabilities.response", message_id: message.message_id, supported_messages: subjects() },
        event.origin,
      );
    }
  });

  const launch = document.querySelector("form[data-submit]");
  const storageFrame = document.querySelector("[data-storage-frame]");
  const start = () => launch && launch.submit();
  // A tool may write at once, so the storage frame must be there first.
  if (storageFrame && storageFrame.contentDocument && storageFrame.contentDocument.readyState !== "complete") {
    storageFrame.addEventListener("load", start, { once: true });
  } else if (storageFrame && storageFrame.contentWindow.location.href === "about:blank") {
    storageFrame.addEventListener("load", start, { once: true });
  } else {
    start();
  }
})();
