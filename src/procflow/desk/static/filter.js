// A list that can be made shorter by typing; without a script it is simply whole.
function folded(text) {
  return text.toLowerCase().replaceAll("aa", "å").replaceAll("ae", "æ").replaceAll("oe", "ø");
}

function ready() {
  for (const input of document.querySelectorAll("input[data-filter]")) input.hidden = false;
}

document.addEventListener("input", (event) => {
  const name = event.target.dataset?.filter;
  if (!name) return;
  const wanted = folded(event.target.value.trim());
  for (const item of document.getElementById(name).children)
    item.hidden = !folded(item.textContent).includes(wanted);
});
document.addEventListener("desk:drawn", ready);
ready();
