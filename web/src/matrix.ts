// The matrix page: filters, totals, and one table each for the archetypes, the foundation and the products.
import { address, ask, type Query } from "./api.js";
import { byId, el, hidden, scrollable } from "./dom.js";
import { showCell, type CellPlace } from "./panel.js";
import { narrowing, scopeFilters } from "./scope.js";
import type { Cell, Framework, Matrix, Named } from "./types.js";
import { count, date, met, percent, required, statusBadge } from "./words.js";

function cellContent(cell: Cell | undefined, place: CellPlace): HTMLElement {
  if (!cell || !cell.applicable || cell.items_total === 0) {
    return el("td", { class: "not-applicable" }, el("span", { "aria-hidden": "true" }, "·"), hidden(cell?.applicable ? "No items" : "Does not apply"));
  }
  const total = required(cell);
  const button = el("button", { type: "button", class: `cell ${cell.status}`, "aria-haspopup": "dialog" },
    statusBadge(cell.status, place.collective),
    total > 0 && el("span", { class: "figure" }, `${met(cell).toLocaleString("en-GB")} / ${total.toLocaleString("en-GB")} `, el("span", { class: "share" }, `(${percent(met(cell), total)})`)),
    total > 0 && el("span", { class: "detail" }, `${cell.people_complete.toLocaleString("en-GB")} of ${place.people.toLocaleString("en-GB")} complete`),
    el("span", { class: "detail" }, total > 0 && place.collective ? `${cell.items_held} of ${count(cell.items_total, "item")} held` : count(cell.items_total, "item")),
    cell.items_covered_by_teams !== null && el("span", { class: "detail" }, `teams cover ${cell.items_covered_by_teams} of ${cell.items_needed_by_teams ?? 0}`),
    cell.next_expiry && el("span", { class: "detail" }, "next expiry ", date(cell.next_expiry)));
  button.addEventListener("click", () => showCell(cell, place));
  return el("td", {}, button);
}

type Factor = Framework["factors"][number];

// One row for each factor, a body for each group of them under the group's name: there are few columns then, and they
// fit the page. A factor without a group has a body of its own.
function factorBodies(factors: Factor[], groups: Named[], columns: number, row: (factor: Factor) => HTMLElement[]): HTMLElement[] {
  const bodies: HTMLElement[] = [];
  for (let i = 0; i < factors.length;) {
    const group = factors[i]!.group;
    let end = i + 1;
    while (group !== null && factors[end]?.group === group) ++end;
    const name = groups.find((g) => g.id === group)?.name ?? group;
    bodies.push(el("tbody", {},
      name !== null && el("tr", { class: "group" }, el("th", { scope: "rowgroup", colspan: columns + 1 }, el("span", {}, name))),
      ...factors.slice(i, end).map((factor) => el("tr", {}, el("th", { scope: "row" }, factor.name), ...row(factor)))));
    i = end;
  }
  return bodies;
}

function archetypeTable(matrix: Matrix, framework: Framework, scope: Query): HTMLElement {
  const heads = matrix.rows.map((row) => el("th", { scope: "col" }, row.name, el("span", { class: "detail" }, count(row.people, "person", "people")),
    row.proposed > 0 && el("span", { class: "detail" }, `${row.proposed.toLocaleString("en-GB")} proposed`),
    row.foundation.people_ahead > 0 && el("span", { class: "detail" }, `${row.foundation.people_ahead.toLocaleString("en-GB")} ahead of their foundation`),
    row.teams > 0 && el("span", { class: "detail" }, count(row.teams, "team"))));
  const bodies = factorBodies(framework.factors, framework.groups, matrix.rows.length, (factor) => matrix.rows.map((row) =>
    cellContent(row.cells.find((c) => c.factor === factor.id), {
      title: `${row.name}: ${factor.name}`, people: row.people, collective: true,
      explain: { ...scope, archetype: row.archetype, factor: factor.id },
    })));
  return scrollable("Advanced capabilities by factor and archetype", el("table", { class: "matrix" },
    el("caption", {}, el("strong", {}, "Advanced capabilities by archetype"),
      " Each figure is met / required, and its share: of the people of the archetype times the items of the factor. “Complete” counts people who meet every item, “held” counts items that somebody meets, “teams cover” items that enough members of a team hold. Who meets advanced items before the foundation is complete is ahead of it; that counts. The status asks whether the people together cover every item."),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, "Factor"), ...heads)), ...bodies));
}

