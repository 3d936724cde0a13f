// Teams: what each covers of what it needs; and one team: its members, its factors, and each item with who holds it and
// what would close a gap soonest.
import { ask, type Query } from "./api.js";
import { el, scrollable, type Child } from "./dom.js";
import type { Framework, Named, TeamCounts, TeamCoverage, TeamItem, Teams } from "./types.js";
import { count, date, needsWords, percent, teamBadge } from "./words.js";

const nameOf = (list: Named[], id: string): string => list.find((x) => x.id === id)?.name ?? id;
const figures = (c: TeamCounts): HTMLElement[] => [
  el("td", {}, `${c.covered} of ${c.items} (${percent(c.covered, c.items)})`), el("td", {}, String(c.single_holder)), el("td", {}, String(c.expiring)),
  el("td", {}, String(c.gap))];
const heads = (...names: string[]): HTMLElement => el("thead", {}, el("tr", {}, ...names.map((name) => el("th", { scope: "col" }, name))));

export async function showTeams(view: HTMLElement, signal: AbortSignal): Promise<string> {
  view.replaceChildren(el("h1", {}, "Teams"));
  const answer = await ask<Teams>("teams", {}, signal);
  if (answer.teams.length === 0) {
    view.append(el("div", { class: "notice" }, el("h2", {}, "There are no teams yet"),
      el("p", {}, "An administrator writes down who is in a team, and puts it in force on the server:"),
      el("pre", {}, el("code", {}, "capbridge team publish team.json"))));
    return "There are no teams yet.";
  }
  const rows = answer.teams.map((t) => el("tr", {},
    el("th", { scope: "row" }, el("a", { href: `#/teams/${encodeURIComponent(t.id)}` }, t.name)),
    el("td", {}, count(t.members.in_team, "member"),
      t.members.left > 0 && el("span", { class: "detail" }, `${t.members.left} left`), t.members.unknown > 0 && el("span", { class: "detail" }, `${t.members.unknown} not known`)),
    ...figures(t.counts)));
  view.append(scrollable("Teams", el("table", { class: "plain" },
    el("caption", {}, `${count(answer.total, "team")}, as of `, date(answer.as_of)),
    heads("Team", "Members", "Items covered (share of items)", "By one member alone", `Run out within ${answer.days} days`, "Gaps"), el("tbody", {}, ...rows))));
  return `${count(answer.total, "team")}.`;
}

function soonest(item: TeamItem, names: Map<string, string>): Child[] {
  if (item.state !== "gap") return [item.covered_until ? el("span", {}, "Until ", date(item.covered_until)) : "No end in sight"];
  const ways = (item.closes ?? []).map((way) => {
    const how = [way.minutes ? `${way.minutes} min` : "", needsWords(way.needs), way.begun ? "begun" : ""].filter(Boolean).join(", ");
    return el("li", {}, `${names.get(way.person) ?? "A member"}: ${way.title} (${how})`);
  });
  if (ways.length > 0) return [el("ul", { class: "ways" }, ...ways)];
  if (item.closed_by === "learning") return ["There is learning, and no member who could take it"];
  return [item.closed_by === "attestation" ? "No learning gives it; an assessor may vouch for somebody" : "Nothing that is mapped or allowed gives it"];
}

function itemsTable(title: string, items: TeamItem[], names: Map<string, string>): HTMLElement {
  const rows = items.map((item) => el("tr", {},
    el("th", { scope: "row" }, item.title), el("td", {}, item.level[0]!.toUpperCase() + item.level.slice(1)),
    el("td", {}, teamBadge(item.state), item.missing ? el("span", { class: "detail" }, `${item.missing} more needed`) : null),
    el("td", {}, item.held_by === 0 ? "Nobody" : item.holders.map((id) => names.get(id) ?? "A member").join(", ") + (item.held_by > item.holders.length ? ` and ${item.held_by - item.holders.length} more` : "")),
    el("td", {}, ...soonest(item, names).map((child) => (typeof child === "string" ? child : (child as Node))))));
  return scrollable(title, el("table", { class: "plain team-items" }, el("caption", {}, title),
    heads("Item", "Level", "State", "Held by", "Until, or what closes it soonest"), el("tbody", {}, ...rows)));
}

