"""docs/messages.md says of every code that a person can see what it means and what to do: nothing is missing, nothing is left over."""
import json
import re
import subprocess
import unittest

import bridge

# Codes that stay inside: they steer the program, and no person sees them.
INTERNAL = {
    "dry_run",  # ends a transaction that was only tried
    "none",     # no error: nothing was asked for
    "unknown_",
    "adapter_ok",
    "auth", "email", "openid",  # a helper's "adapter_" + this; schemes of identifiers
}
FAILURES = re.compile(r'(?:\bfail(?:ed)?\(|Failure\(\{|error_json\(\{|error_response\(\s*\d+,|\bError(?:\s+\w+)?\{|\brefuse\(\{|\brefusal\(|\btell\(|'
                      r'\bdamage\(|return \{|\bfail_at\([^;"]*?,)\s*"([a-z]+(?:_[a-z]+)*)"(?=,)')
DAMAGE = re.compile(r'out\.push_back\(\{"([a-z]+_[a-z_]+)"')  # what check-data and a backup find
DAMAGE_IN = "src/core/store/sqlite/copying.cpp"
CLASSES = re.compile(r'kClasses\{([^}]+)\}')  # an adapter's own failures: "adapter_" and one of these
PLACES_OF_CLASSES = "src/adapters/frame.cpp"
BRACKETED = re.compile(r"\[([a-z]+(?:_[a-z]+)+)\](?!\()")  # in the documents: as a person sees it
EVENTS = re.compile(r'log::(?:warn|error)\(([^;"]*"[a-z_.]+"(?:\s*:\s*"[a-z_.]+")?)')
# What status, readyz and the metrics call what is wrong: {"disk_full", "..."}, {true, "source_stopped", "..."}.
FINDINGS = re.compile(r'\{\s*(?:[a-z >=]+,\s*)?"([a-z_]+)",')
FINDERS = {"src/server/readiness.cpp", "src/server/observer.cpp", "src/cli/status_findings.cpp"}
# What `capbridge check` says of a configuration, and of what is tried of it.
CHECKERS = re.compile(r"src/cli/(check|config|forward_targets|token_issuers|file_findings|remedies)|src/adapters/(.*settings|egress)"
                      r"|src/core/engine/forward/settings|src/core/base/schema")
CHECKS = re.compile(r'\b(?:problem|add|error|tell)\((?:[^;]*?,)??\s*"([a-z]+(?:_[a-z]+)*)",(?=\s)|Severity::(?:error|warning),\s*"([a-z]+(?:_[a-z]+)*)",')
REMEDIES = re.compile(r'^ {8}\{"([a-z_]+)",', re.MULTILINE)
REMEDIES_IN = "src/cli/remedies.cpp"
MEMBERS = {"code", "message", "remedy", "status", "reasons", "warnings", "reason", "what", "do", "bytes"}
ENTRY = re.compile(r"^### `([^`]+)`\nMeans: (.+)\nDo: (.+)$", re.MULTILINE)


def sources():
    for folder in ("src", "plugins"):
        for path in sorted((bridge.REPO / folder).rglob("*")):
            if path.suffix in {".cpp", ".hpp", ".h", ".c"}:
                yield path.relative_to(bridge.REPO), path.read_text(encoding="utf-8")


def codes_given():
    """Code -> where it is given first."""
    given = {}
    for path, text in sources():
        for match in FAILURES.finditer(text):
            given.setdefault(match[1], path)
        if str(path) == DAMAGE_IN:
            for code in DAMAGE.findall(text):
                given.setdefault(code, path)
        if str(path) == PLACES_OF_CLASSES:
            for name in re.findall(r'"([a-z_]+)"', CLASSES.search(text)[1]):
                given.setdefault("adapter_" + name, path)
        for match in EVENTS.finditer(text):
            for event in re.findall(r'"([a-z_.]+)"', match[1]):
                given.setdefault(event, path)
        if CHECKERS.match(str(path)):
            for first, second in CHECKS.findall(text):
                given.setdefault(first or second, path)
        if str(path) == REMEDIES_IN:
            for code in REMEDIES.findall(text):
                given.setdefault(code, path)
        if str(path) in FINDERS:
            for match in FINDINGS.finditer(text):
                if match[1] not in MEMBERS:
                    given.setdefault(match[1], path)
    return {code: path for code, path in given.items() if code not in INTERNAL}


class Catalogue(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.text = (bridge.REPO / "docs/messages.md").read_text(encoding="utf-8")
        cls.entries = {code: (means, do) for code, means, do in ENTRY.findall(cls.text)}

    def test_every_heading_is_a_whole_entry(self):
        headings = re.findall(r"^### (.+)$", self.text, re.MULTILINE)
        self.assertEqual(len(headings), len(set(headings)), "an entry is there twice")
        self.assertEqual({h.strip("`") for h in headings} - set(self.entries), set(), "entries without Means: or Do:")

    def test_every_code_has_an_entry(self):
        given = codes_given()
        self.assertGreater(len(given), 150, "the search finds too little")
        for code in ("disk_full", "folding", "store_hangs", "source_fails", "no_backup", "data_mode", "two_halves", "listens_to_all", "unknown_member", "wide_network"):
            self.assertIn(code, given)
        missing = {code: str(path) for code, path in given.items() if code not in self.entries}
        self.assertEqual(missing, {}, "write an entry in docs/messages.md")

    def test_every_code_that_the_documents_bracket_has_an_entry(self):
        named = {code: path.name for path in sorted((bridge.REPO / "docs").glob("*.md")) for code in BRACKETED.findall(path.read_text(encoding="utf-8"))}
        self.assertGreater(len(named), 10)
        self.assertEqual({code: page for code, page in named.items() if code not in self.entries}, {})

    def test_every_entry_has_a_code(self):
        quoted = set()
        for _, text in sources():
            quoted |= set(re.findall(r'"([a-z_.]+)"', text))
        self.assertEqual(set(self.entries) - quoted, set(), "entries that no code gives")

    def test_an_entry_is_no_echo(self):
        for code, (means, do) in self.entries.items():
            with self.subTest(code):
                self.assertGreater(len(means), 15)
                self.assertNotEqual(means.lower().rstrip("."), code.replace("_", " "))


class Command(unittest.TestCase):
    def test_it_prints_an_entry_by_its_code_with_or_without_brackets(self):
        for code in ("store_locked", "[store_locked]"):
            out, _ = bridge.run("message", code)
            self.assertIn("What it means:", out)
            self.assertIn("What to do:", out)
            self.assertIn("process", out)

    def test_an_unknown_code_names_similar_ones(self):
        done = subprocess.run([bridge.BINARY, "message", "store_lock"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("store_locked", done.stderr)

    def test_the_binary_has_the_whole_page(self):
        out, _ = bridge.run("message", "--json")
        page = (bridge.REPO / "docs/messages.md").read_text(encoding="utf-8")
        self.assertEqual({m["code"] for m in json.loads(out)}, set(code for code, _, _ in ENTRY.findall(page)))


if __name__ == "__main__":
    unittest.main()
