#!/usr/bin/env python3
"""Holds include/bridge/adapter.h to what was published: libabigail compares its structs with tests/adapters/frozen/*.abi.

A struct may grow at its end; a member that is changed, moved or removed fails, and so does the test when it would not notice that.
Skips, and says so, where abidw and abidiff (Debian: abigail-tools) or a C compiler are missing.
  tests/adapters/abi_test.py --write FILE    writes a new reference file instead
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

FROZEN = pathlib.Path(__file__).resolve().parent / "frozen"
HEADER = FROZEN.parents[2] / "include/bridge/adapter.h"
ERROR = 1 | 2  # bits of abidiff's exit code
# What abidiff says of a struct that grew at its end, and of nothing else. (Its own suppressions are too lenient: that of 2.2 for
# members inserted at the end passes over changed ones.)
SUMMARY = re.compile(r"(Leaf changes|Changed leaf types) summary:|Removed/Changed/Added (functions|variables) summary: 0 Removed, 0 Changed, \d+ Added")
STRUCT = re.compile(r"'struct (\w+)' changed:$")
SIZE = re.compile(r"type size changed from (\d+) to (\d+) \(in bits\)$")
INSERTIONS = re.compile(r"\d+ data member insertions?:$")
MEMBER = re.compile(r"'.+', at offset (\d+) \(in bits\)$")
ADDED = re.compile(r"\d+ Added functions?:|\[A\] '")
FINAL = {"bridge_text"}  # has no size


def missing():
    return [tool for tool in ("abidw", "abidiff", "gcc") if not shutil.which(tool)]


def abi_of(header, folder):
    """The abidw file of that header's text."""
    (folder / "bridge").mkdir(exist_ok=True)
    (folder / "bridge/adapter.h").write_text(header)
    library, out = folder / "structs.so", folder / "structs.abi"
    subprocess.run(["gcc", "-std=c11", "-g", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{folder}", FROZEN / "public_structs.c", "-o", library],
                   check=True)
    subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--type-id-style", "hash", "--out-file", out, library],
                   check=True)
    return out


@unittest.skipIf(missing(), f"not installed: {', '.join(missing())}")
class Abi(unittest.TestCase):
    def not_growth(self, report):
        """The lines that are more than a struct grown at its end."""
        out, old_size = [], 0
        for line in filter(None, map(str.strip, report.splitlines())):
            if struct := STRUCT.match(line):
                old_size = None
                fine = struct[1] not in FINAL
            elif size := SIZE.match(line):
                old_size = int(size[1])
                fine = int(size[2]) > old_size
            elif member := MEMBER.match(line):
                fine = old_size is not None and int(member[1]) >= old_size
            else:
                fine = SUMMARY.match(line) or INSERTIONS.match(line) or ADDED.match(line)
            if not fine:
                out.append(line)
        return "\n".join(out)

    def compare(self, header, reference=FROZEN / "adapter_1_0.abi"):
        """What abidiff says against; "" when nothing that matters has changed."""
        with tempfile.TemporaryDirectory() as folder:
            now = abi_of(header, pathlib.Path(folder))
            done = subprocess.run(["abidiff", "--leaf-changes-only", "--no-show-locs", reference, now], capture_output=True, text=True)
        self.assertFalse(done.returncode & ERROR, done.stderr)
        return self.not_growth(done.stdout)

    def changed(self, old, new):
        header = HEADER.read_text()
        self.assertIn(old, header, "adapter.h is not laid out as this test thinks")
        return self.compare(header.replace(old, new, 1))

    def test_the_header_is_what_was_published(self):
        for reference in sorted(FROZEN.glob("*.abi")):
            self.assertEqual(self.compare(HEADER.read_text(), reference), "", reference.name)

    def test_a_struct_may_grow_at_its_end(self):
        self.assertEqual(self.changed("} bridge_error;", "    int64_t grown;\n} bridge_error;"), "")
        self.assertEqual(self.changed("} bridge_adapter;", "    void (*one)(void*);\n    void (*two)(void*);\n} bridge_adapter;"), "")

    def test_nothing_else_may_change(self):
        for what, old, new in [
            ("a member of another type", "int64_t retry_after_ms;", "int32_t retry_after_ms;"),
            ("a member of another type at the same size", "int32_t (*check)(void* self, const bridge_call* call);", "int64_t check;"),
            ("a parameter more", "int32_t (*check)(void* self, const bridge_call* call);",
             "int32_t (*check)(void* self, const bridge_call* call, int32_t how);"),
            ("a member removed", "    int64_t timeout_ms; /* 0: the host's default */\n", ""),
            ("a member in between", "    int32_t code;\n", "    int32_t code;\n    int64_t between;\n"),
            ("a function's answer", "void (*destroy)(void* self);", "int32_t (*destroy)(void* self);"),
            ("a final struct grown", "} bridge_text;", "    int32_t grown;\n} bridge_text;"),
            ("grown and changed", "    uint32_t count; /*", "    uint64_t count; /*"),
        ]:
            with self.subTest(what):
                self.assertNotEqual(self.changed(old, new), "")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--write":
        with tempfile.TemporaryDirectory() as scratch:
            text = abi_of(HEADER.read_text(), pathlib.Path(scratch)).read_text()
            pathlib.Path(sys.argv[2]).write_text(text.replace(f"{FROZEN}/", ""))  # no folder of the machine it was written on
    else:
        unittest.main()
