// What has changed since another run, where the page was made with one.

const differences = data.comparison?.differences ?? [];
const changeKey = (language, task, hub) => JSON.stringify([language, task, hub]);
const changes = new Map(differences.map((change) => [changeKey(change.language, change.task, change.hub), change]));
const changeOf = (language, task, hub) => changes.get(changeKey(language, task, hub));
const isReal = ({ verdict }) => verdict === "better" || verdict === "worse";
const arrows = { better: "▲", worse: "▼", same: "=", unclear: "~" };

// An arrow where a score has changed for certain.
function changeMark(measure, language) {
  const change = changeOf(language.code, measure.id, measure.hub);
  return change && isReal(change) && element("i", { class: `change ${change.verdict}`, "aria-label": change.verdict }, arrows[change.verdict]);
}

function changesView(list) {
  const codes = new Set(list.map(({ code }) => code));
  const shown = differences.filter(({ language }) => codes.has(language)).sort(byCertainty);
  const count = (verdict) => shown.filter((change) => change.verdict === verdict).length;
  const { before, lost, gained } = data.comparison;
  const said = `Better: ${count("better")}, worse: ${count("worse")}, unclear: ${count("unclear")}, the same: ${count("same")}. A difference is real where the two intervals are apart. In all, ${gained} were gained that the other run could not measure, and ${lost} lost.`;
  return [
    element("p", { class: "soft" }, said, ` The other run: ${settingsText(before)}.`),
    element(
      "div",
      { class: "panel" },
      element(
        "table",
        { class: "changes" },
        element("caption", {}, "Differences between two runs"),
        element("thead", {}, element("tr", {}, ...["Language", "Task", "Before", "After", "Difference", ""].map((name) => element("th", { scope: "col" }, name)))),
        element("tbody", {}, ...shown.map(changeRow)),
      ),
    ),
  ];
}

function changeRow({ language, task, hub, before, after, verdict }) {
  const { shown } = byMeasure.get(task);
  const change = (after < before ? "−" : "+") + shown(Math.abs(after - before));
  const cells = [titled(task) + (hub ? ` with ${hub}` : ""), shown(before), shown(after), change];
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, link(byCode.get(language))),
    ...cells.map((text) => element("td", {}, text)),
    element("td", { class: `change ${verdict}` }, `${arrows[verdict]} ${verdict}`),
  );
}

// Real ones first, the largest of them first; speeds by what they gain in proportion.
function byCertainty(one, other) {
  const size = ({ before, after }) => Math.abs(after - before) / (Math.max(Math.abs(before), Math.abs(after), 1));
  return isReal(other) - isReal(one) || size(other) - size(one);
}

const settingsText = ({ program, data, limit, seed }) =>
  `Wordferry ${program}, at most ${shownNumber(limit)} vectors a language of ${data}, seed ${seed}`;
