// Plots of any two numbers, a dot a language.

// Whatever can be an axis: scores, the size of what the vectors were made of, and every number that health and speed found.
const axes = [
  { id: "wikipedia", name: "Wikipedia, compressed", of: (language) => language.wikipedia_bytes, shown: shownBytes },
  ...measures.map(({ id, name, find, shown }) => ({ id, name, of: (language) => find(language)?.score, shown })),
  ...["health", "speed"].flatMap((task) =>
    [...namesOfNumbers(task)].map((name) => ({
      id: `${task}.${name}`,
      name: `${titled(task)}: ${name.replaceAll(/[_.]/g, " ")}`,
      of: (language) => numbersOf(language, task).get(name),
      shown: name.endsWith("bytes") ? shownBytes : shownNumber,
    })),
  ),
];
const byAxis = new Map(axes.map((axis) => [axis.id, axis]));

// Two plots; what they begin with, in order of preference.
const plots = [
  { key: "a", title: "Quality over size", y: ["lexicon", "points"], x: ["wikipedia"] },
  { key: "b", title: "Speed over memory", y: ["speed"], x: ["speed.memory_bytes", "speed.bytes", "wikipedia"] },
];

const firstKnown = (ids) => ids.find((id) => byAxis.has(id)) ?? axes[0].id;

function numbersOf(language, task) {
  const details = byMeasure.get(task)?.find(language)?.details;
  return new Map(details ? leaves(details).filter(([, value]) => typeof value === "number") : []);
}

function namesOfNumbers(task) {
  return new Set(languages.flatMap((language) => [...numbersOf(language, task).keys()]));
}

