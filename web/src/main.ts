// Which page is shown follows from the address after #, so that a view can be kept as a bookmark:
// #/matrix?unit=…, #/people?q=…, #/people/ID, #/teams, #/teams/ID.
import { ApiError, type Query } from "./api.js";
import { byId, el } from "./dom.js";
import { showMatrix } from "./matrix.js";
import { showPeople, showPerson } from "./people.js";
import { showTeam, showTeams } from "./teams.js";
import { sentence } from "./words.js";

let showing = new AbortController();

function route(): { path: string[]; query: Query } {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean), query: Object.fromEntries(new URLSearchParams(query)) };
}

const pages = {
  matrix: { title: "Capability matrix", all: "Show the whole matrix" },
  people: { title: "People", all: "Show all people" },
  teams: { title: "Teams", all: "Show all teams" },
};
type Page = keyof typeof pages;

// What to do about it. What is not there will not come by asking again.
function wayOut(error: unknown, page: Page): HTMLElement {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 401) return el("p", {}, el("a", { href: "./" }, "Go to the sign-in page"));
  if (status === 400 || status === 404) {
    return el("p", {}, el("a", { href: `#/${page}` }, pages[page].all));
  }
  const again = el("button", { type: "button" }, "Try again");
  again.addEventListener("click", () => void show());
  return again;
}

async function show(): Promise<void> {
  showing.abort();
  showing = new AbortController();
  const { signal } = showing;
  const { path, query } = route();
  const page: Page = path[0] === "people" || path[0] === "teams" ? path[0] : "matrix";
  for (const name of Object.keys(pages)) byId(`nav-${name}`).ariaCurrent = name === page ? "page" : null;
  document.title = `${pages[page].title} – capbridge`;
  const status = byId("status"), view = byId("view");
  status.className = "status-line";
  status.textContent = "Loading…";
  const panel = byId<HTMLDialogElement>("panel");
  if (panel.open) panel.close();
  view.setAttribute("aria-busy", "true");
  try {
    const id = path[1] ? decodeURIComponent(path[1]) : "";
    const done = page === "matrix" ? await showMatrix(view, query, signal)
      : page === "teams" ? id ? await showTeam(view, id, query, signal) : await showTeams(view, signal)
      : id ? await showPerson(view, id, signal) : await showPeople(view, query, signal);
    if (signal.aborted) return;
    status.textContent = done;
    status.className = "status-line visually-hidden"; // told to screen readers; everybody else sees it
  } catch (error) {
    if (signal.aborted) return;
    const words = error instanceof ApiError ? error.message : "Something went wrong on this page. Please load it again.";
    status.textContent = "";
    view.append(el("div", { class: "notice error", role: "alert" }, el("p", {}, sentence(words)), wayOut(error, page)));
    if (!(error instanceof ApiError)) console.error(error);
  }
  view.removeAttribute("aria-busy");
}

byId("skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address after # is ours
  byId("main").focus();
});
window.addEventListener("hashchange", () => void show().then(() => byId("main").focus({ preventScroll: true })));
void show();
