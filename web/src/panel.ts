// The panel: one dialog for every "why". The browser keeps focus inside it and gives it back when it closes.
import { ask, type Query } from "./api.js";
import { byId, el, type Child } from "./dom.js";
import type { Cell, Explanation, Missing } from "./types.js";
import { count, date, met, needsWords, percent, reasonWords, required, sentence, statusBadge } from "./words.js";

let asked: AbortController | null = null;

function open(title: string, ...children: Child[]): HTMLElement {
  asked?.abort();
  const heading = byId("panel-title");
  heading.textContent = title;
  const body = byId("panel-body");
  body.replaceChildren();
  for (const child of children) if (child instanceof Node || typeof child === "string") body.append(child);
  const dialog = byId<HTMLDialogElement>("panel");
  if (!dialog.open) dialog.showModal();
  heading.focus();
  return body;
}

function reasonsTable(cell: Cell): HTMLElement {
  const total = required(cell);
  const rows = Object.entries(cell.reasons)
    .sort((a, b) => b[1] - a[1])
    .map(([code, n]) => el("tr", {}, el("th", { scope: "row" }, reasonWords(code)), el("td", {}, n.toLocaleString("en-GB")), el("td", {}, percent(n, total))));
  return el("table", { class: "plain" },
    el("caption", {}, "Why: each case is one person and one item"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Reason"), el("th", { scope: "col" }, "Cases"), el("th", { scope: "col" }, "Share of cases"))),
    el("tbody", {}, ...rows),
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row" }, "All cases"), el("td", {}, total.toLocaleString("en-GB")), el("td", {}, percent(total, total)))));
}

function learningList(missing: Missing): HTMLElement {
  const items = missing.would_be_given_by.map((l) => {
    const how = [l.minutes ? `${l.minutes} min` : "", needsWords(l.needs), l.min_score !== null ? `score at least ${Math.round(l.min_score * 100)}%` : ""];
    return el("li", {}, `${l.title} (${how.filter(Boolean).join(", ")})`);
  });
  return el("li", {}, missing.needs, items.length > 0 && el("ul", {}, ...items));
}

async function addExplanation(into: HTMLElement, path: string, query: Query): Promise<void> {
  const place = el("div", {}, el("p", { role: "status" }, "Loading the explanation…"));
  into.append(place);
  asked = new AbortController();
  try {
    const answer = await ask<Explanation>(path, query, asked.signal);
    place.replaceChildren(el("h3", {}, "How it comes about"), el("ol", { class: "steps" }, ...answer.steps.map((s) => el("li", {}, s.says))));
    if (answer.missing.length > 0) {
      // Of a cell that is green already nothing is wanting; what is listed is what more people could learn.
      place.append(el("h3", {}, answer.verdict === "green" ? "What more people could learn" : "What would help"), el("ul", { class: "missing" }, ...answer.missing.map(learningList)));
    }
  } catch (error) {
    if (error instanceof DOMException) return; // another panel was opened
    const words = error instanceof Error ? error.message : "Something went wrong.";
    place.replaceChildren(el("p", { class: "notice error", role: "alert" }, `The explanation cannot be shown. ${sentence(words)}`));
  }
}

export interface CellPlace { title: string; people: number; collective: boolean; explain: Query }

export function showCell(cell: Cell, place: CellPlace): void {
  const total = required(cell), whole = total.toLocaleString("en-GB");
  const figures = el("dl", { class: "figures" }, el("dt", {}, "Status"), el("dd", {}, statusBadge(cell.status, place.collective)));
  const add = (name: string, value: Node | string): void => figures.append(el("dt", {}, name), el("dd", {}, value));
  if (total > 0) {
    add("Cases met", `${met(cell).toLocaleString("en-GB")} of ${whole} (${percent(met(cell), total)} of people × items)`);
    for (const [name, split] of [["Knowledge", cell.kind_split.knowledge], ["Skill", cell.kind_split.skill]] as const) {
      if (split.required > 0) add(name, `${split.met.toLocaleString("en-GB")} of ${split.required.toLocaleString("en-GB")} cases met` + (split.expiring > 0 ? `, ${split.expiring.toLocaleString("en-GB")} run out soon` : "") + (split.expired > 0 ? `; ${split.expired.toLocaleString("en-GB")} have run out` : ""));
    }
    add("People complete", `${cell.people_complete} of ${place.people} (${percent(cell.people_complete, place.people)} of people)`);
    add("Items held by somebody", `${cell.items_held} of ${cell.items_total} (${percent(cell.items_held, cell.items_total)} of items)`);
  } else {
    add("Items", String(cell.items_total));
  }
  if (cell.items_covered_by_teams !== null) {
    add("Covered by teams", `${cell.items_covered_by_teams} of ${cell.items_needed_by_teams ?? 0} items that a team needs are held by enough members of a team; ${cell.items_lacking_in_teams ?? 0} are lacking in one`);
  }
  if (cell.optional.asked > 0) add("Optional, beside", `${cell.optional.met.toLocaleString("en-GB")} of ${cell.optional.asked.toLocaleString("en-GB")} cases met`);
  if (cell.waived > 0) add("Waived, beside", count(cell.waived, "case"));
  if (cell.ceiling !== null) add("Within reach today", `${percent(Math.round(cell.ceiling * 1000), 1000)} of items could be met by learning that is mapped`);
  if (total > 0) add("Next expiry", cell.next_expiry ? date(cell.next_expiry) : "None");
  const rule = place.collective
    ? "These items are to be met by the people together: the status counts an item as met when somebody holds it."
    : "Each item is asked of each person.";
  const body = open(place.title, el("p", {}, rule), figures, total > 0 && reasonsTable(cell));
  void addExplanation(body, "explain", place.explain);
}

export function showItem(title: string, person: string, query: Query): void {
  const body = open(title);
  void addExplanation(body, `people/${encodeURIComponent(person)}/explain`, query);
}
