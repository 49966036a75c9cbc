// The desk renews itself and listens to keys. Everything also works without this file.
"use strict";

const board = document.getElementById("board");

async function renew() {
  const answer = await fetch(board.dataset.part, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) { location.reload(); return; }
  const focused = document.activeElement?.closest?.(".row")?.dataset.open;
  const open = [...board.querySelectorAll("details[data-story][open]")].map((each) => each.dataset.story);
  board.innerHTML = await answer.text();
  for (const story of board.querySelectorAll("details[data-story]")) {
    story.open = open.includes(story.dataset.story);
  }
  if (focused) board.querySelector(`.row[data-open="${CSS.escape(focused)}"]`)?.focus();
}

// A desk that shows an old state must say so.
function lost(isLost) {
  document.getElementById("lost").hidden = !isLost;
}

function refresh() {
  renew().then(() => lost(false), () => { lost(true); setTimeout(refresh, 1000); });
}

function listen() {
  const events = new EventSource(board.dataset.live);
  events.addEventListener("changed", refresh);
  events.addEventListener("error", () => {
    lost(true);
    events.close();
    setTimeout(listen, 1000);
  });
}

function tick() {
  for (const left of document.querySelectorAll("[data-seconds]")) {
    const seconds = Math.max(0, left.dataset.seconds - 1);
    left.dataset.seconds = seconds;
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`;
  }
}

function onKey(event) {
  if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...board.querySelectorAll(".row")];
  const at = rows.indexOf(document.activeElement?.closest?.(".row"));
  if (event.key === "j") rows[Math.min(at + 1, rows.length - 1)]?.focus();
  else if (event.key === "k") rows[Math.max(at - 1, 0)]?.focus();
  else if (event.key === "o") rows[at]?.querySelector("h2 a").click();
  else if (event.key === "s" || event.key === "d") rows[at]?.querySelector(`[data-key="${event.key}"]`)?.click();
}

if (board) {
  listen();
  setInterval(tick, 1000);
  document.addEventListener("keydown", onKey);
}
