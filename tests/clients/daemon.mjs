// A daemon with a credential, on a free port, for the tests of this folder. CAPBRIDGE names the binary.
import { execFileSync, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const binary = process.env.CAPBRIDGE ?? new URL("../../build/release/capbridge", import.meta.url).pathname;

export async function startDaemon() {
  const root = mkdtempSync(join(tmpdir(), "capbridge-clients-"));
  const data = join(root, "data");
  const { key, secret } = JSON.parse(execFileSync(binary, ["credential", "add", "clients", "--scope", "all", "--data", data, "--json"], { encoding: "utf8" }));
  const log = openSync(join(root, "daemon.log"), "a");
  const process_ = spawn(binary, ["serve", "--data", data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", log, log] });
  closeSync(log);
  const stop = async () => {
    if (process_.exitCode === null && process_.signalCode === null) {
      process_.kill("SIGTERM");
      await new Promise((done) => process_.once("exit", done));
    }
    rmSync(root, { recursive: true, force: true });
  };
  const address = join(data, "address");
  for (let i = 0; i < 600; ++i) {
    if (process_.exitCode !== null) break;
    const base = existsSync(address) && readFileSync(address, "utf8").trim();
    if (base && (await fetch(base + "/readyz").catch(() => null))?.ok) return { base, endpoint: base + "/xapi/", key, secret, stop };
    await sleep(50);
  }
  const said = readFileSync(join(root, "daemon.log"), "utf8");
  await stop();
  throw new Error("the daemon does not come up: " + said);
}

export const uuid = randomUUID;
export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
export const completed = { id: "http://adlnet.gov/expapi/verbs/completed", display: { "en-GB": "completed" } };

// Each test has a learner and an activity of its own, so that none sees what another stored.
export function fresh() {
  const name = uuid();
  return {
    actor: { objectType: "Agent", name: "Ann Example", mbox: `mailto:${name}@demo.example` },
    object: { objectType: "Activity", id: `https://lms.example/activity/${name}`, definition: { name: { "en-GB": `Activity ${name}` } } },
  };
}

export function attachmentOf(text, more = {}) {
  return {
    usageType: "https://lms.example/usage/certificate", display: { "en-GB": "A certificate" }, contentType: "text/plain",
    length: Buffer.byteLength(text), sha2: sha256(text), ...more,
  };
}
