"""What the end-to-end tests share: the real binary, temporary data directories, a daemon, small worlds. Standard library only.

CAPBRIDGE names the binary (ctest sets it); by default build/release/capbridge of this clone.
"""
import base64
import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

REPO = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CAPBRIDGE", str(REPO / "build/release/capbridge"))


def is_sanitized():
    """The binary is built with a sanitizer: it takes many times the memory, and seccomp is off."""
    cache = pathlib.Path(BINARY).parent / "CMakeCache.txt"
    return cache.exists() and "CAPBRIDGE_SANITIZE:STRING=\n" not in cache.read_text()


SANITIZED = is_sanitized()
ACTIVITY = "https://lms.example/course/"
SETTINGS = {
    "files": "*.csv",
    "encoding": "utf-8",
    "columns": {
        "who": [{"scheme": "esr-employee", "issuer": "demo", "column": "Employee"}],
        "activity": {"column": "Course", "title_column": "Title", "type": "course"},
        "key": {"columns": ["Employee", "Course"]},
        "what": {"column": "Status", "values": {"Completed": "completed", "Passed": "passed", "Failed": "failed", "Started": "in_progress"},
                 "otherwise": "reject"},
        "occurred": {"column": "Date", "formats": ["%d/%m/%Y"], "basis": "completed"},
    },
}
MAPPING = {
    "id": "demo", "version": "1", "title": "Demo mapping", "framework": "hee-ai-confidence",
    "learning_items": [
        {"id": "basics", "title": "AI basics", "activities": [ACTIVITY + "AI-1"], "minutes": 30},
        {"id": "safety", "title": "AI safety with a test", "activities": [ACTIVITY + "AI-2"], "minutes": 60},
    ],
    "mappings": [
        {"id": "m1", "learning_item": "basics", "claims": [{"requirements": ["t1-ai-literacy-1", "t1-ai-literacy-2"]}], "needs": "completed",
         "method": "reading"},
        {"id": "m2", "learning_item": "safety", "claims": [{"requirements": ["t1-ai-literacy-3", "a1-regulation-and-standards-1"]}], "needs": "passed",
         "method": "quiz", "valid_for": "P2Y"},
    ],
}


class Failed(Exception):
    def __init__(self, args, code, out, err):
        super().__init__(f"{' '.join(map(str, args))}: exit {code}\n{out}\n{err}")
        self.code, self.out, self.err = code, out, err


def run(*args, expect=0, **more):
    """Runs the binary; (stdout, stderr). `expect` is the exit code that it must have."""
    done = subprocess.run([BINARY, *map(str, args)], capture_output=True, text=True, timeout=300, **more)
    if done.returncode != expect:
        raise Failed(args, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2))
    return path


