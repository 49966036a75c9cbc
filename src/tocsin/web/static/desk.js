// The desk renews itself and listens to keys. Everything also works without this file, by links and forms.
"use strict";

const board = document.getElementById("board");
const rows = document.getElementById("rows");
const told = document.getElementById("told");

const rowOf = (key) => document.getElementById(`row-${key}`);
const chosen = () => rows.querySelector("input[name=row]:checked")?.closest(".row");
const merging = () => rows.querySelector(".row.marked");

function element(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

// ---- What the board was, it is again after its rows were exchanged: chosen, focused, opened.

function put({ key, after, html }) {
  const fresh = element(html), old = rowOf(key);
  if (old) {
    const picked = old.querySelector("input[name=row]");
    fresh.querySelector("input[name=row]").checked = picked.checked;
    fresh.classList.toggle("marked", old.classList.contains("marked"));
    const opened = old.querySelectorAll("details");
    fresh.querySelectorAll("details").forEach((each, at) => { each.open = opened[at]?.open ?? false; });
    const focused = focusIn(old);
    const next = focused && (heir(focused, old, fresh) ?? fresh.querySelector("input[name=row]"));
    old.remove();
    place(fresh, after);
    next?.focus({ preventScroll: true });
  } else {
    place(fresh, after);
  }
}

const focusIn = (box) => box.contains(document.activeElement) ? document.activeElement : null;

// The link, line to unfold or button that stands in fresh where the focused one stood in old.
function heir(focused, old, fresh) {
  const alike = (box) => [...box.querySelectorAll(focused.localName)];
  const name = (each) => each.id || each.getAttribute("href") || each.textContent;
  return alike(fresh).find((each) => name(each) === name(focused)) ?? alike(fresh)[alike(old).indexOf(focused)];
}

function place(row, after) {
  const before = after === null ? null : rowOf(after);
  if (before) before.after(row); else rows.prepend(row);
}

function renewHead(html) {
  const head = document.getElementById("head"), old = head.cloneNode(false), focused = focusIn(head);
  const opened = new Map([...head.querySelectorAll("details")].map((each) => [each.id, each.open]));
  old.append(...head.childNodes);
  head.innerHTML = html;
  for (const each of head.querySelectorAll("details")) each.open = opened.get(each.id) ?? each.open;
  if (focused) heir(focused, old, head)?.focus({ preventScroll: true });
  const waiting = Number(document.querySelector("#head [data-waiting]").dataset.waiting);
  document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
}

// ---- What is under the thumb stays there: what comes or goes above it scrolls the page by as much.

let touched = -Infinity;
for (const sign of ["pointerdown", "keydown", "wheel", "scroll"]) {
  document.addEventListener(sign, () => { touched = performance.now(); }, { passive: true });
}

const bar = () => document.querySelector(".actbar")?.getBoundingClientRect().top ?? innerHeight;

// A row is where its headline is.
const headline = (row) => row.querySelector("h2").getBoundingClientRect();
const isAbove = (row) => headline(row).bottom <= 0;
const inView = (row) => !isAbove(row) && headline(row).top < bar();

function steadily(changes) {
  // A page that nobody has touched for a while shows its top, where news comes in.
  const watched = scrollY === 0 && performance.now() - touched > 5000;
  const moving = new Set([...changes.rows.map((row) => row.key), ...changes.gone]);
  const still = [chosen(), ...rows.children].find((row) => row && !moving.has(row.dataset.key) && inView(row));
  const above = new Set([...rows.children].filter(isAbove).map((row) => row.dataset.key)), before = still?.getBoundingClientRect().top;
  renew(changes);
  if (still?.isConnected && !watched) scrollBy(0, still.getBoundingClientRect().top - before);
  const unseen = changes.rows.map((row) => rowOf(row.key)).find((row) => row.matches(".held") && isAbove(row) && !above.has(row.dataset.key));
  if (unseen) tellAbove(unseen);
}

function tellAbove(row) {
  const above = document.getElementById("above"), link = document.createElement("a");
  link.href = `#${row.id}`;
  link.textContent = `New above: ${row.querySelector("h2").textContent}`;
  above.replaceChildren(link);
}

function renew(changes) {
  if (changes.head !== undefined) renewHead(changes.head);
  const empty = !chosen() && !rows.children.length;
  const kept = changes.all && new Set(changes.rows.map((row) => row.key));
  const gone = kept ? [...rows.children].map((row) => row.dataset.key).filter((key) => !kept.has(key)) : changes.gone;
  for (const key of gone) rowOf(key)?.remove();
  changes.rows.forEach(put);
  // A key that is pressed for a row which has just gone must not meet another one.
  if (empty) rows.querySelector("input[name=row]")?.click();
  tick();
}

// ---- A desk that shows an old state says so. The browser itself comes back with Last-Event-ID.

function listen() {
  const events = new EventSource(`${board.dataset.events}?since=${encodeURIComponent(board.dataset.at)}`);
  events.addEventListener("open", () => { document.getElementById("lost").hidden = true; });
  events.addEventListener("rows", (event) => {
    board.dataset.at = event.lastEventId;
    steadily(JSON.parse(event.data));
  });
  events.addEventListener("error", () => {
    document.getElementById("lost").hidden = false;
    if (events.readyState === EventSource.CLOSED) setTimeout(again, 1000);
  });
}

// The stream was refused: the session is over, or the service is not there.
async function again() {
  const answer = await fetch("/desk/account", { redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") location.reload(); else listen();
}

// Times are told by the clock of the service: a telephone's may be minutes off.
const ahead = Date.parse(document.documentElement.dataset.now) - Date.now();

function tick() {
  for (const each of document.querySelectorAll("[data-until]")) {
    const seconds = Math.max(0, Math.round((new Date(each.dataset.until) - Date.now() - ahead) / 1000));
    const left = seconds >= 3600 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    each.textContent = `${each.dataset.before ?? ""}${left}${each.dataset.after ?? ""}`;
    each.classList.toggle("soon", seconds < 180);
  }
}

// ---- Acts: the same forms, posted without leaving the page.

async function post(form, act, row) {
  const fields = new URLSearchParams({ mark: form.elements.mark.value, act, row });
  const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/x-told" } }).catch(() => null);
  if (!answer) unanswered(act, row);
  else if (answer.redirected) location.assign(answer.url);
  else if (answer.status === 409 || answer.ok) tell(await answer.text());
  else location.reload();
}

// Without an answer it is not known whether the act was done; the rows say so once they come again.
function unanswered(act, row) {
  const line = Object.assign(document.createElement("p"), { className: "warn" });
  const headline = rows.querySelector(`input[value="${CSS.escape(row.split(" ")[0])}"]`)?.closest(".row").querySelector("h2 a").textContent ?? "";
  line.setAttribute("role", "alert");
  line.textContent = `No answer to “${act}”: the connection is lost. Look at the story before you try again. ${headline}`;
  told.replaceChildren(line);
}

function tell(html) {
  const focused = focusIn(told);
  told.innerHTML = html;
  if (focused) chosen()?.querySelector("input[name=row]").focus({ preventScroll: true });
  tick();
}

function act(name) {
  const row = chosen();
  if (!row) { say("Choose a story first: the one that was chosen is gone."); return; }
  if (!inView(row)) { bring(row); return; }
  const pick = row.querySelector("input[name=row]").value;
  if (name !== "merge") post(board, name, pick);
  else if (!merging()) mark(row);
  else if (merging() === row) mark(null);
  else { post(board, name, `${merging().querySelector("input[name=row]").value} ${pick}`); mark(null); }
}

// Nobody sends what is not before their eyes: the bar is always there, the chosen story may be pages away.
function bring(row) {
  row.scrollIntoView({ block: "center" });
  say(`Nothing was done: this one is chosen, and was out of sight. Press again, or choose another. ${row.querySelector("h2").textContent}`);
}

// A merge takes two: the first is marked, the second does it, and the same again or Escape lets it be.
function mark(row) {
  merging()?.classList.remove("marked");
  row?.classList.add("marked");
  if (row) say("Choose the story it is the same as, then merge again. Escape lets it be.");
  else told.replaceChildren();
}

function say(text) {
  const line = Object.assign(document.createElement("p"), { className: "told", textContent: text });
  line.setAttribute("role", "status");
  told.replaceChildren(line);
}

board?.addEventListener("submit", (event) => {
  if (event.submitter?.value === "open") return;
  event.preventDefault();
  act(event.submitter.value);
});

told?.addEventListener("submit", (event) => {
  event.preventDefault();
  post(event.target, event.submitter.value, event.target.elements.row.value);
});

rows?.addEventListener("click", async (event) => {
  const link = event.target.closest?.("p.about a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await fetch(`${link.href}?part=1`);
  if (!answer.ok || answer.redirected) { location.assign(link.href); return; }
  const about = element(`<details class="about" open><summary></summary><div></div></details>`);
  about.firstChild.textContent = link.textContent;
  about.lastChild.innerHTML = await answer.text();
  link.parentElement.replaceWith(about);
  about.firstChild.focus();
});

function move(by) {
  const all = [...rows.querySelectorAll("input[name=row]")];
  const at = all.findIndex((each) => each.checked);
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  if (!next) return;
  next.checked = true;
  next.focus({ preventScroll: true });
  next.closest(".row").scrollIntoView({ block: "nearest" });
}

// Speech and shaky hands press letters that nobody meant: they can be switched off, and stay so in this browser.
const letters = document.getElementById("letters");
const KEYS = { s: "send", h: "hold", d: "drop", m: "merge" };

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || (event.repeat && KEYS[event.key])) return;
  if (event.target.matches("input:not([type=radio]), textarea, select")) return;
  if (!letters.checked && event.key.length === 1) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "o" || (event.key === "Enter" && event.target === document.body)) chosen()?.querySelector("h2 a").click();
  else if (event.key === "u") (told.querySelector("[data-key=u]") ?? document.querySelector("#before [data-key=u]"))?.click();
  else if (event.key === "Escape" && merging()) mark(null);
  else if (event.key === "?") {
    const keys = document.getElementById("keys");
    keys.open = !keys.open;
    if (keys.open) keys.scrollIntoView();
  } else if (KEYS[event.key] && board.querySelector(`.actbar [value="${KEYS[event.key]}"]`)) act(KEYS[event.key]);
  else return;
  event.preventDefault();
}

// ---- The menu lies over the page: Escape, or going elsewhere, puts it away.

const menu = document.querySelector(".deskmenu details");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu?.open) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
for (const sign of ["pointerdown", "focusin"]) {
  document.addEventListener(sign, (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
}

if (board) {
  letters.closest("p").hidden = false;
  letters.checked = localStorage.getItem("tocsin-letters") !== "off";
  letters.addEventListener("change", () => localStorage.setItem("tocsin-letters", letters.checked ? "on" : "off"));
  document.addEventListener("scroll", () => { if (scrollY < 50) document.getElementById("above").replaceChildren(); }, { passive: true });
  if (!chosen()) rows.querySelector("input[name=row]")?.click();
  listen();
  document.addEventListener("keydown", onKey);
}
tick();
setInterval(tick, 1000);
