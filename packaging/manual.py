"""Manual pages in roff, made of what the program says of its commands (`capbridge help-tree`) and of the configuration's schema."""

FOOTER = "capbridge"


def roff(text):
    """Text of a line: nothing in it is a request or an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    text = " ".join(text.split())
    return "\\&" + text if text.startswith((".", "\\(aq")) else text


def bold(text):
    return "\\fB" + roff(text) + "\\fR"


def italic(text):
    return "\\fI" + roff(text) + "\\fR"


def head(name, section, version, title):
    """The sources of two packages of one version are equal, so no date stands here."""
    return [f'.TH "{roff(name.upper())}" "{section}" "" "{roff("capbridge " + version)}" "{roff(title)}"', ".nh", ".ad l"]


def option_words(option):
    value = option["choices"] and "|".join(option["choices"]) or option["value"]
    words = ", ".join(bold(name) for name in option["names"])
    return words + (" " + italic(value) if value else "")


def argument_word(argument):
    word = italic(argument["positional"].upper()) + (" ..." if argument["many"] else "")
    return word if argument["required"] else "[" + word + "]"


def described(option):
    text = option["description"]
    more = []
    if option["required"] and option["names"]:
        more.append("needed")
    if option.get("default"):
        more.append("default: " + option["default"])
    if option.get("environment"):
        more.append("or the environment's " + option["environment"])
    return roff(text + (" (" + "; ".join(more) + ")" if more else ""))


def listed(items, words):
    lines = []
    for item in items:
        lines += [".TP", words(item), described(item) or "\\&"]
    return lines


def synopsis(path, command):
    parts = [bold(" ".join(path))]
    parts += [option_words(o) for o in command["options"] if o["required"]]
    if any(not o["required"] for o in command["options"]):
        parts.append("[" + italic("options") + "]")
    parts += [argument_word(a) for a in command["arguments"]]
    if command["commands"]:
        parts.append(italic("command") + " ...")
    return " ".join(parts)


def body(path, command, level=".SS"):
    """A command below a page's own, with all that is below it."""
    lines = [level + " " + roff(" ".join(path[1:])), roff(command["description"]), ".PP", synopsis(path, command)]
    lines += listed(command["arguments"], argument_word)
    lines += listed([o for o in command["options"] if o["names"] != ["-h", "--help"]], option_words)
    for below in command["commands"]:
        lines += body(path + [below["name"]], below)
    return lines


EXIT = [".SH EXIT STATUS", ".TP", "0", "done", ".TP", "1", "failed; the message says what to do", ".TP", "2",
        "the input is bad: a file, an option, the configuration; nothing was changed"]
FILES = [".SH FILES", ".TP", "/etc/capbridge/capbridge.json", "the daemon\\(aqs configuration, \\fBcapbridge.json\\fR(5)",
         ".TP", "/var/lib/capbridge", "the data directory", ".TP", "/usr/lib/capbridge/plugins", "adapters",
         ".TP", "/usr/share/capbridge", "frameworks, profiles, policies, presets, glossaries, schemas",
         ".TP", "/usr/share/doc/capbridge", "how to operate it: begin with operate.md"]


def program_page(tree):
    lines = head("capbridge", 1, tree["version"], "User Commands")
    lines += [".SH NAME", "capbridge \\- " + roff(tree["description"].removeprefix("capbridge: ")), ".SH SYNOPSIS",
              bold("capbridge") + " " + italic("command") + " [" + italic("options") + "]", ".SH DESCRIPTION",
              roff("A bridge between learning systems and competency records: it reads what people learned, keeps it in one journal, and "
                   "says who is competent in what, why, and until when. One program: 'capbridge serve' is the daemon; the other commands "
                   "ask it or change something through it, on the same machine, and open the data themselves where no daemon runs."),
              ".SH COMMANDS"]
    for command in tree["commands"]:
        lines += [".TP", f"\\fBcapbridge\\-{roff(command['name'])}\\fR(1)", roff(command["description"])]
    lines += [".SH OPTIONS"] + listed(tree["options"], option_words) + EXIT
    lines += [".SH ENVIRONMENT"]
    for name, meaning in environment(tree):
        lines += [".TP", bold(name), meaning]
    lines += FILES + [".SH SEE ALSO", "\\fBcapbridge.json\\fR(5)"]
    return "\n".join(lines) + "\n"


