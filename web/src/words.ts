// How codes and figures read. A state always has a word and a symbol, so that no colour has to be seen.
import { el } from "./dom.js";
import type { Cell, Status } from "./types.js";

const statuses: Record<Status, { symbol: string; word: string }> = {
  green: { symbol: "✔", word: "Met" },
  amber: { symbol: "◐", word: "Partly met" },
  red: { symbol: "✖", word: "Gap" },
  none: { symbol: "–", word: "No people" },
};

// What people are to hold together is covered, or not; what is asked of each is met, or not.
const together: Partial<Record<Status, string>> = { green: "Covered", amber: "Partly covered" };

export function statusBadge(status: Status, collective = false): HTMLElement {
  const { symbol } = statuses[status];
  const word = (collective && together[status]) || statuses[status].word;
  return el("span", { class: `badge ${status}` }, el("span", { "aria-hidden": "true" }, symbol), " ", word);
}

const attainments: Record<string, { symbol: string; word: string; status: Status }> = {
  met: { symbol: "✔", word: "Met", status: "green" },
  expiring: { symbol: "◐", word: "Met, runs out soon", status: "amber" },
  in_progress: { symbol: "…", word: "Begun", status: "amber" },
  expired: { symbol: "✖", word: "Run out", status: "red" },
  contradicted: { symbol: "✖", word: "Failed since", status: "red" },
  revoked: { symbol: "✖", word: "Taken back", status: "red" },
  none: { symbol: "✖", word: "Not met", status: "red" },
};

export function attainmentBadge(attainment: string, demand: string): HTMLElement {
  if (demand === "not_demanded" && attainment === "none") {
    return el("span", { class: "badge none" }, el("span", { "aria-hidden": "true" }, "–"), " Not asked");
  }
  const known = attainments[attainment] ?? { symbol: "?", word: attainment, status: "none" as Status };
  return el("span", { class: `badge ${known.status}` }, el("span", { "aria-hidden": "true" }, known.symbol), " ", known.word);
}

const teamStates: Record<string, { symbol: string; word: string; status: Status }> = {
  covered: { symbol: "✔", word: "Covered", status: "green" },
  single_holder: { symbol: "◐", word: "One member alone", status: "amber" },
  expiring: { symbol: "◐", word: "Runs out soon", status: "amber" },
  gap: { symbol: "✖", word: "Gap", status: "red" },
};

export function teamBadge(state: string): HTMLElement {
  const known = teamStates[state] ?? { symbol: "?", word: state, status: "none" as Status };
  return el("span", { class: `badge ${known.status}` }, el("span", { "aria-hidden": "true" }, known.symbol), " ", known.word);
}

const reasons: Record<string, string> = {
  met_direct: "Met by learning mapped to the item",
  met_implied: "Met by a higher level of the same topic",
  met_equivalent: "Met by the same item in another table",
  met_attested: "Met: an assessor vouches for it",
  no_learning_exists: "Not met: no mapped learning could give it",
  not_attempted: "Not met: learning exists and was not taken up",
  in_progress: "Not met: begun, failed or scored too low",
  capped: "Not met: evidence of a kind that may not claim the level",
  expired: "Not met: it has run out",
  contradicted: "Not met: met once, then failed",
  revoked: "Not met: what gave it was voided",
  unmapped_only: "Not met: learning on record, none of it mapped",
  identity_unresolved: "Not met: identity in question",
  source_stale: "Not met: the source has not been read lately",
  held_not_demanded: "Held, though not asked",
};

export function reasonWords(code: string): string {
  return reasons[code] ?? code.replaceAll("_", " ");
}

const needs: Record<string, string> = {
  completed: "complete it", passed: "pass it", observed: "be observed", attested: "be vouched for", self: "declare it",
};
export function needsWords(code: string): string {
  return needs[code] ?? code;
}

export const required = (cell: Cell): number => cell.kind_split.knowledge.required + cell.kind_split.skill.required;
export const met = (cell: Cell): number => cell.kind_split.knowledge.met + cell.kind_split.skill.met;

// Whole percents, but never 100 % or 0 % for what is not all or nothing.
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const exact = (100 * part) / whole;
  if (part > 0 && exact < 1) return "<1%";
  if (part < whole && exact > 99) return "99%";
  return `${Math.round(exact)}%`;
}

export function count(n: number, one: string, many = one + "s"): string {
  return `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;
}

// The server's messages as sentences of a page.
export function sentence(text: string): string {
  const whole = /[.!?]$/.test(text) ? text : text + ".";
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

export function date(day: string): HTMLElement {
  const read = new Date(day + "T00:00:00Z");
  const text = Number.isNaN(read.getTime())
    ? day
    : read.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return el("time", { datetime: day }, text);
}
