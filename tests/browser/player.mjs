// A small LMS for tests: builds a package with the real binary, unpacks it, serves it beside a page that holds scorm-again as the player's
// API, and turns a 2004 manifest into the activity tree that scorm-again sequences.
import { execFileSync } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join, normalize } from "node:path";

const repo = new URL("../..", import.meta.url).pathname;
export const binary = process.env.CAPBRIDGE ?? join(repo, "build/release/capbridge");
const here = new URL(".", import.meta.url).pathname;
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".xml": "text/xml", ".png": "image/png" };

export const lesson = (name) => join(here, "lessons", name + ".md");

// Builds and unpacks; the folder, and what the program said.
export function build(root, name, version, args) {
  const zip = join(root, name + ".zip"), folder = join(root, name);
  const said = JSON.parse(execFileSync(binary, ["package", "build", "--framework", "hee-ai-confidence", "--version", version, "-o", zip, "--json", ...args], { encoding: "utf8" }));
  mkdirSync(folder, { recursive: true });
  execFileSync("python3", ["-m", "zipfile", "-e", zip, folder]);
  const inspected = JSON.parse(execFileSync(binary, ["package", "inspect", zip, "--json"], { encoding: "utf8" }));
  return { zip, folder, said, inspected };
}

const page = (script) => `<!doctype html><html lang="en"><title>Player</title><body style="margin:0">
<script src="/scorm-again.js"></script><script>
const asked = new URLSearchParams(location.search);
${script}
const frame = document.createElement("iframe");
frame.title = "content";
frame.style = "border:0;width:100%;height:95vh";
frame.src = asked.get("launch");
document.body.append(frame);
</script></body></html>`;

const pages = {
  "/player-1.2.html": page(`window.API = new Scorm12API({ autocommit: false, logLevel: 5 });
const kept = sessionStorage.getItem("kept");
if (kept) window.API.loadFromJSON(JSON.parse(kept), "");
if (asked.get("mode")) window.API.cmi.core.lesson_mode = asked.get("mode");
if (asked.get("mastery")) window.API.cmi.student_data.mastery_score = asked.get("mastery");`),
  "/player-2004.html": page(`window.API_1484_11 = new Scorm2004API({ autocommit: false, logLevel: 5 });
const kept = sessionStorage.getItem("kept");
if (kept) window.API_1484_11.loadFromJSON(JSON.parse(kept), "");
if (asked.get("mode")) window.API_1484_11.cmi.mode = asked.get("mode");
if (asked.get("mastery")) window.API_1484_11.cmi.scaled_passing_score = asked.get("mastery");`),
  "/empty.html": "<!doctype html><html lang=en><title>Sequencing</title><script src='/scorm-again.js'></script></html>",
};

