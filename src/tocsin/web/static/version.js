// A send in progress renews its figures, without this file "Look again" does; a mail is shown whole, not in a box to scroll.
"use strict";

const progress = document.getElementById("progress");

async function renewProgress() {
  const answer = await fetch(progress.dataset.part);
  if (answer.ok && !answer.redirected) progress.innerHTML = await answer.text();
}

if (progress) new EventSource(progress.dataset.live).addEventListener("changed", () => renewProgress().catch(() => {}));

for (const mail of document.querySelectorAll("iframe.mail")) {
  const fit = () => {
    const tall = mail.contentDocument?.body?.getBoundingClientRect().height;
    if (tall) mail.style.height = `${Math.ceil(tall) + mail.offsetHeight - mail.clientHeight}px`;
  };
  mail.addEventListener("load", fit);
  window.addEventListener("resize", fit);
  fit();
}
