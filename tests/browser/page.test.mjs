// The page in a real browser: signs in by a one-time link, shows the matrix, explains a cell, and passes axe's rules (WCAG 2.2 AA).
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

const repo = new URL("../..", import.meta.url).pathname;
const binary = process.env.CAPBRIDGE ?? join(repo, "build/release/capbridge");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.CAPBRIDGE_SCREENSHOTS; // a folder: pictures of what the test saw

const root = mkdtempSync(join(tmpdir(), "capbridge-browser-"));
const data = join(root, "data");
const ask = (...args) => JSON.parse(execFileSync(binary, [...args, "--data", data, "--json"], { encoding: "utf8" }));
const write = (name, text) => {
  writeFileSync(join(root, name), typeof text === "string" ? text : JSON.stringify(text));
  return join(root, name);
};

let daemon, base, browser, page;
const missed = []; // what the page asked for and the server does not have

function world() {
  const people = Array.from({ length: 40 }, (_, i) => `${1000 + i},Person ${i} Example,p${i}@demo.example,${i % 2 ? "Radiology" : "Board"},Medical and Dental,${i % 4 ? "Consultant" : "Director"},2020-01-01`);
  ask("people", "import", write("people.csv", "employee_number,name,email,unit,staff_group,job_role,from\n" + people.join("\n") + "\n"), "--issuer", "demo");
  ask("mapping", "publish", write("mapping.json", {
    id: "demo", version: "1", title: "Demo", framework: "hee-ai-confidence",
    learning_items: [{ id: "basics", title: "AI basics", activities: ["https://lms.example/AI-1"], minutes: 30 }],
    mappings: [{ id: "m1", learning_item: "basics", claims: [{ requirements: ["t1-ai-literacy-1", "a1-regulation-and-standards-1"] }], needs: "passed", method: "quiz" }],
  }));
  ask("deployment", "publish", write("deployment.json", { id: "scan-2", product: "ChestScan", version: "2", unit: "Radiology", go_live: "2025-01-01" }));
  ask("assign", "import", write("assign.csv", "employee_number,archetype\n" + Array.from({ length: 12 }, (_, i) => `${1000 + i},shaper\n${1020 + i},user\n`).join("")), "--issuer", "demo");
  const drop = join(root, "drop");
  mkdirSync(drop);
  write("drop/export.csv", "Employee,Course,Status,Date\n" + Array.from({ length: 20 }, (_, i) => `${1000 + i},AI-1,Passed,01/03/2026\n`).join(""));
  ask("source", "add", "lms", "--adapter", "csv", "--folder", drop, "--activity-base", "https://lms.example/", "--settings", write("settings.json", {
    files: "*.csv",
    columns: {
      who: [{ scheme: "esr-employee", issuer: "demo", column: "Employee" }], activity: { column: "Course" },
      what: { column: "Status", values: { Passed: "passed" }, otherwise: "reject" }, occurred: { column: "Date", formats: ["%d/%m/%Y"] },
    },
  }));
  ask("sync", "lms");
  ask("team", "publish", write("team.json", {
    id: "board", version: "1", name: "AI board", quorum: 2, deployment: "scan-2", archetypes: ["shaper"], requirements: ["t1-ai-literacy-1"],
    members: [0, 1, 21].map((i) => ({ person: `esr-employee:demo:${1000 + i}` })),
  }));
  ask("waive", "esr-employee:demo:1003", "t1-ai-literacy-2", "--why", "teaches it");
  ask("self-assess", "esr-employee:demo:1003", "t1-ai-literacy-3");
}