class World:
    """A temporary folder with a data directory, a drop folder and a mapping."""

    def __init__(self):
        self._tmp = tempfile.TemporaryDirectory(prefix="capbridge-e2e-")
        self.root = pathlib.Path(self._tmp.name)
        self.data = self.root / "data"
        self.drop = self.root / "drop"
        self.drop.mkdir()
        self.daemon = None

    def close(self):
        if self.daemon:
            self.daemon.stop()
        self._tmp.cleanup()

    def ask(self, *args, expect=0):
        """A command on the data directory with --json; its answer."""
        out, _ = run(*args, "--data", self.data, "--json", expect=expect)
        return json.loads(out)

    def people(self, rows, name="people.csv"):
        path = self.root / name
        path.write_text("employee_number,name,email,unit,staff_group,job_role,from\n" + "".join(",".join(r) + "\n" for r in rows))
        return self.ask("people", "import", path, "--issuer", "demo")

    def export(self, rows, name="export.csv"):
        (self.drop / name).write_text("Employee,Course,Title,Status,Date\n" + "".join(",".join(r) + "\n" for r in rows))

    def small(self):
        """Three people, one mapping, one source, a Shaper."""
        self.people([
            ["1001", "Ada Fictional", "ada@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"],
            ["1002", "Bea Fictional", "bea@demo.example", "Radiology", "Allied Health Professionals", "Radiographer", "2020-01-01"],
            ["1003", "Cy Fictional", "cy@demo.example", "Board", "Administrative and Clerical", "Director", "2020-01-01"],
        ])
        self.ask("mapping", "publish", write_json(self.root / "mapping.json", MAPPING))
        self.ask("source", "add", "lms", "--adapter", "csv", "--folder", self.drop, "--activity-base", ACTIVITY, "--settings",
                 write_json(self.root / "settings.json", SETTINGS))
        shaper = self.root / "assign.csv"
        shaper.write_text("employee_number,archetype,state\n1003,shaper,confirmed\n")
        self.ask("assign", "import", shaper, "--issuer", "demo")
        self.export([["1001", "AI-1", "AI basics", "Completed", "01/03/2026"], ["1002", "AI-1", "AI basics", "Started", "02/03/2026"],
                     ["1003", "AI-2", "AI safety", "Passed", "03/03/2026"]])

    def serve(self, *more):
        self.daemon = Daemon(self.data, *more)
        return self.daemon

    def digest(self):
        return self.ask("digest")["digest"]

    def item(self, person, requirement):
        """The item of a person's record (foundation or advanced)."""
        record = self.ask("record", person)
        for part in record["factors"] + record.get("products", []):
            for item in part["items"]:
                if item["requirement"] == requirement:
                    return item
        raise KeyError(requirement)


class Daemon:
    """capbridge serve on a free port; ends by stop() or kill()."""

    def __init__(self, data, *more, listen="127.0.0.1:0", **how):
        self.log = open(pathlib.Path(data).parent / "daemon.log", "a+b")
        self.process = subprocess.Popen([BINARY, "serve", "--data", str(data), "--listen", listen, *map(str, more)], stdout=self.log, stderr=self.log, **how)
        address = pathlib.Path(data) / "address"
        deadline = time.monotonic() + 30
        while True:
            if self.process.poll() is not None:
                raise Failed(["serve"], self.process.returncode, "", self.text())
            try:
                self.base = address.read_text().strip()
                if self.base and self.get("/readyz")[0] == 200:
                    return
            except (OSError, urllib.error.URLError):
                pass
            if time.monotonic() > deadline:
                raise Failed(["serve"], None, "not ready in 30 s", self.text())
            time.sleep(0.02)

    def text(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text()

    def request(self, method, path, body=None, headers=None, auth=None):
        """(status, headers, body text)"""
        headers = dict(headers or {})
        if auth:
            headers["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.base + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def stop(self, signum=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(signum)
            self.process.wait(timeout=30)
        if not self.log.closed:
            self.log.close()
        return self.process.returncode

    def kill(self):
        return self.stop(signal.SIGKILL)


def program(name):
    """Where it is, also for whoever has no /usr/sbin in PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def lacking(why):
    """Ends a test for want of a program: it is skipped, but where CI is set, and scripts/setup installs all of them, it fails."""
    raise AssertionError(f"CI is set, and {why}") if os.environ.get("CI") else unittest.SkipTest(why)


def needs(there, why):
    """Of a test or a class of tests that needs a program, like unittest.skipUnless, by lacking()."""
    def mark(test):
        if there:
            return test
        if isinstance(test, type):
            test.setUp = lambda self: lacking(why)
            return test
        return functools.wraps(test)(lambda self: lacking(why))
    return mark


class Case(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)

    def files_with(self, *words):
        """(file, word) where a word stands in the test's folder: data directory, drop folder, log. For when nobody writes any more."""
        found = []
        for path in sorted(p for p in self.world.root.rglob("*") if p.is_file()):
            content = path.read_bytes()
            found += [(path.name, word) for word in words if word.encode() in content]
        return found

    def refused(self, *args, code=2):
        """Runs a command that must fail; its message."""
        with self.assertRaises(Failed) as caught:
            run(*args)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception.err
