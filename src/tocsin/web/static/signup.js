// The sign-up form says at once what is wrong, and in other people's pages answers in place. Without this script the
// same form posts and the server answers with a page. No dependencies, no cookies, nothing kept.
(() => {
  const zeroBits = async (text) => {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
    let bits = 0;
    for (const octet of hash) {
      if (octet !== 0) return bits + Math.clz32(octet) - 24;
      bits += 8;
    }
    return bits;
  };

  // Hashcash: work that lets a sign-up past the cap of its network; where it can't be done, the cap holds.
  const work = async (email, bits) => {
    if (!bits || !crypto.subtle) return "";
    const seconds = Math.floor(Date.now() / 1000);
    for (let nonce = 0; ; nonce += 1) {
      if ((await zeroBits(`tocsin:${email}:${seconds}:${nonce}`)) >= bits) return `${seconds}.${nonce}`;
    }
  };

  const enhance = (form) => {
    const email = form.elements.email;
    const problem = form.querySelector(".problem");
    const status = form.querySelector(".status");

    const say = (text) => {
      problem.textContent = text;
      email.parentElement.classList.toggle("wrong", text !== "");
      if (text === "") email.removeAttribute("aria-invalid");
      else {
        email.setAttribute("aria-invalid", "true");
        email.focus();
      }
    };

    const hidden = (name) => {
      const input = form.elements[name] ?? document.createElement("input");
      return input.isConnected ? input : form.appendChild(Object.assign(input, { type: "hidden", name }));
    };
    const sure = hidden("sure");
    const inPlace = new URL(form.action).origin !== location.origin || window !== window.top;

    const askInPlace = async () => {
      const headers = { Accept: "application/json" };
      const body = new URLSearchParams(new FormData(form));
      const told = await (await fetch(form.action, { method: "POST", body, headers, credentials: "omit" })).json();
      status.textContent = told.state === "sent" ? told.message : "";
      if (told.state !== "sent") say(told.message);
      // Asked once whether a mistyped domain is meant, the reader presses again to say yes.
      if (told.suggestion) sure.value = "on";
    };

    const send = async () => {
      status.textContent = "…";
      try {
        hidden("proof").value = await work(email.value.trim(), Number(form.dataset.work));
        if (inPlace) await askInPlace();
        else form.submit();
      } catch {
        form.submit();
      }
    };
    form.addEventListener("submit", (event) => {
      if (event.submitter?.name === "meant") return;
      // The browser's own idea of an address; the server has the last word.
      const wrong = email.value.trim() === "" || email.validity.typeMismatch;
      if (!wrong && !inPlace && !Number(form.dataset.work)) return;
      event.preventDefault();
      status.textContent = "";
      if (wrong) say(form.dataset.invalid);
      else send();
    });
    email.addEventListener("input", () => {
      say("");
      sure.value = "";
    });
  };

  for (const form of document.querySelectorAll("form[data-signup]")) enhance(form);
})();