async function violations() {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return found.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join("; ")})`);
}

const shot = async (name) => shots && page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });

before(async () => {
  world();
  daemon = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0"], { stdio: "ignore" });
  for (let i = 0; i < 300 && !existsSync(join(data, "address")); ++i) await sleep(50);
  base = readFileSync(join(data, "address"), "utf8").trim();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  // axe is injected by the test; the page's own policy forbids foreign scripts, as it should.
  page = await (await browser.newContext({ bypassCSP: true, viewport: { width: 1400, height: 900 } })).newPage();
  page.on("response", (r) => r.status() === 404 && !r.url().includes("/api/") && missed.push(r.url()));
});

after(async () => {
  await browser?.close();
  if (daemon && daemon.exitCode === null) {
    daemon.kill("SIGTERM");
    await new Promise((done) => daemon.once("exit", done));
  }
  rmSync(root, { recursive: true, force: true });
});

test("a stranger is told how to get in", async () => {
  await page.goto(base + "/");
  assert.match(await page.textContent("body"), /login-link/);
  assert.deepEqual(await violations(), []);
  await shot("1-sign-in");
});

test("a one-time link opens the matrix, which says of what each figure is a share", async () => {
  const { url } = ask("login-link");
  await page.goto(url);
  await shot("2-link");
  await page.click("main button");
  await page.waitForSelector("table.matrix");
  const captions = await page.locator("table caption").allTextContents();
  assert.ok(captions.every((text) => /share: of/.test(text)), captions.join("\n"));
  assert.match(await page.textContent("main"), /40/);
  const matrix = page.locator("table.matrix").first();
  const heads = await matrix.locator("thead th[scope=col]").allTextContents();
  assert.equal(heads.length, 6, "the factors, and a column for each archetype");
  assert.match(heads[1], /Shaper.*12 people/);
  assert.equal(await matrix.locator("tbody th[scope=row]").count(), 12, "a row for each factor");
  assert.deepEqual(await matrix.locator("tbody th[scope=rowgroup]").allTextContents(), ["Governance", "Implementation", "Clinical use"]);
  assert.deepEqual(await violations(), []);
  await shot("3-matrix");
});

test("a cell explains itself: its reasons add up and it says what would help", async () => {
  await page.getByRole("row", { name: /^Regulation and standards/ }).first().locator("button.cell").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("What would help").waitFor();
  const cases = await dialog.locator("tbody td:nth-child(2)").allTextContents();
  const all = await dialog.locator("tfoot td").first().textContent();
  const number = (text) => Number(text.replaceAll(",", ""));
  assert.equal(cases.map(number).reduce((a, b) => a + b, 0), number(all));
  assert.deepEqual(await violations(), []);
  await shot("4-cell");
  await page.keyboard.press("Escape");
  assert.equal(await dialog.isVisible(), false);
});

test("the foundation explains itself too, and so does a product", async () => {
  for (const [n, says] of [[1, "Every item is asked of each person"], [2, "ChestScan 2 is in use in ‘Radiology’"]]) {
    await page.locator("table.matrix").nth(n).locator("button.cell").first().click();
    await page.getByRole("dialog").getByText(says).waitFor();
    assert.deepEqual(await violations(), []);
    await shot(`4-cell-${n}`);
    await page.keyboard.press("Escape");
  }
});

test("the matrix fits a laptop without scrolling", async () => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await sleep(200);
  const beyond = await page.locator(".scroll").evaluateAll((all) => all.map((e) => e.scrollWidth - e.clientWidth));
  assert.deepEqual(beyond.filter((n) => n > 0), []);
  assert.equal(await page.locator(".scroll-cue:visible").count(), 0);
  await page.setViewportSize({ width: 1400, height: 900 });
});

test("filters narrow the matrix and stay in the address", async () => {
  await page.fill("#filter-unit", "Radiology");
  await page.click("form.filters button[type=submit]");
  await page.waitForFunction(() => document.querySelector("dl.totals dd")?.textContent === "20");
  assert.match(page.url(), /unit=Radiology/);
});

test("a filter that fits nobody says so and leads back", async () => {
  await page.goto(base + "/#/matrix?unit=Nowhere");
  const notice = page.locator("main .notice");
  await notice.waitFor();
  assert.match(await notice.textContent(), /no unit 'Nowhere'|Nobody fits/);
  assert.equal(await page.inputValue("#filter-unit"), "Nowhere");
  assert.deepEqual(await violations(), []);
  await shot("7-no-such-unit");
  await notice.getByRole("link").click();
  await page.waitForSelector("table.matrix");
});

test("the matrix can be narrowed to a team, a deployment, and a unit out of the tree", async () => {
  await page.route("**/api/v1/units", (route) => route.fulfill({ json: { total: 3, units: [{ name: "Trust", depth: 0 }, { name: "Radiology", depth: 1 }, { name: "Board", depth: 1 }] } }));
  await page.goto(base + "/#/matrix");
  await page.reload(); // it may stand there already
  await page.locator("select#filter-unit option").nth(3).waitFor({ state: "attached" });
  const names = await page.locator("select#filter-unit option").allTextContents();
  assert.deepEqual(names, ["All", "Trust", "\u00a0\u00a0Radiology", "\u00a0\u00a0Board"]);
  assert.equal(await page.isVisible("#filter-descendants"), true);
  await page.selectOption("#filter-team", "board");
  await page.selectOption("#filter-deployment", { label: "ChestScan 2, Radiology" });
  assert.deepEqual(await violations(), []);
  await shot("9-filters");
  await page.selectOption("#filter-deployment", "");
  await page.click("form.filters button[type=submit]");
  await page.waitForFunction(() => document.querySelector("dl.totals dd")?.textContent === "3");
  assert.match(page.url(), /team=board/);
  const row = page.getByRole("row", { name: /^Regulation and standards/ }).first();
  assert.match(await row.textContent(), /teams cover 1 of/);
  await page.unroute("**/api/v1/units");
});

test("teams are listed, and one shows its gaps, who holds what and what closes them soonest", async () => {
  await page.goto(base + "/#/teams");
  await page.getByRole("link", { name: "AI board" }).waitFor();
  assert.deepEqual(await violations(), []);
  await shot("10-teams");
  await page.getByRole("link", { name: "AI board" }).click();
  await page.getByRole("heading", { name: "AI board", level: 1 }).waitFor();
  const told = await page.textContent("main");
  assert.match(told, /covered when 2 members or more hold it/);
  assert.match(told, /Person 0 Example, Person 1 Example/);
  const captions = await page.locator("table caption").allTextContents();
  assert.ok(captions.includes("Gaps") && captions.includes("Members") && captions.includes("Covered"), captions.join());
  for (const [width, height] of [[1400, 900], [1280, 800], [320, 700]]) {
    await page.setViewportSize({ width, height });
    await sleep(200);
    assert.deepEqual(await violations(), []);
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= room, `${wide} > ${room}`);
    await shot(`10-team-${width}`);
  }
  await page.setViewportSize({ width: 1400, height: 900 });
  await page.goto(base + "/#/teams/nothing");
  assert.match(await page.locator("main .notice").textContent(), /no team 'nothing'/);
});

test("a record shows what is waived, what a person says, and what is ahead of the foundation", async () => {
  await page.goto(base + "/#/people?q=1003");
  await page.getByRole("link", { name: /Person 3 Example/ }).first().click();
  await page.getByText("Waived: teaches it").waitFor();
  assert.equal(await page.getByText("Says so themselves (does not count)").count(), 1);
  assert.ok((await page.locator("caption", { hasText: "(ahead of the foundation)" }).count()) >= 1);
  for (const [width, height] of [[1400, 900], [1280, 800], [320, 700]]) {
    await page.setViewportSize({ width, height });
    await sleep(100);
    assert.deepEqual(await violations(), []);
    await shot(`11-person-${width}`);
  }
  await page.setViewportSize({ width: 1400, height: 900 });
});

test("a person is found, and the record is shown with its reasons", async () => {
  await page.goto(base + "/#/people");
  await page.locator("main input").first().fill("Person 3 ");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: /Person 3 Example/ }).first().click();
  await page.getByText(/foundation/i).first().waitFor();
  assert.deepEqual(await violations(), []);
  await shot("5-person");
});

test("who is not there leaves nothing of the page before", async () => {
  await page.goto(base + "/#/people/00000000-0000-4000-8000-000000000000");
  await page.locator("main .notice").waitFor();
  assert.equal(await page.locator("main table").count(), 0);
  assert.deepEqual(await violations(), []);
  await shot("8-nobody");
});

test("the page fits a small screen", async () => {
  await page.setViewportSize({ width: 320, height: 700 });
  await page.goto(base + "/#/matrix");
  await page.waitForSelector("table.matrix");
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= room, `${wide} > ${room}`);
  assert.equal(await page.locator(".scroll-cue").first().isVisible(), true, "what is wider than the screen says so");
  assert.equal(await page.locator(".scroll").first().getAttribute("tabindex"), "0");
  assert.deepEqual(await violations(), []);
  await shot("6-small");
});

test("whatever the page names, the server has", () => assert.deepEqual(missed, []));

test("signing out ends the session", async () => {
  await page.setViewportSize({ width: 1400, height: 900 });
  const cookies = await page.context().cookies();
  await page.click("text=Sign out");
  assert.match(await page.textContent("body"), /login-link/);
  const session = cookies.find((c) => c.name === "capbridge_session");
  const answer = await fetch(base + "/api/v1/matrix", { headers: { Cookie: `capbridge_session=${session.value}` } });
  assert.equal(answer.status, 401);
});
