"""No name, address or number of a person in any log line: the whole demo, with debug on, and everything that goes wrong, then every
person's every name part, address and number is looked for in what the daemon and its children wrote."""
import csv
import json
import re
import subprocess
import sys
import tempfile
import pathlib
import unittest
import urllib.parse

from bridge import REPO, BINARY, Case, run, write_json

SAMPLE = REPO / "config/sample/nymouth"
XAPI = {"X-Experience-API-Version": "1.0.3"}
PEOPLE = 300
OTHER_NAME, OTHER_EMAIL, OTHER_NUMBER = "Perpetua Wrenfield", "perpetua.wrenfield@elsewhere.example", "77130942"


class Logs(Case):
    def setUp(self):
        super().setUp()
        w = self.world
        self.sample = w.root / "nymouth"
        subprocess.run([sys.executable, SAMPLE / "generate.py", "--out", self.sample, "--people", str(PEOPLE)], check=True, stdout=subprocess.DEVNULL)
        with open(self.sample / "people.csv", newline="") as file:
            self.rows = list(csv.DictReader(file))
        run("config", "apply", SAMPLE / "capbridge.json", "--folder", f"nymouth-moodle={self.sample / 'moodle'}", "--folder",
            f"nymouth-elearning={self.sample / 'elearning'}", "--data", w.data)
        self.daemon = w.serve("--debug")

    def words(self):
        """Every word that would tell who somebody is."""
        out = set()
        for row in self.rows:
            out |= {row["employee_number"], row["email"], row["email"].split("@")[0]}
            out |= {part for part in re.split(r"[ '\-]+", row["name"]) if len(part) > 2}
        out |= set(OTHER_NAME.split()) | {OTHER_EMAIL, OTHER_NUMBER, OTHER_EMAIL.replace("@", "%40")}
        return {word for word in out if word}

    def found_in(self, text):
        """{word: the first line it stands in}"""
        words, out = {word.lower(): word for word in self.words()}, {}
        for line in text.splitlines():
            low = line.lower()
            # Whole words, and addresses and numbers wherever they stand.
            for token in set(re.findall(r"[\w.%+-]+@[\w.-]+|\w+", low)) | set(re.findall(r"[\w.%+-]+", low)):
                if token in words:
                    out.setdefault(words[token], line)
            for word in (OTHER_EMAIL, OTHER_NUMBER, "wrenfield"):
                if word in low:
                    out.setdefault(word, line)
        return out

    def demo(self):
        w = self.world
        quietly = lambda *args: run(*args, "--data", w.data)
        quietly("product", "publish", SAMPLE / "product-tri-x.json")
        quietly("people", "import", self.sample / "people.csv", "--issuer", "nymouth")
        quietly("assign", "propose", "--rules", SAMPLE / "archetype-rules.json")
        quietly("assign", "import", self.sample / "assignments.csv", "--issuer", "nymouth")
        quietly("assign", "confirm", "--all", "--by", "education-lead")
        quietly("sync", "--all")
        quietly("matrix")
        quietly("deployment", "show", "tri-x-radiology")

    def mishaps(self):
        w, d = self.world, self.daemon
        row = self.rows[3]
        who = f"esr-employee:nymouth:{row['employee_number']}"
        # Bad rows, and somebody whom nobody knows.
        bad = w.root / "bad.csv"
        bad.write_text("employee_number,name,email,unit,staff_group,job_role,from\n" +
                       f"{OTHER_NUMBER},{OTHER_NAME},{OTHER_EMAIL},Ward,,,the day before yesterday\n" + f",{OTHER_NAME},{OTHER_EMAIL},,,,\n")
        subprocess.run([BINARY, "people", "import", bad, "--issuer", "nymouth", "--data", w.data], capture_output=True)
        for path in sorted((self.sample / "moodle").iterdir())[:1]:
            text = path.read_text()
            lines = text.splitlines()
            path.with_name("report-zz-bad.csv").write_text(lines[0] + "\n" + lines[1].replace("Yes", OTHER_NAME) + "\n" + lines[1] + ",\"" + OTHER_EMAIL + "\n")
        subprocess.run([BINARY, "sync", "--all", "--data", w.data], capture_output=True)
        subprocess.run([BINARY, "quarantine", "list", "--data", w.data], capture_output=True)
        made = w.ask("credential", "add", "client", "--scope", "all")
        auth = (made["key"], made["secret"])
        statement = {"actor": {"mbox": f"mailto:{OTHER_EMAIL}", "name": OTHER_NAME}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                     "object": {"id": "https://moodle.nymouth.example/course/X"}}
        self.assertEqual(d.request("POST", "/xapi/statements", statement, XAPI, auth)[0], 200)
        wrong = {**statement, "verb": {"id": OTHER_NAME}}
        self.assertEqual(d.request("POST", "/xapi/statements", wrong, XAPI, auth)[0], 400)
        d.request("POST", "/xapi/statements", f"{{{OTHER_NAME}".encode(), XAPI, auth)
        agent = urllib.parse.quote(json.dumps({"mbox": f"mailto:{OTHER_EMAIL}"}))
        for path in (f"/xapi/statements?agent={agent}", f"/xapi/statements?nonsense={OTHER_EMAIL}", f"/api/v1/people?text={urllib.parse.quote(OTHER_NAME)}",
                     f"/api/v1/people/{OTHER_EMAIL}", f"/api/v1/people/{who}/record", f"/no/such/{OTHER_EMAIL}?name={urllib.parse.quote(OTHER_NAME)}",
                     f"/xapi/activities/state?agent={agent}&activityId=x&stateId={OTHER_EMAIL}", f"/xapi/agents/profile?agent={agent}"):
            d.get(path, headers=XAPI, auth=auth)
            d.get(path, headers={**XAPI, "X-Request-Id": OTHER_EMAIL, "User-Agent": OTHER_NAME, "Referer": f"https://x.example/?u={OTHER_EMAIL}"})
            d.get(path, headers=XAPI, auth=(OTHER_EMAIL, OTHER_NAME))
        d.request("PUT", f"/xapi/activities/state?agent={agent}&activityId=https://a.example/x&stateId={OTHER_EMAIL}", {"at": OTHER_NAME}, XAPI, auth)
        import getpass
        w.ask("assessor", "publish", write_json(w.root / "assessor.json", {"id": "educator", "title": "Clinical educator",
                                                                           "credentials": [f"cli:{getpass.getuser()}"]}))
        subprocess.run([BINARY, "attest", who, "a4-guidelines-1", "--assessor", "educator", "--document", OTHER_NAME, "--data", w.data], capture_output=True)
        (self.sample / "moodle" / f"report-{OTHER_NAME}.csv").write_text("nonsense")
        done = subprocess.run([BINARY, "sync", "nymouth-moodle", "--data", w.data], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn(OTHER_NAME, done.stderr, "whoever asks hears which file cannot be used: it was read")
        for args in (["person", OTHER_NAME], ["explain", "--person", OTHER_EMAIL, "--requirement", "t1-ai-literacy-1"], ["people", "list", OTHER_NAME],
                     ["people", "link", f"email:{OTHER_EMAIL}", who], ["people", "review"], ["person", "export", who, "--format", "json"],
                     ["person", "export", OTHER_NAME], ["person", "erase", OTHER_NAME, "--reason", "x", "--yes"],
                     ["person", "erase", who, "--reason", "asked", "--yes"], ["sync", "--all", "--full"], ["rebuild"]):
            subprocess.run([BINARY, *args, "--data", w.data], capture_output=True)
        self.assertEqual(len(w.ask("person", "erasures")["erasures"]), 1, "one was erased while the log was written")

    def test_nobody_stands_in_the_log(self):
        self.assertEqual(self.found_in(f"x {OTHER_NAME} y"), {w: f"x {OTHER_NAME} y" for w in OTHER_NAME.split() + ["wrenfield"]}, "the search finds what it must")
        self.demo()
        self.mishaps()
        self.daemon.stop()
        text = pathlib.Path(self.daemon.log.name).read_text()
        self.assertGreater(len(text.splitlines()), 50, "debug is on")
        found = self.found_in(text)
        self.assertEqual(found, {}, "\n".join(f"{word}: {line}" for word, line in found.items()))


if __name__ == "__main__":
    unittest.main()
