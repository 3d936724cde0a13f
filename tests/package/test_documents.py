"""Manual pages and completions are made of what the program says of itself; the shells and man themselves judge them."""
import gzip
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bridge import BINARY, REPO  # noqa: E402


def words(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, **more)
    return done.returncode, done.stdout, done.stderr


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="capbridge-documents-")
        cls.out = pathlib.Path(cls.folder.name)
        subprocess.run([sys.executable, "-B", REPO / "packaging/documents.py", "--program", BINARY, "--schema",
                        REPO / "config/schemas/configuration.schema.json", "--out", cls.out], check=True, timeout=120)
        cls.tree = json.loads(subprocess.run([BINARY, "help-tree"], check=True, capture_output=True).stdout)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def page(self, name):
        return gzip.decompress((self.out / "man" / name).read_bytes()).decode()

    def test_the_tree_has_what_help_has(self):
        code, out, _ = words(BINARY, "--help")
        self.assertEqual(code, 0)
        said = {line.split()[0] for line in out.split("Subcommands:")[1].splitlines() if line.startswith("  ") and line[2] != " "}
        self.assertEqual(said, {c["name"] for c in self.tree["commands"]})
        self.assertNotIn("help-tree", said)
        self.assertTrue(all(c["description"] for c in self.tree["commands"]))

    def test_each_command_has_a_page_and_each_option_stands_in_it(self):
        for command in self.tree["commands"]:
            text = self.page(f"man1/capbridge-{command['name']}.1.gz")

            def check(one):
                for option in one["options"]:
                    for name in option["names"]:
                        if name not in ("-h", "--help"):
                            self.assertIn(name.replace("-", "\\-"), text)
                for below in one["commands"]:
                    check(below)
            check(command)
        self.assertIn("capbridge\\-serve", self.page("man1/capbridge.1.gz"))

    def test_every_member_of_the_configuration_stands_in_its_page(self):
        text = self.page("man5/capbridge.json.5.gz")
        schema = json.loads((REPO / "config/schemas/configuration.schema.json").read_text())
        for name in schema["properties"]:
            if name != "$schema":
                self.assertIn(f"\\fB{name}\\fR", text)
        self.assertIn("\\fBsources[].schedule.every\\fR", text)

    @unittest.skipUnless(shutil.which("groff"), "groff is not there: apt install groff-base")
    def test_man_has_nothing_to_say_about_the_pages(self):
        pages = sorted((self.out / "man").rglob("*.gz"))
        self.assertGreater(len(pages), 30)
        for page in pages:
            done = subprocess.run(["groff", "-man", "-ww", "-Tutf8"], input=gzip.decompress(page.read_bytes()), capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), page.name)
            # man shows a page by its NAME line; without one apropos cannot find it.
            self.assertIn("NAME", re.sub(".\x08", "", done.stdout.decode(errors="replace")))

    def test_the_same_pages_are_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as again:
            subprocess.run([sys.executable, "-B", REPO / "packaging/documents.py", "--program", BINARY, "--schema",
                            REPO / "config/schemas/configuration.schema.json", "--out", again], check=True, timeout=120)
            for one in self.out.rglob("*"):
                if one.is_file():
                    self.assertEqual(one.read_bytes(), (pathlib.Path(again) / one.relative_to(self.out)).read_bytes(), one.name)

    # ---- completions, by the shells themselves

    def bash(self, line):
        script = f"""
source {self.out}/bash-completion/completions/capbridge
COMP_WORDS=({line} "$1"); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_capbridge capbridge "$1" 2>&1
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
        last = ""
        if not line.endswith(" "):
            line, _, last = line.rpartition(" ")
            script = script.replace(f"COMP_WORDS=({line} {last} ", f"COMP_WORDS=({line} ")
        code, out, err = words("bash", "--norc", "-c", script, "bash", last)
        self.assertEqual((code, err), (0, ""))
        return out.split()

    @unittest.skipUnless(shutil.which("bash"), "bash is not there")
    def test_bash(self):
        self.assertEqual(words("bash", "-n", self.out / "bash-completion/completions/capbridge"), (0, "", ""))
        self.assertEqual(self.bash("capbridge pack"), ["package"])
        self.assertIn("inspect", self.bash("capbridge package "))
        self.assertIn("--dry-run", self.bash("capbridge run revert 12 --"))
        self.assertIn("--json", self.bash("capbridge run --data /x list --j"))  # the value of an option is no command
        self.assertNotIn("package", self.bash("capbridge run list "))

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not there: apt install zsh")
    def test_zsh(self):
        self.assertEqual(words("zsh", "-n", self.out / "zsh/vendor-completions/_capbridge"), (0, "", ""))
        # A real zsh on a terminal of its own, as a person has it; what is listed after Tab is what it offers.
        script = """
zmodload zsh/zpty
zpty shell 'TERM=dumb PS1=@ zsh -f -i'
zpty -w shell 'fpath=(%s $fpath); autoload -Uz compinit; compinit -u -D; zstyle ":completion:*" list-colors ""; LISTMAX=10000; echo is-ready-now'
zpty -r -m shell line '*is-ready-now*is-ready-now*'
zpty -w -n shell $'%s\\t\\t'
sleep 1.5
while zpty -r -t shell line; do print -r -- $line; done
zpty -d shell
"""
        for typed, offered in (("capbridge pac", "package"), ("capbridge package insp", "inspect"), ("capbridge run revert --dry", "--dry-run"),
                               ("capbridge package build --requi", "--requirements")):
            _, out, err = words("zsh", "-f", "-c", script % (self.out / "zsh/vendor-completions", typed))
            self.assertIn(offered, out, err)

    @unittest.skipUnless(shutil.which("fish"), "fish is not there: apt install fish")
    def test_fish(self):
        def offered(line):
            code, out, err = words("fish", "--no-config", "-c", f"source {self.out}/fish/vendor_completions.d/capbridge.fish; complete -C '{line}'")
            self.assertEqual((code, err), (0, ""))
            return [one.split("\t")[0] for one in out.splitlines()]
        self.assertEqual(words("fish", "-n", self.out / "fish/vendor_completions.d/capbridge.fish"), (0, "", ""))
        self.assertEqual(offered("capbridge pack"), ["package"])
        self.assertIn("inspect", offered("capbridge package "))
        self.assertNotIn("serve", offered("capbridge package "))
        self.assertIn("--dry-run", offered("capbridge run revert --"))


if __name__ == "__main__":
    unittest.main()
