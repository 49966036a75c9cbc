// Shows what rings, and opens the desk.
"use strict";

self.addEventListener("push", (event) => {
  const ring = event.data.json();
  const shown = { body: ring.body, data: ring.url, requireInteraction: true, tag: ring.body };
  event.waitUntil(self.registration.showNotification(ring.title, shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data));
});
