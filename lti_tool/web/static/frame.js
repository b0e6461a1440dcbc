// Tells the page around us how tall we are (LTI message "lti.frameResize"), shows dates in the reader's
// own zone, and keeps a form from being sent twice. Every page works without it.
"use strict";
(() => {
  const script = document.currentScript;
  const known = (script?.dataset.parents ?? "").split(" ").filter(Boolean);

  // A launch is answered with the first page itself. The page's address in the place of the launch's makes a
  // reload ask for the page, instead of sending the launch again, which works only once.
  if (script?.dataset.address) window.history.replaceState(null, "", script.dataset.address);

  // The exact origin of the page around us: the browser tells it (not every one does), and only origins
  // that the school registered are ever addressed.
  const around = () => {
    const told = window.location.ancestorOrigins?.[0];
    return told ? known.filter((origin) => origin === told) : known;
  };
  if (window.parent !== window && known.length) {
    let last = 0;
    const report = () => {
      const height = Math.ceil(document.body.getBoundingClientRect().height);
      if (Math.abs(height - last) < 2) return;
      last = height;
      for (const origin of around()) {
        window.parent.postMessage({ subject: "lti.frameResize", height }, origin);
      }
    };
    new ResizeObserver(report).observe(document.body);
    report();
  }

  const shapes = { moment: { dateStyle: "medium", timeStyle: "short" }, clock: { timeStyle: "short" } };
  for (const time of document.querySelectorAll("time[data-shape]")) {
    time.title = new Intl.DateTimeFormat(document.documentElement.lang, shapes[time.dataset.shape]).format(new Date(time.dateTime));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.matches("[data-in-place]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    // A form for a new window may be pressed again: perhaps the browser blocked the window.
    if (form.method === "post" && form.target !== "_blank") form.dataset.sent = "yes";
  });
  // Browsers keep a page that somebody leaves, even one that may not be stored, and the back button shows it as it
  // was (https://developer.chrome.com/docs/web-platform/bfcache-ccns). On a shared computer that may be somebody
  // else by now: the page is not seen again before it was asked for anew.
  const ofSomebody = /^\/(l|admin)\//.test(window.location.pathname);
  window.addEventListener("pagehide", (event) => {
    if (ofSomebody && event.persisted) document.documentElement.hidden = true;
  });
  window.addEventListener("pageshow", (event) => {
    if (ofSomebody && event.persisted) window.location.reload();
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });
})();
