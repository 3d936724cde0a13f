// Packages that we build, opened again: after an earlier session passed, and after the package was replaced. And ids that look alike.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { answer, build, content, lesson, next, serve, toQuestions } from "./player.mjs";

const root = mkdtempSync(join(tmpdir(), "capbridge-again-"));
const R = "https://w3id.org/capbridge/frameworks/hee-ai-confidence/requirements/";
const servers = [];
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(async () => {
  await browser?.close();
  servers.forEach((s) => s.stop());
  rmSync(root, { recursive: true, force: true });
});

async function host(folder) {
  const server = await serve(folder);
  servers.push(server);
  return server.base;
}
async function tab() {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(10_000);
  page.errors = [];
  page.on("pageerror", (e) => page.errors.push(String(e)));
  return page;
}
// The player with what the LMS kept of earlier sessions.
async function reopen(page, base, player, cmi) {
  await page.goto(`${base}/empty.html`);
  await page.evaluate((k) => sessionStorage.setItem("kept", JSON.stringify({ cmi: k })), cmi);
  await page.goto(`${base}${player}?launch=/content/index.html`);
  return content(page);
}

for (const version of ["1.2", "2004-4"]) {
  const is2004 = version !== "1.2";
  const player = is2004 ? "/player-2004.html" : "/player-1.2.html";
  const data = (page) => page.evaluate(() => JSON.parse(JSON.stringify((window.API ?? window.API_1484_11).cmi)));
  const list = (o) => (Array.isArray(o) ? o : o.childArray ?? Object.keys(o).filter((k) => /^\d+$/.test(k)).map((k) => o[k]));
  const shared = {};

  test(`${version}: what was passed in an earlier session stays passed, though only the LMS knows of it`, async () => {
    const page = await tab();
    const ids = [1, 2, 3].map((n) => (is2004 ? R : "") + "t1-ai-literacy-" + n);
    const before_ = (status, i) => (is2004 ? { id: ids[i], success_status: status } : { id: ids[i], status });
    // The second requirement was not passed; there is no state to resume.
    const objectives = ["passed", "failed", "passed"].map(before_);
    const kept = { objectives, ...(is2004 ? { completion_status: "completed", success_status: "passed" } : { core: { lesson_status: "passed" } }) };
    shared.base = await host(build(root, `all-${version}`, version, ["--text", lesson("everything")]).folder);
    const f = await reopen(page, shared.base, player, kept);
    const verdicts = async () => {
      const cmi = await data(page);
      return [is2004 ? cmi.success_status : cmi.core.lesson_status, ...list(cmi.objectives).map((o) => (is2004 ? o.success_status : o.status))];
    };
    assert.deepEqual(await verdicts(), ["passed", "passed", "failed", "passed"]);
    await toQuestions(f);
    await answer(f, ["who", "wrong", "words"]); // 3 of 6, none of the first requirement's, the one of the second's
    await f.locator("button[type=submit]").click();
    assert.match(await f.locator("#summary").textContent(), /80 % is needed/);
    assert.deepEqual(await verdicts(), ["passed", "passed", "passed", "passed"]);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  test(`${version}: a state of a package that was replaced is not taken for one of this`, async () => {
    const page = await tab();
    await page.goto(`${shared.base}${player}?launch=/content/index.html`);
    const first = await content(page);
    await toQuestions(first);
    await answer(first);
    await first.locator("button[type=submit]").click();
    await next(first); // to the finish, which is kept as the place
    const { suspend_data } = await data(page);
    const { folder } = build(root, `replaced-${version}`, version, ["--text", lesson("quiz")]);
    const base = await host(folder);
    const f = await reopen(page, base, player, { suspend_data, ...(is2004 ? { completion_status: "incomplete" } : { core: { lesson_status: "incomplete" } }) });
    assert.match(await f.locator("#notice").textContent(), /^This course has changed/);
    assert.equal(await f.locator("h2:visible").textContent(), "Before you start");
    await next(f);
    await f.locator("#q-yes\\.a").check();
    await f.locator("button[type=submit]").click();
    await next(f);
    assert.match(await f.locator("#result").textContent(), /1 of 1/);
    const cmi = await data(page);
    assert.equal(is2004 ? cmi.success_status : cmi.core.lesson_status, "passed");
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
}

test("a question's answers are not taken for another question with a similar id", async () => {
  const { folder } = build(root, "ids", "1.2", ["--text", lesson("ids")]);
  const base = await host(folder);
  const page = await tab();
  await page.goto(base + "/player-1.2.html?launch=/content/index.html");
  const f = await content(page);
  assert.deepEqual(await f.evaluate(() => [...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i)), []);
  await next(f);
  for (const id of ["q1", "q1-a", "q1-text"]) await f.locator(`input[name="q-${id}"]`).first().check();
  await f.locator("button[type=submit]").click();
  assert.match(await f.locator("#summary").textContent(), /3 of 3/);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});
