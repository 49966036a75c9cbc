// A send in progress renews its figures, without this file "Look again" does; a mail is shown whole, not in a box to scroll.
"use strict";

const progress = document.getElementById("progress");

async function renewProgress() {
  const answer = await fetch(progress.dataset.part).catch(() => null);
  const focused = progress.contains(document.activeElement);
  if (answer?.ok && !answer.redirected && !focused) progress.innerHTML = await answer.text();
  renewSoon();
}

// What is over is not asked for again.
function renewSoon() {
  if (progress.querySelector("[data-goes-on]")) setTimeout(renewProgress, 1000);
}

if (progress) renewSoon();

for (const mail of document.querySelectorAll("iframe.mail")) {
  const fit = () => {
    const tall = mail.contentDocument?.body?.getBoundingClientRect().height;
    if (tall) mail.style.height = `${Math.ceil(tall) + mail.offsetHeight - mail.clientHeight}px`;
  };
  mail.addEventListener("load", fit);
  window.addEventListener("resize", fit);
  fit();
}
