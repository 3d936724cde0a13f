"""kill -9 at random moments under load: what was acknowledged is there, once; what was not is there whole or not at all.

CAPBRIDGE_KILLS says how often (200 by default; scripts/nightly takes 1,000), CAPBRIDGE_KILL_SEED which moments.
"""
import base64
import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time
import unittest
import urllib.parse
import uuid

from bridge import BINARY, Case, run

KILLS = int(os.environ.get("CAPBRIDGE_KILLS", "200"))
SEED = int(os.environ.get("CAPBRIDGE_KILL_SEED", "7"))
XAPI = {"X-Experience-API-Version": "1.0.3"}


class Client(threading.Thread):
    """Does one kind of work until the daemon dies; each attempt is noted before, each acknowledgement after."""

    def __init__(self, netloc, auth, seed):
        super().__init__(daemon=True)
        self.dice = random.Random(seed)
        self.wire = http.client.HTTPConnection(netloc, timeout=20)
        self.headers = {**XAPI, "Content-Type": "application/json", "Authorization": auth}
        self.refused = None

    def run(self):
        try:
            while self.refused is None:
                self.work()
        except (OSError, http.client.HTTPException):
            pass  # it was killed
        finally:
            self.wire.close()

    def send(self, method, path, body):
        self.wire.request(method, path, json.dumps(body), self.headers)
        answer = self.wire.getresponse()
        text = answer.read()
        if answer.status not in (200, 201, 204):
            self.refused = f"{method} {path}: {answer.status} {text[:300]}"
        return json.loads(text) if text else None