function foundationTable(matrix: Matrix, framework: Framework, scope: Query): HTMLElement {
  const { people, cells } = matrix.foundation;
  const factors = framework.factors.filter((f) => cells.some((c) => c.factor === f.id));
  const bodies = factorBodies(factors, framework.groups, 1, (factor) => [cellContent(cells.find((c) => c.factor === factor.id), {
    title: `Everyone: ${factor.name}`, people, collective: false, explain: { ...scope, factor: factor.id },
  })]);
  return scrollable("Foundation by factor", el("table", { class: "matrix list" },
    el("caption", {}, el("strong", {}, "Foundation"),
      " Asked of everyone in scope. Each figure is met / required, and its share: of all people in scope times the items of the factor. “Complete” counts people who meet every item."),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, "Factor"), el("th", { scope: "col" }, "Everyone", el("span", { class: "detail" }, count(people, "person", "people"))))),
    ...bodies));
}

function productTable(matrix: Matrix, framework: Framework, scope: Query): HTMLElement {
  const groups = framework.groups.filter((g) => matrix.products.some((p) => p.cells.some((c) => c.group === g.id)));
  const body = matrix.products.map((p) => el("tr", {},
    el("th", { scope: "row" }, `${p.product} ${p.version}`, el("span", { class: "detail" }, p.unit), el("span", { class: "detail" }, count(p.people, "user"))),
    ...groups.map((group) => cellContent(p.cells.find((c) => c.group === group.id), {
      title: `${p.product} ${p.version}, ${p.unit}: ${group.name}`, people: p.people, collective: false,
      explain: { ...scope, context: p.deployment, group: group.id },
    }))));
  return scrollable("Products in use", el("table", { class: "matrix" },
    el("caption", {}, el("strong", {}, "Products in use"),
      " Asked of each User who works where the product is in use. Each figure is met / required, and its share: of those users times the items of the group. “Complete” counts users who meet every item."),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, "Product"), ...groups.map((g) => el("th", { scope: "col" }, g.name)))),
    el("tbody", {}, ...body)));
}

function emptyState(filtered: boolean): HTMLElement {
  if (filtered) {
    return el("div", { class: "notice" }, el("h2", {}, "Nobody fits these filters"), el("p", {}, "Take a filter away, or ", el("a", { href: "#/matrix" }, "show everyone"), "."));
  }
  return el("div", { class: "notice" }, el("h2", {}, "There are no people yet"),
    el("p", {}, "An administrator imports them on the server, and then proposes archetypes:"),
    el("pre", {}, el("code", {}, "capbridge people import people.csv --issuer TRUST\ncapbridge assign propose --rules rules.json")));
}

export async function showMatrix(view: HTMLElement, scope: Query, signal: AbortSignal): Promise<string> {
  const filters = scopeFilters(scope);
  view.replaceChildren(el("h1", {}, "Capability matrix"), filters.form);
  filters.fill(signal).catch(() => undefined); // what can be chosen; the filters work without it
  const [matrix, framework] = await Promise.all([ask<Matrix>("matrix", scope, signal), ask<Framework>("framework", {}, signal)]);
  byId("organisation").textContent = matrix.scope.organisation ?? "";
  filters.deployments(matrix.products);
  const narrowed = narrowing(scope);
  if (matrix.people === 0) {
    view.append(emptyState(narrowed));
    return narrowed ? "Nobody fits these filters." : "There are no people yet.";
  }
  view.append(
    el("dl", { class: "totals" },
      el("div", {}, el("dt", {}, "People in scope"), el("dd", {}, matrix.people.toLocaleString("en-GB"))),
      el("div", {}, el("dt", {}, "Without a confirmed archetype"), el("dd", {}, `${matrix.unassigned.toLocaleString("en-GB")} (${percent(matrix.unassigned, matrix.people)} of people)`)),
      el("div", {}, el("dt", {}, "Of those, with one proposed"), el("dd", {}, matrix.proposed.toLocaleString("en-GB")))),
    matrix.unassigned === matrix.people
      ? el("p", { class: "notice" }, "Nobody has a confirmed archetype yet, so only the foundation is counted. Managers confirm what ", el("code", {}, "capbridge assign propose"), " suggests.")
      : "",
    el("ul", { class: "legend", "aria-label": "Statuses" },
      el("li", {}, statusBadge("green", true), " somebody holds every item"),
      el("li", {}, statusBadge("green"), " each person meets every item"),
      el("li", {}, statusBadge("amber", true), " ", statusBadge("amber"), " at least half, or something runs out soon"),
      el("li", {}, statusBadge("red"), " less than half"), el("li", {}, statusBadge("none"), " nobody is asked")),
    archetypeTable(matrix, framework, scope),
    foundationTable(matrix, framework, scope),
    matrix.products.length > 0 ? productTable(matrix, framework, scope) : "",
    el("p", { class: "provenance" }, "As of ", date(matrix.as_of), `. Framework ${matrix.framework.id} ${matrix.framework.version}. Journal read up to entry ${matrix.watermark.toLocaleString("en-GB")}. `,
      el("a", { href: address("matrix", { ...scope, format: "csv" }), download: "matrix.csv", class: "no-print" }, "Download CSV")));
  return `Matrix of ${count(matrix.people, "person", "people")}.`;
}
