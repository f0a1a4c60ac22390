// Small pieces of the page. Text only ever becomes text.

function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== false));
  return node;
}

const link = (language, ...children) =>
  element("a", { href: addressOf(language) }, ...(children.length ? children : [language.name]));

// A name in a script of its own direction.
const ownName = (language) =>
  language.own_name !== language.name && element("bdi", { class: "own", lang: language.code }, language.own_name);

// Shows a number's place between the lowest and the highest, with its interval, as the background of a node: thousands of
// cells with elements of their own would be slow to sort.
function withBar(node, measure, found) {
  const percent = (value) => `${(100 * measure.share(value)).toFixed(2)}%`;
  const [low, high] = found.interval ?? [found.score, found.score];
  node.classList.add("bar");
  node.style.setProperty("--low", percent(low));
  node.style.setProperty("--high", percent(high));
  node.style.setProperty("--score", percent(found.score));
  return node;
}

// “–” or “×”, and the reason for whoever asks.
const noNumber = ({ status, why }) =>
  element("span", { class: status === "failed" ? "none failed" : "none", role: "img", "aria-label": why }, status === "failed" ? "×" : "–");

// From cold to hot over a colour between, and whether ink on it has to be light.
function warm(node, share) {
  const [from, to, part] = share < 0.5 ? ["--cold", "--mild", 2 * share] : ["--mild", "--hot", 2 * share - 1];
  node.style.background = `color-mix(in oklab, var(${from}), var(${to}) ${(100 * part).toFixed(0)}%)`;
  node.classList.toggle("strong", share > 0.7);
}

function select(label, options, value, change) {
  const node = element("select", {}, ...options.map(([id, name]) => element("option", { value: id }, name)));
  node.value = value;
  node.addEventListener("change", () => change(node.value));
  return element("label", {}, `${label} `, node);
}

const tip = document.getElementById("tip");
let tipped;

function showTip(node) {
  tipped = node;
  tip.hidden = !node;
  if (!node) return;
  tip.textContent = node.dataset.tip;
  const place = node.getBoundingClientRect();
  const left = Math.min(place.left, innerWidth - tip.offsetWidth - 8);
  const below = place.bottom + 6 + tip.offsetHeight < innerHeight;
  tip.style.left = `${Math.max(8, left)}px`;
  tip.style.top = `${below ? place.bottom + 6 : place.top - tip.offsetHeight - 6}px`;
}

// Not by `pointerover`, which comes, too, when rows move below a pointer that rests while the keyboard is used.
document.addEventListener("pointermove", ({ target }) => {
  const node = target.closest("[data-tip]");
  if (node !== tipped) showTip(node);
});
document.addEventListener("focusin", ({ target }) => showTip(target.closest("[data-tip]")));
document.addEventListener("focusout", () => showTip());
document.addEventListener("scroll", () => showTip(tipped === document.activeElement ? tipped : undefined), true);
