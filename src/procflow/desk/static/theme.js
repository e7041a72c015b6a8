// Light and dark at once, without a new page; the server remembers what was chosen.
document.addEventListener("click", (event) => {
  const button = event.target.closest('button[name="theme"]');
  if (!button) return;
  event.preventDefault();
  const root = document.documentElement;
  const again = root.dataset.theme === button.value;
  if (again) delete root.dataset.theme;
  else root.dataset.theme = button.value;
  for (const each of document.querySelectorAll('button[name="theme"]'))
    each.setAttribute("aria-pressed", String(!again && each === button));
  const form = new URLSearchParams({ theme: button.value, back: "/static/mark.svg" });
  fetch("/preferences", { method: "POST", body: form }).catch(() => {});
});
