// Tells the platform's page that the registration is finished (LTI Dynamic Registration 1.0, section 3.7).
// Only the page that opened us can have one of these origins; browsers drop the message otherwise.
"use strict";
(() => {
  const page = window.opener ?? (window.parent === window ? null : window.parent);
  for (const origin of document.currentScript.dataset.origins.split(" ")) {
    if (page && origin) page.postMessage({ subject: "org.imsglobal.lti.close" }, origin);
  }
})();
