// What was measured, and how it is written.

const data = JSON.parse(document.getElementById("data").textContent);
const languages = data.languages;
const namesOfScripts = new Intl.DisplayNames("en", { type: "script" });
// The browser's names of these two are short of a noun.
const nameOfScript = (code) => ({ Hans: "Simplified Han", Hant: "Traditional Han" })[code] ?? namesOfScripts.of(code);
for (const language of languages) {
  if (/^[A-Z][a-z]{3}$/.test(language.script)) language.script = nameOfScript(language.script);
}
const byCode = new Map(languages.map((language) => [language.code, language]));

const plainNumber = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
const shownNumber = (value) =>
  Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toLocaleString("en") : plainNumber.format(value);
const shownBytes = (value) => `${plainNumber.format(value / 1e6)} MB`;
const titled = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
const shownRanks = ({ best, worst }) => (best === worst ? `${best}` : `${best}–${worst}`);

// Everything that languages are ranked by: all tasks together, and each task.
const measures = [overallMeasure(), ...data.tasks.map(taskMeasure)].map(withRange);
const byMeasure = new Map(measures.map((measure) => [measure.id, measure]));

function overallMeasure() {
  return {
    id: "points",
    name: "Points",
    about: "how often a language is better than another, in all tasks together",
    find: ({ overall }) => overall && { score: overall.points, n: overall.n_tasks, of: "tasks" },
    ranks: ({ overall }) => overall?.rank,
    missing: () => ({ status: "unmeasurable", why: "nothing was measured of it that was measured of others" }),
    shown: outOf100,
  };
}

function taskMeasure({ task, hub, score }) {
  const rowsOf = (language) => language.rows.filter((row) => row.task === task);
  return {
    id: task,
    name: titled(task),
    about: score,
    hub,
    find: (language) => rowsOf(language).find((row) => row.hub === hub && isMeasured(row)),
    ranks: (language) => language.ranks[task],
    missing: (language) => missing(language, hub, rowsOf(language)),
    // Speed is in texts a second.
    shown: task === "speed" ? shownNumber : outOf100,
  };
}

function outOf100(score) {
  return (100 * score).toFixed(1);
}

// Why there is no number.
function missing(language, hub, rows) {
  if (language.code === hub) return { status: "unmeasurable", why: "it is what others are measured with" };
  const without = rows.filter((row) => row.why !== undefined);
  const said = without.find((row) => row.hub === hub) ?? without.find((row) => row.status === "failed") ?? without[0];
  if (said) return said;
  const why = rows.length > 0 ? `measured with ${rows.map((row) => row.hub).join(", ")}, not with ${hub}` : "not tried";
  return { status: "unmeasurable", why };
}

// How many languages have it, its rows with any hub, the range of all scores, and where between 0 and the highest a bar lies.
function withRange(measure) {
  const found = languages.map(measure.find).filter(Boolean);
  const pairs = languages.flatMap((language) => language.rows.filter((row) => row.task === measure.id && row.hub));
  const range = rangeOf([...found, ...pairs.filter(isMeasured)].map(({ score }) => score));
  const [low, high] = rangeOf([0, ...found.flatMap(({ score, interval }) => interval ?? [score])]);
  return { ...measure, n: found.length, pairs, range, share: (value) => shareOf([low, 1.02 * high], value) };
}

function isMeasured({ status }) {
  return status === "measured";
}

function rangeOf(values) {
  return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
}

function shareOf([low, high], value) {
  return high > low ? (value - low) / (high - low) : 1;
}

// All that is to say of a number, in a line.
function described(measure, language) {
  const found = measure.find(language);
  if (!found) return measure.missing(language).why;
  const ranks = measure.ranks(language);
  return [
    `${measure.name} ${measure.shown(found.score)}`,
    found.interval && `95 %: ${found.interval.map(measure.shown).join(" to ")}`,
    ranks && `rank ${shownRanks(ranks)} of ${measure.n}`,
    `${shownNumber(found.n)} ${found.of ?? "measured"}`,
    found.coverage !== undefined && `coverage ${outOf100(found.coverage)} %`,
  ]
    .filter(Boolean)
    .join(" · ");
}

// Letters without case and marks, so that “turkce” finds “Türkçe”.
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const searched = new Map(
  languages.map((language) => [language, folded([language.code, language.name, language.own_name].join(" "))]),
);

function chosen({ query, script, family, collection }) {
  const words = folded(query).split(/\s+/).filter(Boolean);
  return languages.filter(
    (language) =>
      words.every((word) => searched.get(language).includes(word)) &&
      (!script || language.script === script) &&
      (!family || language.family === family) &&
      (!collection || language.collections.includes(collection)),
  );
}
