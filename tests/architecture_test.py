#!/usr/bin/env python3
"""Who may include whom: reads the #includes of src/, include/ and plugins/ and holds them to the table below.

tests/architecture_test.py           checks this repository, and that the check itself finds planted breaches
"""
import pathlib
import re
import sys
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parent.parent
CODE = {".h", ".hpp", ".c", ".cpp", ".cc", ".hh", ".ipp"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include(?:_next)?[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)

# Lowest first; a folder may include those of every line above its own, and those of its own line only if named here.
LAYERS = [
    ["core/base"],
    ["core/framework", "core/xapi"],
    ["core/people", "core/scorm"],
    ["core/competency"],
    ["core/store", "core/net"],
    ["core/engine"],
    ["adapters", "server"],
    ["cli"],
    ["main.cpp"],
]
# What the host shares with its plugins.
BRIDGE_USERS = {"adapters"}

# A heavy library, and the files (a prefix of the path) that may see it.
HOMES = [
    (re.compile(r"boost/asio(/|\.hpp)"), ["src/server/", "src/adapters/", "src/core/engine/", "src/cli/"]),
    (re.compile(r"boost/"), ["src/server/"]),
    (re.compile(r"curl/"), ["src/core/net/"]),
    (re.compile(r"(libxml2?/|zip\.h$|zipconf\.h$|cmark\.h$)"), ["src/core/scorm/"]),
    (re.compile(r"(spdlog|fmt)/"), ["src/core/base/"]),
    (re.compile(r"sqlite3(ext)?\.h$"), ["src/core/store/sqlite/"]),
    (re.compile(r"(libpq-fe\.h|libpq/|pqxx/|postgresql/)"), ["src/core/store/postgres/"]),
    (re.compile(r"valijson/"), ["src/core/base/schema.cpp"]),
    (re.compile(r"simdjson"), ["src/core/base/json_fast.cpp"]),
    (re.compile(r"cjose/"), ["src/core/base/"]),
    (re.compile(r"libstemmer\.h$"), ["src/core/competency/"]),
    (re.compile(r"seccomp\.h$"), ["src/adapters/"]),
    (re.compile(r"CLI/"), ["src/cli/"]),
]
LONGEST_FILE = 400
LONG_FILE = 350
C_HEADERS = {f"{name}.h" for name in "assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign "
             "stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype".split()}


def code_files(root, *folders):
    for folder in folders:
        yield from sorted(p for p in (root / folder).rglob("*") if p.suffix in CODE and p.is_file())


def without_comments(text):
    """Comments become blanks, line breaks stay; the literals of strings are kept, for they hold the quoted includes."""
    kept = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return kept.sub(lambda m: m[0] if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0]), text)


def includes(path):
    """(line, quoted, name) of every #include."""
    text = without_comments(path.read_text(encoding="utf-8"))
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match[1] == '"', match[2]


def folder_of(name):
    """The folder of LAYERS to which a path below src/ belongs: core/base/json.hpp is of core/base."""
    parts = name.split("/")
    return "/".join(parts[:2]) if parts[0] == "core" else parts[0]


def layer_of(folder):
    return next((i for i, layer in enumerate(LAYERS) if folder in layer), None)


def check_direction(where, own, folder, name):
    if folder == own:
        return
    if folder == "bridge":
        if own not in BRIDGE_USERS:
            yield f"{where}: {own} includes {name}: only {', '.join(sorted(BRIDGE_USERS))} may see include/bridge"
        return
    mine, theirs = layer_of(own), layer_of(folder)
    if theirs is None:
        yield f"{where}: {own} includes {name}, which is in no folder of the architecture"
    elif mine == theirs:
        yield f"{where}: {own} includes {name}: siblings do not include each other"
    elif mine < theirs:
        yield f"{where}: {own} includes {name}: {folder} stands above it"


def check_sources(root):
    for path in code_files(root, "src"):
        shown = path.relative_to(root).as_posix()
        below = path.relative_to(root / "src").as_posix()
        own = folder_of(below)
        if layer_of(own) is None:
            yield f"{shown}: {own} is no folder of the architecture"
            continue
        for line, quoted, name in includes(path):
            where = f"{shown}:{line}"
            # Names are written from src/ (or include/); <> does not hide them.
            if name.startswith(("./", "../")) or "/../" in name:
                yield f"{where}: {name}: write includes from src/"
            elif quoted and not (root / "src" / name).exists() and not (root / "include" / name).exists():
                yield f"{where}: {name}: write includes from src/, libraries in <>"
            elif (root / "src" / name).exists() or name.startswith(("core/", "bridge/")):
                yield from check_direction(where, own, folder_of(name), name)


def check_libraries(root):
    for path in code_files(root, "src"):
        shown = path.relative_to(root).as_posix()
        for line, _, name in includes(path):
            homes = next((homes for pattern, homes in HOMES if pattern.match(name)), None)
            if homes is not None and not any(shown.startswith(home) for home in homes):
                yield f"{shown}:{line}: {name} is at home only in {', '.join(homes)}"


