"""The documents do not speak of what is not there: each command and option in them is one of the program's, each link leads somewhere,
each test that is named as a proof exists."""
import json
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bridge import BINARY, REPO  # noqa: E402

PAGES = sorted([*(REPO / "docs").glob("*.md"), REPO / "README.md", REPO / "packaging/install.md"])
END = re.compile(r"[|;&><]|\s#\s")
PLACEHOLDER = re.compile(r"^[A-Z][A-Z0-9_./:\[\],|=-]*$|[…\[\]<>]|^\.\.\.$")


def anchor(title):
    """As the usual viewers of Markdown make it of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
    return re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")


def commands_in(text):
    """What stands in code, from the word capbridge to the command's end."""
    code = []
    for block in re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S):
        code += re.sub(r"\\\n\s*", " ", block).splitlines()
    code += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    for line in code:
        line = line.replace("runuser -u capbridge -- ", "")
        for found in re.finditer(r"(?:^|[\s&;(]|/bin/)capbridge (?=[a-z]|--)(?!capbridge )", line):
            rest = line[found.end():]
            if not re.search(r"capbridge \|", line):
                yield END.split(rest)[0].strip()


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = json.loads(subprocess.run([BINARY, "help-tree"], check=True, capture_output=True, timeout=60).stdout)

    def problem(self, command):
        """What is wrong with it, or ''."""
        try:
            words = shlex.split(command, comments=True)
        except ValueError:
            words = command.split()
        place, path = self.tree, []
        skip = False
        for word in words:
            if skip:
                skip = False
                continue
            if word.startswith("-"):
                name, _, value = word.partition("=")
                if PLACEHOLDER.search(name) or name == "-":
                    continue
                names = [option for option in place["options"] if name in option["names"]]
                if not names:
                    return f"no option {name} of 'capbridge {' '.join(path)}'"
                skip = bool(names[0]["value"] or names[0]["choices"]) and not value
                continue
            # "run list|show": of several, each.
            below = {one["name"]: one for one in place["commands"]}
            if not below or PLACEHOLDER.search(word):
                continue
            alternatives = word.split("|")
            for one in alternatives:
                one = one.rstrip(":,.")
                if one not in below:
                    return f"no command '{one}' of 'capbridge {' '.join(path)}'"
            place = below[alternatives[0].rstrip(":,.")]
            path.append(place["name"])
            if len(alternatives) > 1:
                return ""
        return ""

    def test_each_command_is_one(self):
        wrong, seen = [], 0
        for page in PAGES:
            for command in commands_in(page.read_text()):
                if re.match(r"(adapter-child|daemon|developers|is|and|with|user)\b", command):
                    continue
                seen += 1
                if said := self.problem(command):
                    wrong.append(f"{page.name}: capbridge {command}: {said}")
        self.assertGreater(seen, 100)
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_each_link_leads_somewhere(self):
        wrong = []
        for page in PAGES:
            text = page.read_text()
            for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, part = target.partition("#")
                file = page if not name else (page.parent / name)
                if not file.exists():
                    wrong.append(f"{page.name}: {target}")
                elif part and file.suffix == ".md":
                    anchors = {anchor(title) for title in re.findall(r"^#+ (.*)$", file.read_text(), re.M)}
                    if part not in anchors:
                        wrong.append(f"{page.name}: {target}: no such heading")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_each_proof_exists(self):
        wrong = []
        for name in ("security.md", "dtac.md", "dspt.md"):
            for proof in re.findall(r"`((?:e2e|server|adapters|core|package|browser|fuzz|conformance|bad_plugins)/[^`]*)`", (REPO / "docs" / name).read_text()):
                if not list((REPO / "tests").glob(proof.rstrip("/"))):
                    wrong.append(f"{name}: tests/{proof}")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


if __name__ == "__main__":
    unittest.main()
