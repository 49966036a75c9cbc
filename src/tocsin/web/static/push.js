// "Ring this browser": asks the browser for a channel of its own. It needs scripts; webhooks and ntfy do not.
"use strict";

// In a block of its own: the desk's script beside it has names of the same kind.
{
  const offer = document.getElementById("this-browser");

  function told(text) {
    offer.querySelector("[role=status]").textContent = text;
  }

  async function subscribe() {
    const worker = await navigator.serviceWorker.register("/static/push-worker.js");
    const starting = worker.installing ?? worker.waiting;
    if (starting) {
      await new Promise((done) => starting.addEventListener("statechange", () => starting.state === "activated" && done()));
    }
    const key = Uint8Array.from(atob(offer.dataset.key.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
    const given = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = given.toJSON();
    document.getElementById("url").value = `webpush+${endpoint}#${new URLSearchParams({ p256dh: keys.p256dh, auth: keys.auth })}`;
    told("It is filled in above; put yourself on duty, then ring as a test.");
  }

  if (offer && "serviceWorker" in navigator && "PushManager" in window) {
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", () => subscribe().catch((error) => told(error.message)));
  }
}