def check_plugins(root):
    for path in code_files(root, "plugins"):
        shown = path.relative_to(root).as_posix()
        for line, quoted, name in includes(path):
            plugins = (root / "plugins").resolve()
            beside = [(start / name).resolve() for start in (path.parent, plugins)]
            inside = quoted and any(p.is_file() and plugins in p.parents for p in beside)
            if inside or (name.startswith("bridge/") and ".." not in name):
                continue
            if (root / "src" / name).exists() or "src/" in name or name.startswith("core/") or quoted:
                yield f"{shown}:{line}: {name}: a plugin sees include/bridge, its own files and libraries, nothing of src/"


def check_bridge(root):
    for path in code_files(root, "include"):
        shown = path.relative_to(root).as_posix()
        for line, quoted, name in includes(path):
            itself = (name.startswith("bridge/") and (root / "include" / name).exists()) or (quoted and (path.parent / name).exists() and ".." not in name)
            standard = not quoted and (name in C_HEADERS or re.fullmatch(r"[a-z0-9_]+", name))
            if path.suffix == ".h":
                standard = not quoted and name in C_HEADERS
            if not itself and not standard:
                yield f"{shown}:{line}: {name}: a vendor has only the standard headers and include/bridge"


def line_counts(root):
    return {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8").count("\n") for p in code_files(root, "src")}


def check_lengths(root):
    for shown, lines in line_counts(root).items():
        if lines > LONGEST_FILE:
            yield f"{shown}: {lines} lines; a file is one idea, of at most {LONGEST_FILE} lines"


def check_targets(root):
    """Every folder with code is one target of CMakeLists.txt."""
    targets = set(re.findall(r"^\s*bridge_folder\(\s*([^\s)]+)", (root / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE))
    folders = {"src/" + folder_of(p.relative_to(root / "src").as_posix()) for p in code_files(root, "src") if p.parent != root / "src"}
    for folder in sorted(folders - targets):
        yield f"CMakeLists.txt: {folder} has no bridge_folder()"
    for folder in sorted(targets):
        if not any(code_files(root, folder)) and layer_of(folder.removeprefix("src/")) is None:
            yield f"CMakeLists.txt: {folder} is no folder of the architecture"


CHECKS = [check_sources, check_libraries, check_plugins, check_bridge, check_lengths, check_targets]


class Repository(unittest.TestCase):
    def hold(self, check):
        self.assertEqual(list(check(REPO)), [])

    def test_there_is_something_to_read(self):
        self.assertGreater(len(line_counts(REPO)), 20)

    def test_folders_include_only_what_stands_below_them(self):
        self.hold(check_sources)

    def test_heavy_libraries_stay_at_home(self):
        self.hold(check_libraries)

    def test_plugins_see_nothing_of_src(self):
        self.hold(check_plugins)

    def test_bridge_headers_need_nothing_but_the_standard(self):
        self.hold(check_bridge)

    def test_no_file_is_longer_than_an_idea(self):
        for shown, lines in line_counts(REPO).items():
            if LONG_FILE < lines <= LONGEST_FILE:
                print(f"architecture_test: {shown} has {lines} lines: more than {LONG_FILE}, consider splitting it", file=sys.stderr)
        self.hold(check_lengths)

    def test_each_folder_has_its_target(self):
        self.hold(check_targets)


class PlantedBreaches(unittest.TestCase):
    """A small tree that keeps every rule; each test adds a file that breaks one."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        folders = [folder for layer in LAYERS for folder in layer if folder != "main.cpp"]
        self.write("CMakeLists.txt", "".join(f"bridge_folder(src/{folder} LINKS x)\n" for folder in folders))
        for folder in folders:
            self.write(f"src/{folder}/a.hpp", "#pragma once\n")
        self.write("src/main.cpp", '#include "cli/a.hpp"\n#include "adapters/a.hpp"\n')
        self.write("src/core/scorm/xml.cpp", '#include <libxml/parser.h>\n#include <zip.h>\n#include "core/xapi/a.hpp"\n#include "core/framework/a.hpp"\n')
        self.write("src/core/people/x.cpp", '#include <vector>\n#include "core/people/a.hpp"\n#include "core/xapi/a.hpp"\n')
        self.write("src/core/base/schema.cpp", "#include <valijson/schema.hpp>\n#include <spdlog/spdlog.h>\n")
        self.write("src/core/store/sqlite/db.cpp", "#include <sqlite3.h>\n")
        self.write("src/core/net/http.cpp", "#include <curl/curl.h>\n")
        self.write("src/core/engine/timer.cpp", "#include <boost/asio/steady_timer.hpp>\n")
        self.write("src/server/http.cpp", '#include <boost/beast/http.hpp>\n#include "core/engine/a.hpp"\n#include "core/base/a.hpp"\n')
        self.write("src/cli/main.cpp", "#include <CLI/CLI.hpp>\n#include <boost/asio/io_context.hpp>\n")
        self.write("src/adapters/host.cpp", '#include "bridge/adapter.h"\n')
        self.write("include/bridge/adapter.h", "#include <stddef.h>\n#include <stdint.h>\n")
        self.write("include/bridge/adapter.hpp", '#include <string>\n#include <cstdint>\n#include "bridge/adapter.h"\n')
        self.write("plugins/csv/adapter.cpp", '#include <bridge/adapter.hpp>\n#include "table.hpp"\n#include "csv/table.hpp"\n#include <nlohmann/json.hpp>\n')
        self.write("plugins/csv/table.hpp", "#include <string>\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def found(self):
        return [problem for check in CHECKS for problem in check(self.root)]

    def plant(self, name, text, expected):
        self.write(name, text)
        found = self.found()
        self.assertEqual(len(found), 1, found)
        self.assertIn(expected, found[0])

    def test_the_small_tree_keeps_every_rule(self):
        self.assertEqual(self.found(), [])

    def test_a_lower_folder_includes_a_higher_one(self):
        self.plant("src/core/base/bad.cpp", '\n#include "core/xapi/a.hpp"\n', "src/core/base/bad.cpp:2: core/base includes core/xapi/a.hpp")

    def test_angle_brackets_hide_nothing(self):
        self.plant("src/core/store/bad.hpp", "#  include <core/engine/a.hpp>\n", "core/engine stands above it")

    def test_siblings_include_each_other(self):
        for name, other in [("core/people", "core/scorm"), ("core/framework", "core/xapi"), ("core/store", "core/net"), ("adapters", "server")]:
            with self.subTest(name):
                self.plant(f"src/{name}/bad.cpp", f'#include "{other}/a.hpp"\n', "siblings")
                (self.root / f"src/{name}/bad.cpp").unlink()

    def test_the_core_includes_a_bridge_header(self):
        self.plant("src/core/engine/bad.cpp", '#include "bridge/adapter.h"\n', "include/bridge")

    def test_a_relative_include(self):
        self.plant("src/core/base/bad.cpp", '#include "../xapi/a.hpp"\n', "write includes from src/")

    def test_an_include_by_bare_name(self):
        self.plant("src/core/base/bad.cpp", '#include "a.hpp"\n', "write includes from src/")

    def test_a_folder_outside_the_architecture(self):
        self.write("CMakeLists.txt", (self.root / "CMakeLists.txt").read_text() + "bridge_folder(src/core/helpers)\n")
        self.plant("src/core/helpers/a.cpp", "#include <vector>\n", "core/helpers is no folder")

    def test_a_heavy_library_outside_its_home(self):
        for name, library in [("core/engine", "boost/beast/http.hpp"), ("core/store", "boost/asio/post.hpp"), ("core/engine", "curl/curl.h"),
                              ("core/base", "libxml/parser.h"), ("server", "zip.h"), ("server", "spdlog/spdlog.h"), ("core/store", "sqlite3.h"),
                              ("core/base", "valijson/validator.hpp"), ("server", "CLI/CLI.hpp")]:
            with self.subTest(library):
                self.plant(f"src/{name}/bad.cpp", f"#include <{library}>\n", f"{library} is at home only in")
                (self.root / f"src/{name}/bad.cpp").unlink()

    def test_a_plugin_includes_src(self):
        for include in ['"core/base/a.hpp"', "<core/base/a.hpp>", '"../../src/core/base/a.hpp"', '"server/a.hpp"']:
            with self.subTest(include):
                self.plant("plugins/csv/bad.cpp", f"#include {include}\n", "nothing of src/")

    def test_a_bridge_header_includes_a_library(self):
        for include in ["<nlohmann/json.hpp>", "<unistd.h>", '"core/base/a.hpp"']:
            with self.subTest(include):
                self.plant("include/bridge/bad.hpp", f"#include {include}\n", "only the standard headers")

    def test_the_c_header_includes_cpp(self):
        self.plant("include/bridge/bad.h", "#include <string>\n", "only the standard headers")

    def test_a_file_that_is_too_long(self):
        self.write("src/core/base/long.cpp", "//\n" * LONGEST_FILE)
        self.assertEqual(self.found(), [])
        self.plant("src/core/base/long.cpp", "//\n" * (LONGEST_FILE + 1), f"long.cpp: {LONGEST_FILE + 1} lines")

    def test_a_folder_without_a_target(self):
        self.plant("CMakeLists.txt", (self.root / "CMakeLists.txt").read_text().replace("bridge_folder(src/cli LINKS x)\n", ""), "src/cli has no bridge_folder()")

    def test_an_include_in_a_comment_is_none(self):
        self.write("src/core/base/talk.cpp", '// #include "cli/a.hpp"\n/*\n#include "cli/a.hpp"\n*/\n')
        self.assertEqual(self.found(), [])


if __name__ == "__main__":
    unittest.main()
