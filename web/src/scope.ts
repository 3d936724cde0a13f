// The filters of the matrix: whose figures are shown. What can be chosen is asked for apart, so that they work without it.
import { ask, type Query } from "./api.js";
import { el } from "./dom.js";
import type { People, ProductRow, Teams, Units } from "./types.js";

const texts = { unit: "Unit", staff_group: "Staff group", job_role: "Job role" } as const;
const textNames = Object.keys(texts) as (keyof typeof texts)[];

// Something but the day narrows the scope.
export function narrowing(scope: Query): boolean {
  return [...textNames, "team", "deployment"].some((name) => scope[name]);
}

export interface ScopeFilters {
  form: HTMLFormElement;
  fill(signal: AbortSignal): Promise<void>;
  deployments(products: ProductRow[]): void;
}

function select(name: string, chosen: string, options: [value: string, text: string][]): HTMLSelectElement {
  if (chosen !== "" && !options.some(([value]) => value === chosen)) options = [[chosen, chosen], ...options];
  const box = el("select", { id: `filter-${name}`, name }, el("option", { value: "" }, "All"),
    ...options.map(([value, text]) => el("option", { value }, text)));
  box.value = chosen;
  return box;
}

export function scopeFilters(scope: Query): ScopeFilters {
  const form = el("form", { class: "filters", role: "search", "aria-label": "Filter the matrix" });
  for (const name of textNames) {
    form.append(el("div", {}, el("label", { for: `filter-${name}` }, texts[name]),
      el("input", { id: `filter-${name}`, name, list: `list-${name}`, value: scope[name] ?? "", autocomplete: "off" }),
      el("datalist", { id: `list-${name}` })));
  }
  // Shown once there is something to choose; until then they keep what the address says.
  const choice = (name: string, label: string): ((options: [string, string][]) => void) => {
    const chosen = scope[name] ?? "";
    const place = el("div", { hidden: chosen === "" }, el("label", { for: `filter-${name}` }, label), select(name, chosen, []));
    form.append(place);
    return (options) => {
      place.hidden = options.length === 0 && chosen === "";
      place.lastElementChild?.replaceWith(select(name, chosen, options));
    };
  };
  const teams = choice("team", "Team"), deployments = choice("deployment", "Deployment");
  const day = el("div", {}, el("label", { for: "filter-as_of" }, "As of"), el("input", { id: "filter-as_of", name: "as_of", type: "date", value: scope["as_of"] ?? "" }));
  const only = el("div", { class: "check", hidden: scope["descendants"] !== "false" },
    el("input", { id: "filter-descendants", type: "checkbox", name: "descendants", value: "false", checked: scope["descendants"] === "false" }),
    el("label", { for: "filter-descendants" }, "Without the units below"));
  form.append(day, only,
    el("div", { class: "actions" }, el("button", { type: "submit" }, "Show"), Object.keys(scope).length > 0 && el("a", { href: "#/matrix" }, "Clear")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = [...new FormData(form)].map(([key, value]) => [key, String(value).trim()]).filter(([, value]) => value !== "");
    location.hash = "#/matrix" + (chosen.length > 0 ? "?" + new URLSearchParams(chosen).toString() : "");
  });

  async function fillTexts(signal: AbortSignal): Promise<void> {
    const { people } = await ask<People>("people", { limit: "1000" }, signal);
    for (const name of textNames) {
      const values = new Set(people.flatMap((p) => p.employments.map((e) => e[name])).filter((value) => value !== ""));
      document.getElementById(`list-${name}`)?.replaceChildren(...[...values].sort().map((value) => el("option", { value })));
    }
  }
  // Where sources tell of the tree of units it is chosen from; each stands below the one it belongs to.
  async function fillUnits(signal: AbortSignal): Promise<void> {
    const { units } = await ask<Units>("units", {}, signal);
    if (units.length === 0) return;
    const typed = form.querySelector<HTMLInputElement>("#filter-unit");
    if (!typed || document.activeElement === typed) return; // somebody is typing already
    const box = select("unit", typed.value, units.map((u) => [u.name, "\u00a0\u00a0".repeat(u.depth) + u.name]));
    typed.parentElement?.replaceChildren(el("label", { for: "filter-unit" }, texts.unit), box);
    only.hidden = false;
  }
  async function fillTeams(signal: AbortSignal): Promise<void> {
    const answer = await ask<Teams>("teams", {}, signal);
    teams(answer.teams.map((t) => [t.id, t.name]));
  }
  return {
    form,
    fill: async (signal) => {
      await Promise.allSettled([fillTexts(signal), fillUnits(signal), fillTeams(signal)]);
    },
    deployments: (products) => deployments(products.map((p) => [p.deployment, `${p.product} ${p.version}, ${p.unit}`])),
  };
}
