// Words typed into a form whose session had ended are put back after the log-in: once, in this tab alone.
"use strict";

const KEPT = "tocsin-kept";

document.addEventListener("submit", ({ target }) => {
  if (target.method !== "post" || !target.querySelector("textarea")) return;
  const typed = [...target.querySelectorAll("textarea[id], input[id]:not([type]), input[id][type=url]")];
  const words = typed.map(({ id, value }) => [id, value]);
  sessionStorage.setItem(KEPT, JSON.stringify({ path: location.pathname, words, late: false }));
});

function putBack(words) {
  const fields = words.map(([id, value]) => [document.getElementById(id), value]).filter(([field]) => field);
  for (const [field, value] of fields) {
    field.value = value;
    for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  }
  const told = document.createElement("p");
  told.className = "warn";
  told.setAttribute("role", "status");
  fields[0]?.[0].closest("form").prepend(told);
  told.textContent = "What you typed before your session ended is here again. It is not saved yet.";
}

const kept = JSON.parse(sessionStorage.getItem(KEPT));
if (kept && new URLSearchParams(location.search).has("over")) {
  sessionStorage.setItem(KEPT, JSON.stringify({ ...kept, late: true }));
} else if (kept?.late && location.pathname === kept.path) {
  sessionStorage.removeItem(KEPT);
  putBack(kept.words);
} else if (kept && !kept.late) {
  sessionStorage.removeItem(KEPT);
}
