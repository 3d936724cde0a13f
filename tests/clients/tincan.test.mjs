// tincanjs (https://github.com/RusticiSoftware/TinCanJS) against the daemon, in its build for Node.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import TinCan from "tincanjs";
import { completed, fresh, startDaemon, uuid } from "./daemon.mjs";

let daemon, lrs;

before(async () => {
  TinCan.DEBUG = false;
  daemon = await startDaemon();
  lrs = new TinCan.LRS({ endpoint: daemon.endpoint, username: daemon.key, password: daemon.secret, allowFail: false });
});
after(() => daemon?.stop());

// Its methods take their callback among the settings: the answer, or an error with the status.
const ask = (method, ...args) =>
  new Promise((resolve, reject) => {
    const settings = args.length > 1 || method.startsWith("query") || method.endsWith("Ids") || method === "moreStatements" || method === "about" ? args.pop() : {};
    lrs[method](...args, {
      ...settings,
      callback: (error, answer) => (error === null ? resolve(answer) : reject(Object.assign(new Error(`${method}: ${answer?.responseText}`), { status: error }))),
    });
  });
const refused = (status) => (error) => error.status === status;

test("about", async () => {
  assert.ok((await ask("about", {})).version.includes("1.0.3"));
});

test("a statement is stored and read back", async () => {
  const { actor, object } = fresh();
  const statement = new TinCan.Statement({ actor, verb: completed, target: object, result: { success: true, duration: "PT1M30S" } });
  await ask("saveStatement", statement);
  const stored = await ask("retrieveStatement", statement.id);
  assert.equal(stored.id, statement.id);
  assert.equal(stored.actor.mbox, actor.mbox);
  assert.equal(stored.result.success, true);
  assert.ok(Date.parse(stored.stored));
  await assert.rejects(ask("retrieveStatement", uuid()), refused(404));
});

test("a batch is queried, page by page", async () => {
  const { actor, object } = fresh();
  const statements = Array.from({ length: 5 }, () => new TinCan.Statement({ actor, verb: completed, target: object }));
  await ask("saveStatements", statements);
  const first = await ask("queryStatements", { params: { agent: new TinCan.Agent(actor), limit: 2, ascending: true } });
  assert.equal(first.statements.length, 2);
  const seen = first.statements.map((s) => s.id);
  for (let page = first; page.more; ) {
    page = await ask("moreStatements", { url: page.more });
    seen.push(...page.statements.map((s) => s.id));
  }
  assert.deepEqual(seen, statements.map((s) => s.id));
  const none = await ask("queryStatements", { params: { agent: new TinCan.Agent(actor), verb: new TinCan.Verb({ id: "http://adlnet.gov/expapi/verbs/failed" }) } });
  assert.deepEqual(none.statements, []);
});

test("attachments go there and back, two in one statement", async () => {
  const { actor, object } = fresh();
  const usage = { usageType: "https://lms.example/usage/certificate", display: { "en-GB": "A certificate" }, contentType: "text/plain" };
  const statement = new TinCan.Statement({ actor, verb: completed, target: object, attachments: [{ ...usage, content: "the first" }, { ...usage, content: "the second" }] });
  await ask("saveStatement", statement);
  const stored = await ask("retrieveStatement", statement.id, { params: { attachments: true } });
  assert.deepEqual(stored.attachments.map((a) => a.getContentAsString()), ["the first", "the second"]);
  const page = await ask("queryStatements", { params: { agent: new TinCan.Agent(actor), attachments: true } });
  assert.deepEqual(page.statements[0].attachments.map((a) => a.getContentAsString()), ["the first", "the second"]);
});

test("voiding", async () => {
  const { actor, object } = fresh();
  const statement = new TinCan.Statement({ actor, verb: completed, target: object });
  await ask("saveStatement", statement);
  const tincan = new TinCan();
  tincan.recordStores.push(lrs);
  await new Promise((resolve, reject) => tincan.voidStatement(statement.id, (results) => (results[0].err === null ? resolve() : reject(new Error(`voiding: ${results[0].err}`))), { actor: new TinCan.Agent(actor) }));
  await assert.rejects(ask("retrieveStatement", statement.id), refused(404));
  assert.equal((await ask("retrieveVoidedStatement", statement.id)).id, statement.id);
});

test("state: saved, merged, guarded by its ETag, dropped", async () => {
  const agent = new TinCan.Agent(fresh().actor), activity = new TinCan.Activity({ id: fresh().object.id }), registration = uuid();
  const where = { agent, activity, registration };
  await ask("saveState", "place", { page: 1, theme: "dark" }, { ...where, contentType: "application/json" });
  await ask("saveState", "place", { page: 2 }, { ...where, contentType: "application/json", method: "POST" });
  const state = await ask("retrieveState", "place", where);
  assert.deepEqual(state.contents, { page: 2, theme: "dark" });
  assert.match(state.etag, /^"[0-9a-f]{40}"$/);
  await assert.rejects(ask("saveState", "place", { page: 8 }, { ...where, contentType: "application/json", lastSHA1: `"${"0".repeat(40)}"` }), refused(412));
  await ask("saveState", "place", "plain words", { ...where, contentType: "text/plain", lastSHA1: state.etag });
  assert.equal((await ask("retrieveState", "place", where)).contents, "plain words");
  assert.deepEqual(await ask("retrieveStateIds", where), ["place"]);
  await ask("dropState", "place", where);
  assert.equal(await ask("retrieveState", "place", where), null);
});

test("profiles, and the activity as it was described", async () => {
  const { actor, object } = fresh();
  const agent = new TinCan.Agent(actor), activity = new TinCan.Activity({ id: object.id });
  await ask("saveAgentProfile", "p", { a: 1 }, { agent, contentType: "application/json", requestHeaders: { "If-None-Match": "*" } });
  assert.deepEqual((await ask("retrieveAgentProfile", "p", { agent })).contents, { a: 1 });
  await ask("saveActivityProfile", "q", { b: 1 }, { activity, contentType: "application/json", requestHeaders: { "If-None-Match": "*" } });
  assert.deepEqual(await ask("retrieveActivityProfileIds", { activity }), ["q"]);
  await ask("saveStatement", new TinCan.Statement({ actor, verb: completed, target: object }));
  assert.equal((await ask("retrieveActivity", object.id, {})).definition.name["en-GB"], object.definition.name["en-GB"]);
});