// Serves `folder` below /content/. `upstream`: where /xapi/ goes, for cmi5. `routes`: more of the test's own, path -> (request, response).
export async function serve(folder, { upstream, routes = {} } = {}) {
  const again = join(here, "node_modules/scorm-again/dist/scorm-again.js");
  const server = createServer((ask, answer) => {
    const path = decodeURIComponent(new URL(ask.url, "http://x").pathname);
    if (routes[path]) return routes[path](ask, answer);
    if (pages[path]) return answer.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(pages[path]);
    if (upstream && path.startsWith("/xapi/")) {
      const to = new URL(ask.url, upstream);
      const forward = request(to, { method: ask.method, headers: { ...ask.headers, host: to.host } }, (got) => {
        answer.writeHead(got.statusCode, got.headers);
        got.pipe(answer);
      });
      forward.on("error", () => answer.writeHead(502).end());
      return ask.pipe(forward);
    }
    const file = path === "/scorm-again.js" ? again : path.startsWith("/content/") ? join(folder, normalize(path.slice(9))) : "";
    if (!file || !existsSync(file) || !statSync(file).isFile()) return answer.writeHead(404).end();
    answer.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(answer);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { base: `http://127.0.0.1:${server.address().port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}

// Runs in the browser: a 2004 manifest as scorm-again's settings. Only what our packages use, read by the names of IMS SS.
export function activityTree(text) {
  const document_ = new DOMParser().parseFromString(text, "text/xml");
  const childrenOf = (e, name) => [...e.children].filter((c) => c.localName === name);
  const child = (e, name) => e && childrenOf(e, name)[0];
  const bool = (e, name, otherwise) => (e?.hasAttribute(name) ? e.getAttribute(name) === "true" : otherwise);
  const objective = (e, isPrimary) => ({
    objectiveID: e.getAttribute("objectiveID") ?? "",
    isPrimary,
    satisfiedByMeasure: bool(e, "satisfiedByMeasure", false),
    minNormalizedMeasure: child(e, "minNormalizedMeasure") ? Number(child(e, "minNormalizedMeasure").textContent) : null,
    mapInfo: childrenOf(e, "mapInfo").map((m) => ({
      targetObjectiveID: m.getAttribute("targetObjectiveID"),
      readSatisfiedStatus: bool(m, "readSatisfiedStatus", true), readNormalizedMeasure: bool(m, "readNormalizedMeasure", true),
      writeSatisfiedStatus: bool(m, "writeSatisfiedStatus", false), writeNormalizedMeasure: bool(m, "writeNormalizedMeasure", false),
    })),
  });
  const activity = (e) => {
    const sequencing = child(e, "sequencing"), control = child(sequencing, "controlMode");
    const objectives = child(sequencing, "objectives"), delivery = child(sequencing, "deliveryControls");
    const out = { id: e.getAttribute("identifier"), title: child(e, "title").textContent, isVisible: bool(e, "isvisible", true), children: childrenOf(e, "item").map(activity) };
    if (control) out.sequencingControls = { choice: bool(control, "choice", true), flow: bool(control, "flow", false) };
    if (delivery) out.deliveryControls = { tracked: true, completionSetByContent: bool(delivery, "completionSetByContent", false), objectiveSetByContent: bool(delivery, "objectiveSetByContent", false) };
    if (objectives) {
      out.primaryObjective = objective(child(objectives, "primaryObjective"), true);
      out.objectives = childrenOf(objectives, "objective").map((o) => objective(o, false));
    }
    const rules = child(sequencing, "sequencingRules");
    if (rules) {
      out.sequencingRules = {
        preConditionRules: childrenOf(rules, "preConditionRule").map((r) => ({
          action: child(r, "ruleAction").getAttribute("action"),
          conditionCombination: child(r, "ruleConditions").getAttribute("conditionCombination"),
          conditions: childrenOf(child(r, "ruleConditions"), "ruleCondition").map((c) => ({
            condition: c.getAttribute("condition"), operator: c.getAttribute("operator") ?? "noOp", referencedObjective: c.getAttribute("referencedObjective") ?? undefined,
          })),
        })),
      };
    }
    const rollup = child(sequencing, "rollupRules");
    if (rollup) {
      out.rollupRules = {
        rules: childrenOf(rollup, "rollupRule").map((r) => ({
          action: child(r, "rollupAction").getAttribute("action"), consideration: r.getAttribute("childActivitySet"), conditionCombination: "any",
          conditions: childrenOf(child(r, "rollupConditions"), "rollupCondition").map((c) => ({ condition: c.getAttribute("condition") })),
        })),
      };
    }
    return out;
  };
  return activity(document_.querySelector("organization"));
}

// What a learner does in the pages of lessons/everything.md.
export const next = (f) => f.locator("#steps button:not(.secondary)").click();
export async function toQuestions(f) {
  for (let i = 0; i < 3; ++i) await next(f);
}
// All right but for what is named.
export async function answer(f, wrong = []) {
  await f.locator(`#q-who\\.${wrong.includes("who") ? "a" : "b"}`).check();
  await f.locator("#q-wrong\\.a").check();
  await f.locator("#q-wrong\\.b").setChecked(!wrong.includes("wrong"));
  await f.locator(`#q-may-be-wrong\\.${wrong.includes("may-be-wrong") ? "false" : "true"}`).check();
  await f.locator("#q-words\\.text").fill(wrong.includes("words") ? "Automatic ink" : "  artificial   INTELLIGENCE ");
  const places = { "Look at the image": "1", "Look at what the algorithm says": "2", Decide: "3" };
  for (const [text, place] of Object.entries(places)) await f.locator("#q-order .row", { hasText: text }).locator("select").selectOption(place);
  await f.locator("#q-pairs .row", { hasText: "Radiologist" }).locator("select").selectOption({ label: "reports" });
  await f.locator("#q-pairs .row", { hasText: "Physicist" }).locator("select").selectOption({ label: "checks the machine" });
}
// The frame with the content, once it has begun.
export const content = async (page) => {
  const frame = page.mainFrame().childFrames()[0];
  await frame.waitForSelector("body.live");
  return frame;
};
