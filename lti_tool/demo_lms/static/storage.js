// Platform storage (LTI Client Side postMessages Platform Storage 0.1): a tool in the frame beside keeps small values while
// third-party cookies are blocked. Values belong to the origin that wrote them, are kept in this page's memory only, and
// are limited in number and size. Answers go to exactly the origin that asked; unknown origins get none.
(() => {
  const origins = document.currentScript.dataset.origins.split(" ");
  const MOST_KEYS = 50;
  const LONGEST_PAIR = 5000;
  const kept = new Map(origins.map((origin) => [origin, new Map()]));

  const answer = (event, members) => {
    const message = event.data;
    event.source.postMessage({ subject: `${message.subject}.response`, message_id: message.message_id, ...members }, event.origin);
  };
  const refuse = (event, code, message) => answer(event, { key: event.data.key, error: { code, message } });

  const put = (event, own) => {
    const { key, value } = event.data;
    if (value === null || value === undefined) {
      own.delete(key);
      return answer(event, { key });
    }
    if (typeof value !== "string") return refuse(event, "bad_request", "The value must be text.");
    if (key.length + value.length > LONGEST_PAIR) return refuse(event, "storage_exhaustion", "Key and value are too long.");
    if (!own.has(key) && own.size >= MOST_KEYS) return refuse(event, "storage_exhaustion", "There are too many keys.");
    own.set(key, value);
    return answer(event, { key, value });
  };

  window.addEventListener("message", (event) => {
    const own = kept.get(event.origin);
    const message = event.data;
    if (!own || !event.source || typeof message !== "object" || message === null) return;
    if (message.subject !== "lti.put_data" && message.subject !== "lti.get_data") return;
    if (typeof message.message_id !== "string" || typeof message.key !== "string" || !message.key) {
      refuse(event, "bad_request", "A message needs message_id and key, as text.");
    } else if (message.subject === "lti.put_data") {
      put(event, own);
    } else {
      answer(event, { key: message.key, value: own.has(message.key) ? own.get(message.key) : null });
    }
  });
})();
