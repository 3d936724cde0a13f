// People: a search, and one person's record with a "why" for each item.
import { ask, type Query } from "./api.js";
import { el, hidden, scrollable, type Child } from "./dom.js";
import { showItem } from "./panel.js";
import type { Framework, Named, People, Person, PersonRecord, RecordItem } from "./types.js";
import { attainmentBadge, count, date, percent, reasonWords } from "./words.js";

const pageSize = 50;

const nameOf = (list: Named[], id: string): string => list.find((x) => x.id === id)?.name ?? id;

function archetypesOf(person: Person, framework: Framework): string {
  const told = person.archetypes.filter((a) => a.state !== "rejected")
    .map((a) => nameOf(framework.archetypes, a.archetype) + (a.state === "proposed" ? " (proposed)" : ""));
  return told.join(", ") || "None";
}

const link = (query: Query): string => "#/people?" + new URLSearchParams(query).toString();

export async function showPeople(view: HTMLElement, query: Query, signal: AbortSignal): Promise<string> {
  const form = el("form", { class: "filters", role: "search", "aria-label": "Find people" },
    el("div", {}, el("label", { for: "people-q" }, "Name or number"), el("input", { id: "people-q", name: "q", value: query["q"] ?? "", autocomplete: "off" })),
    el("div", { class: "check" }, el("input", { id: "people-unassigned", type: "checkbox", name: "unassigned", value: "true", checked: query["unassigned"] === "true" }),
      el("label", { for: "people-unassigned" }, "Only without a confirmed archetype")),
    el("div", { class: "actions" }, el("button", { type: "submit" }, "Find")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = [...new FormData(form)].map(([key, value]) => [key, String(value)]).filter(([, value]) => value !== "");
    location.hash = link(Object.fromEntries(chosen) as Query);
  });
  view.replaceChildren(el("h1", {}, "People"), form);
  const offset = Number(query["offset"] ?? 0);
  const [answer, framework] = await Promise.all([
    ask<People>("people", { ...query, limit: String(pageSize) }, signal), ask<Framework>("framework", {}, signal)]);
  if (answer.people.length === 0) {
    view.append(el("p", { class: "notice" }, "Nobody is found. Try part of a name, an employee number or an e-mail address."));
    return "Nobody is found.";
  }
  const rows = answer.people.map((p) => el("tr", {},
    el("th", { scope: "row" }, el("a", { href: `#/people/${encodeURIComponent(p.id)}` }, p.name || "Without a name")),
    el("td", {}, p.employments.map((e) => e.unit).filter(Boolean).join(", ")),
    el("td", {}, p.employments.map((e) => e.job_role || e.staff_group).filter(Boolean).join(", ")),
    el("td", {}, archetypesOf(p, framework))));
  const last = answer.offset + answer.people.length;
  view.append(
    scrollable("People found", el("table", { class: "plain" },
      el("caption", {}, `${count(answer.total, "person", "people")} found, shown ${answer.offset + 1} to ${last}`),
      el("thead", {}, el("tr", {}, ...["Name", "Unit", "Job role", "Archetypes"].map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, ...rows))),
    el("p", { class: "pages" },
      offset > 0 && el("a", { href: link({ ...query, offset: String(Math.max(0, offset - pageSize)) }) }, "Previous page"), " ",
      last < answer.total && el("a", { href: link({ ...query, offset: String(last) }) }, "Next page")));
  return `${count(answer.total, "person", "people")} found.`;
}

// What stands beside the state and does not change it: that it is not asked, or not needed, and what the person says.
function beside(item: RecordItem): HTMLElement | null {
  const lines: Child[] = [];
  if (item.override !== "none") {
    const { why, until } = item.overridden ?? { why: null, until: null };
    lines.push(el("span", { class: "detail" }, item.override === "waived" ? "Waived" : "Not applicable", why ? `: ${why}` : "", until ? ", until " : "", until ? date(until) : ""));
  }
  if (item.demand === "optional") lines.push(el("span", { class: "detail" }, "Optional"));
  if (item.evidence.some((e) => e.kind === "self")) lines.push(el("span", { class: "detail" }, "Says so themselves (does not count)"));
  return lines.length > 0 ? el("span", {}, ...lines) : null;
}

function itemsTable(title: string, items: RecordItem[], person: Person): HTMLElement {
  const rows = items.map((item) => {
    const why = el("button", { type: "button", class: "quiet", "aria-haspopup": "dialog" }, "Why?", hidden(` ${item.title}, ${item.level ?? ""}`));
    why.addEventListener("click", () => showItem(item.title, person.id, { requirement: item.requirement, context: item.context ?? "" }));
    return el("tr", {},
      el("th", { scope: "row" }, item.title), el("td", {}, item.level ? item.level[0]!.toUpperCase() + item.level.slice(1) : "Lost in the source"),
      el("td", {}, attainmentBadge(item.attainment, item.override === "none" ? item.demand : "not_demanded"), beside(item)), el("td", {}, reasonWords(item.reason)),
      el("td", {}, item.valid_to ? date(item.valid_to) : "–"), el("td", { class: "no-print" }, why));
  });
  return scrollable(title, el("table", { class: "plain items" }, el("caption", {}, title),
    el("thead", {}, el("tr", {}, ...["Item", "Level", "State", "Reason", "Valid to"].map((h) => el("th", { scope: "col" }, h)), el("td", { class: "no-print" }))),
    el("tbody", {}, ...rows)));
}

export async function showPerson(view: HTMLElement, id: string, signal: AbortSignal): Promise<string> {
  const path = `people/${encodeURIComponent(id)}`;
  const back = el("p", { class: "back no-print" }, el("a", { href: "#/people" }, "All people"));
  view.replaceChildren(back, el("h1", {}, "Person")); // whatever was shown before goes, also when the answer is an error
  const [person, record, framework] = await Promise.all([
    ask<Person>(path, {}, signal), ask<PersonRecord>(path + "/record", {}, signal), ask<Framework>("framework", {}, signal)]);
  view.replaceChildren(
    back,
    el("h1", {}, person.name || "Without a name"),
    el("dl", { class: "figures" },
      el("dt", {}, "Works in"), el("dd", {}, person.employments.map((e) => [e.unit, e.job_role].filter(Boolean).join(", ")).join("; ") || "No employment on record"),
      el("dt", {}, "Archetypes"), el("dd", {}, archetypesOf(person, framework)),
      el("dt", {}, "Foundation"), el("dd", {}, record.foundation ? `${record.foundation.met} of ${record.foundation.required} items met (${percent(record.foundation.met, record.foundation.required)} of items)` : "Nothing is asked"),
      el("dt", {}, "As of"), el("dd", {}, date(record.as_of))));
  for (const part of record.factors) {
    const who = part.archetype ? nameOf(framework.archetypes, part.archetype) : "Foundation";
    const ahead = part.ahead_of_foundation ? " (ahead of the foundation)" : "";
    view.append(itemsTable(`${who}: ${nameOf(framework.factors, part.factor ?? "")}${ahead}`, part.items, person));
  }
  for (const product of record.products) {
    for (const part of product.groups) {
      view.append(itemsTable(`${product.product} ${product.version}, ${product.unit}: ${nameOf(framework.groups, part.group ?? "")}`, part.items, person));
    }
  }
  if (record.held.length > 0) view.append(itemsTable("Held, though not asked", record.held, person));
  return `Record of ${person.name || "a person"}.`;
}
