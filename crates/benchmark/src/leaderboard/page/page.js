// The address in, the page out.

const FRESH = {
  view: "table", sort: "rank", reversed: false, query: "", script: "", family: "", collection: "",
  task: byMeasure.has("lexicon") ? "lexicon" : "points", ax: "", ay: "", bx: "", by: "",
};
const VIEWS = [
  ["table", "Languages", tableView],
  ["map", "Heat map", mapView],
  ["plots", "Plots", plotView],
  ...(data.comparison ? [["changes", "Changes", changesView]] : []),
];

const byId = (id) => document.getElementById(id);
// `overview` is what is shown but for a language's page, and what that leads back to.
let state = FRESH;
let overview = FRESH;

const addressOf = ({ code }) => `#${encodeURIComponent(code)}`;

// All that differs from a fresh page.
function address(wanted) {
  const values = Object.entries(wanted).filter(([key, value]) => value !== FRESH[key]);
  const text = new URLSearchParams(values.map(([key, value]) => [key, value === true ? "" : value])).toString();
  return text ? `#?${text}` : "#";
}

function read() {
  const hash = location.hash.slice(1);
  if (hash && !hash.startsWith("?")) return { ...overview, language: decoded(hash) };
  const given = new URLSearchParams(hash.slice(1));
  const values = Object.keys(FRESH).filter((key) => given.has(key)).map((key) => [key, given.get(key)]);
  return { ...FRESH, ...Object.fromEntries(values), reversed: given.has("reversed") };
}

// An address that somebody typed may be anything.
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// Changes what is shown; quietly, the way back leads past it.
function go(changed, quietly) {
  const next = address({ ...overview, ...changed });
  if (quietly) {
    history.replaceState(null, "", next);
    render();
  } else if (next === (location.hash || "#")) {
    render();
  } else {
    location.hash = next;
  }
}

function render() {
  const before = state;
  state = read();
  showTip();
  const language = byCode.get(state.language);
  byId("overview").hidden = Boolean(language);
  byId("language").hidden = !language;
  if (language) {
    byId("language").replaceChildren(...languagePage(language).filter(Boolean));
    document.title = `${language.name} · Wordferry`;
    if (before.language !== state.language) {
      scrollTo(0, 0);
      byId("language").focus({ preventScroll: true });
    }
    return;
  }
  const { language: closed, ...rest } = state;
  overview = rest;
  document.title = "Word vectors by language · Wordferry";
  const list = chosen(state);
  renderFilters(list);
  const [, , view] = VIEWS.find(([id]) => id === state.view) ?? VIEWS[0];
  const panel = byId("view").querySelector(".panel");
  const scrolled = [panel?.scrollLeft ?? 0, panel?.scrollTop ?? 0];
  byId("view").replaceChildren(...view(list).filter(Boolean));
  if (before.view === state.view) byId("view").querySelector(".panel")?.scrollTo(...scrolled);
  if (before.language) focusOn(before.language);
}

// Back from a language, to its place among the others.
function focusOn(code) {
  const wanted = addressOf({ code });
  const found = [...byId("view").querySelectorAll("a")].find((node) => node.getAttribute("href") === wanted);
  found?.focus({ preventScroll: true });
  found?.scrollIntoView({ block: "center", inline: "nearest" });
}

function renderFilters(list) {
  if (byId("query").value !== state.query) byId("query").value = state.query;
  for (const key of ["script", "family", "collection"]) byId(key).value = state[key];
  byId("clear").disabled = ["query", "script", "family", "collection"].every((key) => !state[key]);
  byId("count").textContent = `${list.length} of ${languages.length} languages`;
  const current = VIEWS.some(([id]) => id === state.view) ? state.view : "table";
  const views = VIEWS.map(([id, name]) =>
    element("a", { href: address({ ...state, view: id, language: undefined }), "aria-current": id === current && "page" }, name),
  );
  byId("views").replaceChildren(...views);
}

function begin() {
  const counts = ["measured", "unmeasurable", "failed"].map((kind) => data.tasks.reduce((sum, task) => sum + task[kind], 0));
  const [measured, unmeasurable, failed] = counts.map(shownNumber);
  byId("summary").textContent = `${languages.length} languages, ${data.tasks.length} tasks: ${measured} results measured, ${unmeasurable} not measurable, ${failed} failed.`;
  byId("run").textContent = `This run: ${settingsText(data.settings)}.`;
  const hubs = data.tasks.filter(({ hub }) => hub).map(({ task, hub }) => `${task} with ${byCode.get(hub)?.name ?? hub}`);
  byId("hubs").textContent = hubs.length > 0 ? `Tasks between two languages are ranked with the hub of most languages (${hubs.join(", ")}); the heat map shows all hubs.` : "";
  byId("columns").append(...measures.slice(1).map((measure) => pair(measure.name, explained(measure))));
  for (const [key, values] of [
    ["script", languages.map(({ script }) => script)],
    ["family", languages.map(({ family }) => family)],
    ["collection", languages.flatMap(({ collections }) => collections)],
  ]) {
    const options = counted(values).map(([value, n]) => element("option", { value }, `${value} (${n})`));
    byId(key).append(element("option", { value: "" }, "all"), ...options);
    byId(key).closest("label").hidden = options.length === 0;
    byId(key).addEventListener("change", () => go({ [key]: byId(key).value }, "quietly"));
  }
  // Browsers refuse an address a keystroke.
  let typed;
  byId("query").addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => go({ query: byId("query").value }, "quietly"), 80);
  });
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", clear);
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId(state.language ? "language" : "view").focus();
  });
  addEventListener("hashchange", render);
  narrow.addEventListener("change", render);
  addEventListener("keydown", pressed);
  render();
}

function explained({ id, about }) {
  const aside = { health: "; it is about the file, and does not count for points", speed: "; it is about the machine, and does not count for points" };
  return `${titled(about)}${id === "speed" ? "" : ", out of 100"}${aside[id] ?? ""}.`;
}

function clear() {
  go({ query: "", script: "", family: "", collection: "" }, "quietly");
  byId("query").focus();
}

function pressed(event) {
  const typing = event.target.matches?.("input, select, textarea");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !state.language) {
    event.preventDefault();
    byId("query").focus();
  } else if (event.key === "Escape" && state.language) {
    location.hash = address(overview);
  } else if (event.key === "Escape" && event.target === byId("query")) {
    clear();
  }
}

// Light or dark, as the system has it until the reader says otherwise. Some browsers keep nothing for a file.
function beginTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = { get: () => localStorage.getItem("wordferry-theme"), set: (theme) => localStorage.setItem("wordferry-theme", theme) };
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };
  const show = (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    const dark = theme ? theme === "dark" : system.matches;
    byId("theme").setAttribute("aria-pressed", String(dark));
    return dark;
  };
  let dark = show(attempt(kept.get));
  system.addEventListener("change", () => (dark = show(document.documentElement.dataset.theme)));
  byId("theme").addEventListener("click", () => {
    const theme = dark ? "light" : "dark";
    attempt(() => kept.set(theme));
    dark = show(theme);
  });
}

beginTheme();
begin();
