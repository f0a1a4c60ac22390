// The table of languages: a row each, a column a measure.

const columns = [
  {
    id: "rank",
    name: "Rank",
    about: "The range of places that all tasks together leave possible",
    value: ({ overall }) => overall?.place,
    rising: true,
    cell: ({ overall }) => [element("span", { class: "rank" }, overall ? shownRanks(overall.rank) : "–")],
  },
  { id: "name", name: "Language", value: (language) => folded(language.name), rising: true, head: true, cell: nameCell },
  { id: "script", name: "Script", value: ({ script }) => script || undefined, rising: true, cell: ({ script }) => [script] },
  { id: "family", name: "Family", value: ({ family }) => family || undefined, rising: true, cell: ({ family }) => [family] },
  {
    id: "tasks",
    name: "Tasks",
    about: "How many tasks the points rest on",
    value: ({ overall }) => overall?.n_tasks,
    cell: ({ overall }) => [`${overall?.n_tasks ?? 0}`],
  },
  ...measures.map((measure) => ({
    id: measure.id,
    name: measure.name,
    about: titled(measure.about) + (measure.hub ? `; with ${measure.hub}` : ""),
    value: (language) => measure.find(language)?.score,
    cell: (language) => scoreCell(measure, language),
    measure,
  })),
];

function nameCell(language) {
  return [link(language), " ", element("span", { class: "code" }, language.code), ownName(language)];
}

function scoreCell(measure, language) {
  const found = measure.find(language);
  if (!found) return [noNumber(measure.missing(language))];
  return [element("span", { class: "score" }, changeMark(measure, language), measure.shown(found.score)), bar(measure, found)];
}

// Sorted by a column. What has no value comes last, whichever way.
function sorted(list, { sort, reversed }) {
  const column = columns.find(({ id }) => id === sort) ?? columns[0];
  const direction = (column.rising ? 1 : -1) * (reversed ? -1 : 1);
  return list
    .map((language) => [column.value(language), language])
    .sort(([a, one], [b, other]) => {
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined) || byPlace(one, other);
      return direction * (a < b ? -1 : a > b ? 1 : 0) || byPlace(one, other);
    })
    .map(([, language]) => language);
}

const places = new Map(languages.map((language, place) => [language, place]));
const byPlace = (one, other) => places.get(one) - places.get(other);

const rowNodes = new Map();

// A language's row, made once.
function rowNode(language) {
  if (!rowNodes.has(language)) {
    const cells = columns.map((column) =>
      element(
        column.head ? "th" : "td",
        {
          class: column.measure ? "number" : `is-${column.id}`,
          scope: column.head && "row",
          tabindex: column.head ? undefined : "-1",
          "data-tip": column.measure && described(column.measure, language),
        },
        ...column.cell(language),
      ),
    );
    rowNodes.set(language, element("tr", {}, ...cells));
  }
  return rowNodes.get(language);
}

function headNode(column) {
  const isSorted = column.id === state.sort;
  const rising = Boolean(column.rising) !== state.reversed;
  const button = element(
    "button",
    { type: "button", "data-tip": column.about },
    column.name,
    element("span", { class: "arrow", "aria-hidden": "true" }, isSorted ? (rising ? "▲" : "▼") : ""),
  );
  button.addEventListener("click", () => {
    go({ sort: column.id, reversed: isSorted ? !state.reversed : false }, "quietly");
    document.querySelector(`th[data-column="${column.id}"] button`)?.focus();
  });
  return element(
    "th",
    {
      scope: "col",
      class: column.measure ? "number" : `is-${column.id}`,
      "data-column": column.id,
      "aria-sort": isSorted ? (rising ? "ascending" : "descending") : "none",
    },
    button,
  );
}

function tableView(list) {
  const body = element("tbody", {}, ...sorted(list, state).map(rowNode));
  body.addEventListener("keydown", moveByArrow);
  // One cell is where the tab key arrives; arrows go on from there.
  body.querySelectorAll("[tabindex='0']").forEach((cell) => (cell.tabIndex = -1));
  body.querySelector("td")?.setAttribute("tabindex", "0");
  const table = element(
    "table",
    { class: "languages" },
    element("caption", {}, "Languages, their ranks and scores"),
    element("thead", {}, element("tr", {}, ...columns.map(headNode))),
    body,
  );
  return [element("div", { class: "panel" }, table), list.length === 0 && nothingFound()];
}

const nothingFound = () => element("p", { class: "notice" }, "No language is like that. Clear the filters to see all.");

function moveByArrow(event) {
  const cell = event.target.closest("td, th");
  const row = cell.parentNode;
  const column = [...row.cells].indexOf(cell);
  const next = {
    ArrowLeft: () => row.cells[column - 1],
    ArrowRight: () => row.cells[column + 1],
    ArrowUp: () => row.previousElementSibling?.cells[column],
    ArrowDown: () => row.nextElementSibling?.cells[column],
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  (next.querySelector("a") ?? next).focus();
}
