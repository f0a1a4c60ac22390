// A language's own page: where it stands in every task, and everything that was found.

function languagePage(language) {
  const list = sorted(chosen(overview), overview);
  const place = list.indexOf(language);
  const beside = (other, text, key) =>
    other && element("a", { href: addressOf(other), rel: key }, text.replace("*", other.name));
  return [
    element(
      "nav",
      { class: "beside", "aria-label": "Languages" },
      element("a", { href: address(overview) }, "← All languages"),
      element("span", {}, beside(list[place - 1], "‹ *", "prev"), " ", place >= 0 && beside(list[place + 1], "* ›", "next")),
    ),
    element("h1", {}, language.name, " ", element("span", { class: "code" }, language.code)),
    element("p", { class: "lead" }, ownName(language)),
    factList(language),
    element("h2", {}, "Among all languages"),
    element("div", { class: "strips" }, ...measures.map((measure) => strip(measure, language))),
    element("h2", {}, "Everything that was tried"),
    ...language.rows.map(rowSection),
  ];
}

function factList({ script, family, collections, wikipedia_bytes, overall }) {
  const facts = [
    ["Overall rank", overall && `${shownRanks(overall.rank)} of ${measures[0].n}`],
    ["Points", overall && `${outOf100(overall.points)}, from ${overall.n_tasks} tasks`],
    ["Script", script],
    ["Family", family],
    ["Collections", collections.join(", ")],
    ["Wikipedia, compressed", wikipedia_bytes && shownBytes(wikipedia_bytes)],
  ];
  const shown = facts.filter(([, value]) => value);
  return element("dl", { class: "facts" }, ...shown.map(([name, value]) => pair(name, value)));
}

const pair = (name, value) => element("div", {}, element("dt", {}, name), element("dd", {}, value));

// All languages as ticks on a line, this one as a dot with its interval.
function strip(measure, language) {
  const found = measure.find(language);
  const others = languages.map(measure.find).filter(Boolean);
  const place = (score) => (measure.share(score) * 100).toFixed(2);
  const ticks = others.map(({ score }) => `M${place(score)} 3v10`).join("");
  const line = drawn(
    "svg",
    { viewBox: "0 0 100 16", preserveAspectRatio: "none", "aria-hidden": "true" },
    drawn("path", { class: "ticks", d: ticks, "vector-effect": "non-scaling-stroke" }),
  );
  const ranks = measure.ranks(language);
  return element(
    "div",
    { class: "strip" },
    element("span", {}, measure.name, measure.hub && measure.hub !== language.code && element("small", {}, ` with ${measure.hub}`)),
    element("span", { class: "line" }, line, found && withBar(element("span"), measure, found)),
    found
      ? element("span", { class: "score" }, measure.shown(found.score), element("small", {}, ranks ? ` rank ${shownRanks(ranks)}` : ""))
      : element("span", { class: "why" }, noNumber(measure.missing(language)), ` ${measure.missing(language).why}`),
  );
}

function rowSection(row) {
  const measure = byMeasure.get(row.task);
  const title = titled(row.task) + (row.hub ? ` with ${byCode.get(row.hub)?.name ?? row.hub}` : "");
  return element(
    "section",
    { class: `row ${row.status}` },
    element("h3", {}, title),
    isMeasured(row) ? numbers(measure, row) : element("p", { class: "why" }, `${titled(row.status)}: ${row.why}`),
    isMeasured(row) && disclosed("All that was found", detail(row.details)),
    row.inputs.length > 0 && disclosed("Measured on", recordTable(row.inputs)),
  );
}

function numbers(measure, { score, interval, n, coverage, task, hub, language }) {
  const change = changeOf(language, task, hub);
  const facts = [
    [titled(measure.about), measure.shown(score)],
    ["95 % interval", interval && interval.map(measure.shown).join(" to ")],
    ["Rests on", shownNumber(n)],
    ["Coverage", coverage !== undefined && `${outOf100(coverage)} %`],
    ["Before", change && `${measure.shown(change.before)} (${change.verdict})`],
  ];
  return element("dl", { class: "facts" }, ...facts.filter(([, value]) => value).map(([name, value]) => pair(name, value)));
}

const disclosed = (title, content) => element("details", {}, element("summary", {}, title), content);

// Whatever JSON there is, as tables within tables.
function detail(value) {
  if (Array.isArray(value) && value.length > 0 && value.every(isRecord)) return recordTable(value);
  if (Array.isArray(value) && value.length > 0 && value.every(Array.isArray)) return cellTable(value);
  if (Array.isArray(value) && value.length === 0) return detail(null);
  if (Array.isArray(value)) return element("span", {}, ...value.flatMap((item, i) => [i > 0 && ", ", detail(item)]));
  if (isRecord(value)) {
    const rows = Object.entries(value).map(([key, inner]) =>
      element("tr", {}, element("th", { scope: "row" }, titled(key)), element("td", {}, detail(inner))),
    );
    return scrolled(element("table", { class: "details" }, element("tbody", {}, ...rows)));
  }
  if (typeof value === "number") return element("span", { class: "figure" }, shownNumber(value));
  return element("span", {}, value === null ? "–" : String(value));
}

const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// Objects of one kind: a row each.
function recordTable(records) {
  const keys = [...new Set(records.flatMap(Object.keys))];
  const head = keys.map((key) => element("th", { scope: "col" }, titled(key)));
  const rows = records.map((record) =>
    element("tr", {}, ...keys.map((key) => element("td", {}, detail(record[key] ?? null)))),
  );
  return scrolled(
    element("table", { class: "details" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
  );
}

// Lists of lists: a row each.
function cellTable(lists) {
  const rows = lists.map((list) => element("tr", {}, ...list.map((item) => element("td", {}, detail(item)))));
  return scrolled(element("table", { class: "details" }, element("tbody", {}, ...rows)));
}

const scrolled = (table) => element("div", { class: "scrolled" }, table);