class Statements(Client):
    def __init__(self, *args):
        super().__init__(*args)
        self.batches = []  # [ids, acknowledged]

    def work(self):
        ids = [str(uuid.UUID(int=self.dice.getrandbits(128), version=4)) for _ in range(self.dice.randint(1, 20))]
        self.batches.append([ids, False])
        body = [{"id": i, "actor": {"mbox": f"mailto:p{self.dice.randint(0, 50)}@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                 "object": {"id": "https://lms.example/course/AI-1"}, "result": {"completion": True}} for i in ids]
        self.send("POST", "/xapi/statements", body)
        self.batches[-1][1] = self.refused is None


class Completions(Client):
    def __init__(self, *args):
        super().__init__(*args)
        self.records = []  # [record, acknowledged]

    def work(self):
        key = str(self.dice.getrandbits(60))
        record = {"who": [{"scheme": "esr-employee", "issuer": "demo", "value": "1001"}], "activity": {"id": "AI-1", "title": "AI basics"}, "key": key,
                  "what": "completed", "occurred": {"value": "2026-03-01", "precision": "day", "basis": "completed"}}
        self.records.append([record, False])
        self.send("POST", "/api/v1/completions", record)
        self.records[-1][1] = self.refused is None


class Documents(Client):
    """One document, written again and again with the next number."""
    PATH = "/xapi/activities/state?" + urllib.parse.urlencode({"activityId": "https://lms.example/course/AI-1", "stateId": "bookmark",
                                                               "agent": json.dumps({"mbox": "mailto:p1@demo.example"})})

    def __init__(self, *args, number):
        super().__init__(*args)
        self.tried = self.acknowledged = number

    def work(self):
        self.tried += 1
        self.send("PUT", self.PATH, {"number": self.tried})
        if self.refused is None:
            self.acknowledged = self.tried


class Credentials(Client):
    def __init__(self, *args):
        super().__init__(*args)
        self.names = []  # [name, acknowledged]

    def work(self):
        self.names.append([f"c{self.dice.getrandbits(60)}", False])
        self.send("POST", "/api/v1/credentials", {"name": self.names[-1][0], "scopes": ["statements/read"]})
        self.names[-1][1] = self.refused is None
        time.sleep(0.01)


class KilledUnderLoad(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.dice = random.Random(SEED)
        self.auth = self.credential("load", "all")
        self.bound = self.credential("portal", "statements/write", "--source", "lms")
        self.number = 0  # in the document
        self.batches, self.records, self.names = [], [], []

    def credential(self, name, scope, *more):
        made = self.world.ask("credential", "add", name, "--scope", scope, *more)
        return "Basic " + base64.b64encode(f"{made['key']}:{made['secret']}".encode()).decode()

    def one_life(self):
        daemon = self.world.serve()
        netloc = urllib.parse.urlsplit(daemon.base).netloc
        clients = [Statements(netloc, self.auth, self.dice.random()), Statements(netloc, self.auth, self.dice.random()),
                   Completions(netloc, self.bound, self.dice.random()), Documents(netloc, self.auth, 0, number=self.number),
                   Credentials(netloc, self.auth, self.dice.random())]
        self.check(clients[3])
        for client in clients:
            client.start()
        sync = subprocess.Popen([BINARY, "sync", "lms", "--data", str(self.world.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) \
            if self.dice.random() < 0.2 else None
        time.sleep(self.dice.uniform(0.01, 0.3))
        daemon.kill()
        for client in clients:
            client.join(25)
            self.assertFalse(client.is_alive())
            self.assertIsNone(client.refused)
        if sync:
            sync.wait(30)
        self.batches += clients[0].batches + clients[1].batches
        self.records += clients[2].records
        self.names += clients[4].names
        self.latest = clients[3]

    def check(self, client):
        """After a start: the document as it was acknowledged, or as the one write later that nobody heard of."""
        if not self.number and not hasattr(self, "latest"):
            return
        client.wire.request("GET", Documents.PATH, headers=client.headers)
        answer = client.wire.getresponse()
        text = answer.read()
        if answer.status == 404:
            self.assertEqual(self.latest.acknowledged, 0)
            return
        number = json.loads(text)["number"]
        self.assertGreaterEqual(number, self.latest.acknowledged)
        self.assertLessEqual(number, self.latest.tried)
        self.number = client.tried = client.acknowledged = number

    def half_a_start(self):
        """Killed before it answers anybody."""
        process = subprocess.Popen([BINARY, "serve", "--data", str(self.world.data), "--listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.dice.uniform(0.0, 0.08))
        process.send_signal(signal.SIGKILL)
        process.wait()

    def test_nothing_acknowledged_is_lost_or_doubled(self):
        for _ in range(KILLS):
            if self.dice.random() < 0.15:
                self.half_a_start()
            else:
                self.one_life()
        self.world.serve()
        last = Documents(urllib.parse.urlsplit(self.world.daemon.base).netloc, self.auth, 0, number=0)
        self.addCleanup(last.wire.close)
        self.check(last)
        self.look_at_statements()
        self.look_at_completions()
        self.look_at_credentials()
        self.assertEqual(self.world.ask("sync", "lms")["failed"], 0)
        self.assertEqual(self.world.ask("rebuild")["digest"], self.world.digest())

    def look_at_statements(self):
        out, _ = run("statements", "export", "--data", self.world.data)
        ids = [json.loads(line)["id"] for line in out.splitlines()]
        self.assertEqual(len(ids), len(set(ids)), "a statement came out twice")
        stored = set(ids)
        self.assertGreater(sum(acknowledged for _, acknowledged in self.batches), KILLS)
        for batch, acknowledged in self.batches:
            there = sum(i in stored for i in batch)
            self.assertIn(there, (len(batch),) if acknowledged else (0, len(batch)), batch)

    def look_at_completions(self):
        """The same again: `same` says that it is there; what was not acknowledged may be new."""
        self.assertGreater(sum(acknowledged for _, acknowledged in self.records), KILLS / 2)
        client = Completions(urllib.parse.urlsplit(self.world.daemon.base).netloc, self.bound, 0)
        self.addCleanup(client.wire.close)
        for at in range(0, len(self.records), 400):
            part = self.records[at:at + 400]
            answer = client.send("POST", "/api/v1/completions", [record for record, _ in part])
            self.assertIsNone(client.refused)
            for (record, acknowledged), result in zip(part, answer["results"]):
                self.assertIn(result["outcome"], ("same",) if acknowledged else ("same", "added"), record["key"])

    def look_at_credentials(self):
        there = [c["name"] for c in self.world.ask("credential", "list")["credentials"]]
        self.assertGreater(sum(acknowledged for _, acknowledged in self.names), KILLS / 4)
        for name, acknowledged in self.names:
            self.assertIn(there.count(name), (1,) if acknowledged else (0, 1), name)


if __name__ == "__main__":
    unittest.main()