// The values within nested objects, with their paths.
function leaves(value, path = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

function plotView(list) {
  return [element("div", { class: "plots" }, ...plots.map((plot) => plotFigure(plot, list)))];
}

function plotFigure(plot, list) {
  const axisOf = (side) => byAxis.get(state[`${plot.key}${side}`]) ?? byAxis.get(firstKnown(plot[side]));
  const [x, y] = [axisOf("x"), axisOf("y")];
  const choose = (side, label, axis) =>
    select(label, axes.map(({ id, name }) => [id, name]), axis.id, (id) => go({ [`${plot.key}${side}`]: id }));
  const points = list
    .map((language) => ({ language, x: x.of(language), y: y.of(language) }))
    .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  return element(
    "figure",
    {},
    element("figcaption", {}, element("h2", {}, plot.title), element("p", { class: "soft" }, correlated(points))),
    element("div", { class: "choices" }, choose("y", "Up", y), choose("x", "Across", x)),
    points.length > 0 ? chart(points, x, y) : nothingFound(),
    legend(points),
  );
}

function correlated(points) {
  const n = `${points.length} languages`;
  const correlation = points.length > 2 ? spearman(points.map(({ x }) => x), points.map(({ y }) => y)) : NaN;
  return Number.isNaN(correlation) ? n : `${n}; Spearman correlation ${correlation.toFixed(2)}`;
}

function spearman(first, second) {
  const [a, b] = [meanRanks(first), meanRanks(second)];
  const middle = (a.length - 1) / 2;
  const product = (p, q) => p.reduce((sum, value, i) => sum + (value - middle) * (q[i] - middle), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

function meanRanks(values) {
  const order = [...values].sort((a, b) => a - b);
  return values.map((value) => (order.indexOf(value) + order.lastIndexOf(value)) / 2);
}

// Scripts of most languages have a colour each.
const scripts = [...counted(languages.map(({ script }) => script))].slice(0, 6).map(([script]) => script);
const colourOf = ({ script }) => (script && scripts.includes(script) ? `colour-${scripts.indexOf(script)}` : "colour-other");

// What there is, and how often; the most frequent first.
function counted(values) {
  const counts = new Map();
  for (const value of values.filter(Boolean)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function legend(points) {
  const seen = new Set(points.map(({ language }) => colourOf(language)));
  const entries = [...scripts.map((name, i) => [name, `colour-${i}`]), ["other scripts", "colour-other"]];
  if (scripts.length === 0) return element("p");
  const entry = ([name, colour]) => element("span", {}, element("i", { class: colour }), name);
  return element("p", { class: "legend" }, ...entries.filter(([, colour]) => seen.has(colour)).map(entry));
}

// On narrow screens a chart is drawn smaller, so that its text is not.
const narrow = matchMedia("(max-width: 720px)");
const sizeOfChart = () => ({ left: 62, right: 18, top: 26, bottom: 48, ...(narrow.matches ? { width: 360, height: 340 } : { width: 640, height: 420 }) });

function chart(points, x, y) {
  const { width, height, left, right, top, bottom } = sizeOfChart();
  const across = scaled(points.map((point) => point.x), left, width - right);
  const up = scaled(points.map((point) => point.y), height - bottom, top);
  const placed = points.map((point) => ({ ...point, cx: across.place(point.x), cy: up.place(point.y) }));
  return drawn(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `${y.name} over ${x.name}` },
    ...up.ticks.flatMap((value) => [
      drawn("line", { class: "grid", x1: left, x2: width - right, y1: up.place(value), y2: up.place(value) }),
      drawn("text", { x: left - 8, y: up.place(value) + 4, "text-anchor": "end" }, y.shown(value)),
    ]),
    ...across.ticks.flatMap((value) => [
      drawn("line", { class: "grid", x1: across.place(value), x2: across.place(value), y1: top, y2: height - bottom }),
      drawn("text", { x: across.place(value), y: height - bottom + 18, "text-anchor": "middle" }, x.shown(value)),
    ]),
    drawn("text", { class: "title", x: width - right, y: height - 8, "text-anchor": "end" }, `${x.name} →`),
    drawn("text", { class: "title", x: 8, y: 14 }, `↑ ${y.name}`),
    ...placed.map((point) => dot(point, x, y)),
    ...labels(placed, width).map(({ language, cx, cy }) => drawn("text", { class: "label", x: cx + 6, y: cy + 3 }, language.code)),
  );
}

function dot({ language, cx, cy, x, y }, xAxis, yAxis) {
  const tip = `${language.name} · ${yAxis.name} ${yAxis.shown(y)} · ${xAxis.name} ${xAxis.shown(x)}`;
  return drawn(
    "a",
    { href: addressOf(language), "aria-label": tip, "data-tip": tip },
    drawn("circle", { class: `dot ${colourOf(language)}`, cx: cx.toFixed(1), cy: cy.toFixed(1), r: 4.5 }),
  );
}

// Codes beside the dots, where they cover neither a dot nor another code.
function labels(placed, width) {
  const kept = [];
  for (const point of placed) {
    const end = point.cx + 8 + 6 * point.language.code.length;
    const covers = ({ cx, cy, from = cx - 5, to = cx + 5 }) => Math.abs(cy - point.cy) < 10 && from < end && to > point.cx + 6;
    if (end < width && ![...placed, ...kept].some(covers)) kept.push({ ...point, from: point.cx, to: end });
  }
  return kept;
}

// An axis, by powers of ten where values differ by more than one; ticks are far enough apart for their numbers.
function scaled(values, from, to) {
  const [low, high] = rangeOf(values);
  const byPowers = low > 0 && high / low > 20;
  const into = byPowers ? Math.log10 : (value) => value;
  const margin = (into(high) - into(low)) * 0.04 || Math.abs(into(high)) * 0.1 || 1;
  const [first, last] = [into(low) - margin, into(high) + margin];
  const place = (value) => from + ((into(value) - first) / (last - first)) * (to - from);
  const atMost = Math.abs(to - from) / 80;
  return { place, ticks: byPowers ? powers(first, last, atMost) : multiples(first, last, atMost) };
}

function multiples(first, last, atMost) {
  const step = niceStep((last - first) / atMost);
  const ticks = [];
  for (let i = Math.ceil(first / step); i * step <= last; i++) ticks.push(i * step || 0);
  return ticks;
}

// Powers of ten, and where these are few, what lies between.
function powers(first, last, atMost) {
  const step = Math.max(1, Math.ceil((last - first) / atMost));
  const factors = 3 * (last - first) <= atMost ? [1, 2, 5] : [1];
  const ticks = [];
  for (let i = Math.floor(first / step); i * step <= last; i++) ticks.push(...factors.map((factor) => factor * 10 ** (i * step)));
  return ticks.filter((value) => Math.log10(value) >= first && Math.log10(value) <= last);
}

// The next of 1, 2, 5, 10, … times a power of ten.
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find((factor) => factor * power >= least) * power;
}
