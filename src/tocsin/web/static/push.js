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
    const before = await worker.pushManager.getSubscription();
    // One that was given to another key (our secret was changed since) rings no more, and stands in the way.
    if (before && String(new Uint8Array(before.options.applicationServerKey)) !== String(key)) await before.unsubscribe();
    const given = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
    const { endpoint, keys } = given.toJSON();
    document.getElementById("url").value = `webpush+${endpoint}#${new URLSearchParams({ p256dh: keys.p256dh, auth: keys.auth })}`;
    told("It is filled in above; put yourself on duty, then ring as a test.");
  }

  function why(error) {
    if (Notification.permission === "denied") return "This browser was told not to ring for this site: allow notifications in its settings for the site, then press again.";
    if (error.name === "NotAllowedError") return "Nothing was allowed: press again and allow notifications.";
    return `This browser’s push service does not answer (${error.message}): try again, or use another channel.`;
  }

  if (offer) {
    const button = offer.querySelector("button"), able = "serviceWorker" in navigator && "PushManager" in window;
    offer.hidden = false;
    button.hidden = !able;
    if (!able) told("This browser can’t be rung: that takes HTTPS, and on iOS the desk on the home screen.");
    button.addEventListener("click", () => {
      told("…");
      subscribe().catch((error) => told(why(error)));
    });
  }
}