def environment(tree):
    """What options of any command read from the environment, once each."""
    found = {}

    def walk(command):
        for option in command["options"]:
            if option.get("environment"):
                found.setdefault(option["environment"], f"stands for {option_words(option)}: {roff(option['description'])}")
        for below in command["commands"]:
            walk(below)
    walk(tree)
    return sorted(found.items())


def command_page(tree, command):
    name = "capbridge-" + command["name"]
    path = ["capbridge", command["name"]]
    lines = head(name, 1, tree["version"], "User Commands")
    lines += [".SH NAME", roff(name) + " \\- " + roff(command["description"]), ".SH SYNOPSIS", synopsis(path, command)]
    options = [o for o in command["options"] if o["names"] != ["-h", "--help"]]
    if command["arguments"] or options:
        lines += [".SH OPTIONS"] + listed(command["arguments"], argument_word) + listed(options, option_words)
    if command["commands"]:
        lines += [".SH COMMANDS"]
        for below in command["commands"]:
            lines += body(path + [below["name"]], below)
    return "\n".join(lines + EXIT + [".SH SEE ALSO", "\\fBcapbridge\\fR(1), \\fBcapbridge.json\\fR(5)"]) + "\n"


def kind_of(schema):
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kind = schema.get("type", "")
    if isinstance(kind, list):
        kind = " or ".join(kind)
    if kind == "array":
        return "list" + (" of " + kind_of(schema["items"]) + "s" if schema.get("items", {}).get("type") == "string" else "")
    return {"object": "object", "integer": "whole number", "boolean": "true or false"}.get(kind, kind)


def members(schema, path, definitions):
    """(path, schema) of every member, in the schema's order; a list's elements are 'name[]'."""
    schema = resolved(schema, definitions)
    for name, one in schema.get("properties", {}).items():
        one = resolved(one, definitions)
        here = f"{path}.{name}" if path else name
        yield here, one, name in schema.get("required", [])
        yield from members(one, here, definitions)
        if isinstance(one.get("items"), dict):
            yield from members(one["items"], here + "[]", definitions)


def resolved(schema, definitions):
    reference = schema.get("$ref", "")
    if reference.startswith("#/"):
        found = definitions
        for part in reference[2:].split("/"):
            found = found[part]
        return {**found, **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def configuration_page(tree, schema):
    lines = head("capbridge.json", 5, tree["version"], "File Formats")
    lines += [".SH NAME", "capbridge.json \\- configuration of the capbridge daemon", ".SH DESCRIPTION", roff(schema.get("description", "")),
              ".PP", roff("After a change: 'capbridge check --config FILE', then 'systemctl reload capbridge'."), ".SH MEMBERS"]
    for path, one, needed in members(schema, "", schema):
        if path == "$schema":
            continue
        facts = [kind_of(one)]
        if "minimum" in one or "maximum" in one:
            facts.append(f"{one.get('minimum', '')} to {one.get('maximum', '')}".strip())
        if "default" in one:
            facts.append("default: " + str(one["default"]).replace("True", "true").replace("False", "false"))
        if needed:
            facts.append("needed")
        said = one.get("description", "")
        lines += [".TP", bold(path) + " (" + roff("; ".join(f for f in facts if f)) + ")", roff(said) or "\\&"]
    lines += [".SH FILES", ".TP", "/usr/share/capbridge/schemas/configuration.schema.json", "the same for editors, as JSON Schema",
              ".TP", "/usr/share/doc/capbridge/configuration.md", "with examples", ".SH SEE ALSO",
              "\\fBcapbridge\\fR(1), \\fBcapbridge\\-check\\fR(1)"]
    return "\n".join(lines) + "\n"


def pages(tree, schema):
    """File name -> text."""
    out = {"man1/capbridge.1": program_page(tree), "man5/capbridge.json.5": configuration_page(tree, schema)}
    for command in tree["commands"]:
        out[f"man1/capbridge-{command['name']}.1"] = command_page(tree, command)
    return out
