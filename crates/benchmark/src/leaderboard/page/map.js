// The heat map: languages by hubs where a task has several, otherwise a tile a language.

function mapView(list) {
  const measure = byMeasure.get(state.task) ?? measures[0];
  const choice = select("Task", measures.map(({ id, name }) => [id, name]), measure.id, (task) => go({ task }));
  const hubs = hubsOf(measure);
  const caption = `${titled(measure.about)}. ${hubs.length > 1 ? "A row a language, a column a hub." : "The best come first."}`;
  return [
    element("div", { class: "choices" }, choice, scale(measure)),
    element("p", { class: "soft" }, caption),
    hubs.length > 1 ? matrix(measure, hubs, list) : tiles(measure, list),
  ];
}

// The hubs that anything was measured with, those of most languages first.
function hubsOf({ pairs }) {
  const counts = new Map();
  for (const { hub } of pairs.filter(isMeasured)) counts.set(hub, (counts.get(hub) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([hub]) => hub);
}

// What the colours mean: they span the scores that there are, so that differences are seen.
function scale({ range, shown, n }) {
  const steps = Array.from({ length: 24 }, (_, step) => {
    const node = element("i");
    warm(node, step / 23);
    return node;
  });
  const [least, most] = n > 0 ? range.map(shown) : ["", ""];
  return element("span", { class: "scale", "aria-hidden": "true" }, least, element("span", {}, ...steps), most);
}

function tiles(measure, list) {
  const found = list.map((language) => [language, measure.find(language)]).filter(([, found]) => found);
  const tile = ([language, { score }]) => {
    const node = link(language, element("b", {}, language.code), element("span", {}, measure.shown(score)));
    node.dataset.tip = `${language.name} · ${described(measure, language)}`;
    warm(node, shareOf(measure.range, score));
    return node;
  };
  const without = list.length - found.length;
  return element(
    "div",
    {},
    element("div", { class: "tiles" }, ...found.sort(([, a], [, b]) => b.score - a.score).map(tile)),
    without > 0 && element("p", { class: "soft" }, `Without a number: ${without}.`),
  );
}

function matrix(measure, hubs, list) {
  const pairs = new Map(measure.pairs.map((row) => [`${row.language} ${row.hub}`, row]));
  const cell = (language, hub) => {
    const row = pairs.get(`${language.code} ${hub}`);
    if (!row) return element("td");
    if (!isMeasured(row)) return element("td", { "data-tip": row.why }, noNumber(row));
    const interval = row.interval ? `, 95 %: ${row.interval.map(measure.shown).join(" to ")}` : "";
    const tip = `${language.name} with ${byCode.get(hub)?.name ?? hub}: ${measure.shown(row.score)}${interval}`;
    const node = element("td", { "data-tip": tip }, measure.shown(row.score));
    warm(node, shareOf(measure.range, row.score));
    return node;
  };
  const rows = sorted(list, { sort: measure.id, reversed: false })
    .filter(({ code }) => measure.pairs.some((row) => row.language === code && isMeasured(row)))
    .map((language) =>
      element("tr", {}, element("th", { scope: "row" }, link(language)), ...hubs.map((hub) => cell(language, hub))),
    );
  const head = hubs.map((hub) => element("th", { scope: "col", "data-tip": byCode.get(hub)?.name ?? hub }, hub));
  return element(
    "div",
    { class: "panel" },
    element(
      "table",
      { class: "matrix" },
      element("caption", {}, `${measure.name} by pair`),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Language"), ...head)),
      element("tbody", {}, ...rows),
    ),
  );
}
