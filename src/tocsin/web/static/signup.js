// The sign-up form answers in place. Without this script the same form posts and the server answers with a page.
for (const form of document.querySelectorAll("form[data-signup]")) {
  const email = form.elements.email;
  const problem = form.querySelector(".problem");
  const status = form.querySelector(".status");

  const say = (text) => {
    problem.textContent = text;
    email.closest(".field").classList.toggle("wrong", text !== "");
    if (text === "") email.removeAttribute("aria-invalid");
    else {
      email.setAttribute("aria-invalid", "true");
      email.focus();
    }
  };

  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "meant") return;
    // The browser's own idea of an address; the server has the last word.
    if (email.value.trim() === "" || email.validity.typeMismatch) {
      event.preventDefault();
      status.textContent = "";
      say(form.dataset.invalid);
    }
  });
  email.addEventListener("input", () => say(""));
}
