// A send in progress renews its figures. Without this file "Look again" does.
"use strict";

const progress = document.getElementById("progress");

async function renewProgress() {
  const answer = await fetch(progress.dataset.part);
  if (answer.ok && !answer.redirected) progress.innerHTML = await answer.text();
}

if (progress) new EventSource(progress.dataset.live).addEventListener("changed", () => renewProgress().catch(() => {}));