export async function showTeam(view: HTMLElement, id: string, query: Query, signal: AbortSignal): Promise<string> {
  const back = el("p", { class: "back no-print" }, el("a", { href: "#/teams" }, "All teams"));
  view.replaceChildren(back, el("h1", {}, "Team"));
  const days = query["days"] ?? "";
  const [answer, framework] = await Promise.all([
    ask<TeamCoverage>(`teams/${encodeURIComponent(id)}`, { days }, signal), ask<Framework>("framework", {}, signal)]);
  const { team, counts } = answer;
  const form = el("form", { class: "filters", "aria-label": "How far ahead" },
    el("div", {}, el("label", { for: "team-days" }, "Tell what runs out within days"),
      el("input", { id: "team-days", name: "days", type: "number", min: "0", max: "3660", value: String(answer.days) })),
    el("div", { class: "actions" }, el("button", { type: "submit" }, "Show")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#/teams/${encodeURIComponent(id)}?days=${String(new FormData(form).get("days") ?? "")}`;
  });
  view.replaceChildren(back, el("h1", {}, team.name), form,
    el("dl", { class: "totals" },
      el("div", {}, el("dt", {}, "Items covered"), el("dd", {}, `${counts.covered} of ${counts.items} (${percent(counts.covered, counts.items)} of items)`)),
      el("div", {}, el("dt", {}, "By one member alone"), el("dd", {}, String(counts.single_holder))),
      el("div", {}, el("dt", {}, `Run out within ${answer.days} days`), el("dd", {}, String(counts.expiring))),
      el("div", {}, el("dt", {}, "Gaps"), el("dd", {}, String(counts.gap)))),
    el("p", {}, `Needed are the advanced items of ${team.archetypes.map((a) => nameOf(framework.archetypes, a)).join(", ") || "no archetype"}`,
      team.deployment ? `, and the product items of ${team.deployment}` : "", `. An item is covered when ${count(team.quorum, "member")} or more hold it.`),
    ...answer.problems.map((problem) => el("p", { class: "notice error" }, problem)));
  const names = new Map(answer.members.filter((m) => m.name).map((m) => [m.person, m.name!]));
  const states: Record<string, string> = { in_team: "In the team", left: "Has left", unknown: "Not known to the bridge" };
  view.append(scrollable("Members", el("table", { class: "plain" }, el("caption", {}, "Members"),
    heads("Name", "State", "Archetypes", "Items held"),
    el("tbody", {}, ...answer.members.map((m) => el("tr", {},
      el("th", { scope: "row" }, m.state === "unknown" ? m.person : el("a", { href: `#/people/${encodeURIComponent(m.person)}` }, m.name || "Without a name")),
      el("td", {}, states[m.state] ?? m.state, m.last_day ? el("span", { class: "detail" }, "last day ", date(m.last_day)) : null),
      el("td", {}, m.archetypes.map((a) => nameOf(framework.archetypes, a)).join(", ") || "None"), el("td", {}, String(m.holds))))))));
  view.append(scrollable("By factor", el("table", { class: "plain" }, el("caption", {}, "By factor"),
    heads("Factor", "Items covered (share of items)", "By one member alone", `Run out within ${answer.days} days`, "Gaps"),
    el("tbody", {}, ...answer.factors.map((f) => el("tr", {},
      el("th", { scope: "row" }, f.factor ? nameOf(framework.factors, f.factor) : `${nameOf(framework.groups, f.group ?? "")}, product`), ...figures(f)))))));
  // Gaps first: that is what a team comes for.
  const order = ["gap", "expiring", "single_holder", "covered"];
  const items = [...answer.items].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const titles: Record<string, string> = { gap: "Gaps", expiring: `Covered, and running out within ${answer.days} days`, single_holder: "Held by one member alone", covered: "Covered" };
  for (const state of order) {
    const these = items.filter((item) => item.state === state);
    if (these.length > 0) view.append(itemsTable(titles[state]!, these, names));
  }
  return `${team.name}: ${counts.covered} of ${counts.items} items covered.`;
}
