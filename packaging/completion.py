"""Completions for bash, zsh and fish, made of what the program says of its commands (`capbridge help-tree`).

All three go the same way: the words before the cursor that are names of commands lead to a place in the tree; there the commands
and options of that place are offered, after an option that has choices those, and files everywhere else."""
import re


def walk(command, path=()):
    yield path, command
    for below in command["commands"]:
        yield from walk(below, (*path, below["name"]))


def options_of(command):
    return [o for o in command["options"] if o["names"]]


def takes_value(option):
    return bool(option["value"] or option["choices"])


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def bash(tree):
    places, choices, valued = [], [], []
    for path, command in walk(tree):
        key = " ".join(path)
        below = [c["name"] for c in command["commands"]]
        names = [n for o in options_of(command) for n in o["names"]]
        places.append(f"    [{quoted(key) if key else '_'}]={quoted(' '.join(below) + '|' + ' '.join(names))}")
        for option in options_of(command):
            for name in option["names"]:
                if option["choices"]:
                    choices.append(f"    [{quoted(key + ' ' + name)}]={quoted(' '.join(option['choices']))}")
                if takes_value(option):
                    valued.append(f"    [{quoted(key + ' ' + name)}]=1")
    return "\n".join([
        "# bash completion for capbridge. Made by packaging/completion.py of what the program says of itself.",
        "declare -gA _capbridge_places=(", *places, ")", "declare -gA _capbridge_choices=(", *choices, ")",
        "declare -gA _capbridge_valued=(", *valued, ")", r"""
_capbridge() {
    local current=${COMP_WORDS[COMP_CWORD]} path='' below names word next i skip=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        if ((skip)); then skip=0; continue; fi
        if [[ $word == -* ]]; then
            [[ -n ${_capbridge_valued["$path $word"]:-} ]] && skip=1
            continue
        fi
        next=${path:+$path }$word
        [[ -n ${_capbridge_places["$next"]+known} ]] && path=$next
    done
    if ((skip)); then # the value of an option
        local of=${_capbridge_choices["$path ${COMP_WORDS[COMP_CWORD - 1]}"]:-}
        if [[ -n $of ]]; then
            mapfile -t COMPREPLY < <(compgen -W "$of" -- "$current")
        else
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        return
    fi
    local place=${_capbridge_places["${path:-_}"]}
    below=${place%%|*} names=${place#*|}
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$names" -- "$current")
    elif [[ -n $below ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$below" -- "$current")
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    fi
}
complete -F _capbridge capbridge"""]) + "\n"


def zsh_word(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", " ".join(text.split()))


def zsh(tree):
    lines = ["#compdef capbridge", "# Made by packaging/completion.py of what the program says of itself.", ""]
    for path, command in walk(tree):
        function = "_capbridge" + "".join("__" + part.replace("-", "_") for part in path)
        lines += [function + "() {", "  local curcontext=$curcontext state line", "  typeset -A opt_args"]
        words = []
        for option in options_of(command):
            value = ""
            if takes_value(option):
                what = zsh_word(option["value"].lower() or "value")
                value = f":{what}:({' '.join(option['choices'])})" if option["choices"] else f":{what}:_files"
            together = " ".join(option["names"])
            for name in option["names"]:
                star = "*" if option["many"] else f"({together})"
                said = f"{star}{name}[{zsh_word(option['description'])}]{value}"
                words.append("    " + quoted(said) + " \\")
        if command["commands"]:
            lines += ["  _arguments -C \\", *words, "    '1:command:->command' '*::argument:->argument'", "  case $state in", "    command)",
                      "      local -a commands=("]
            for below in command["commands"]:
                lines.append("        " + quoted(below["name"].replace(":", "\\:") + ":" + zsh_word(below["description"])))
            lines += ["      )", "      _describe command commands", "      ;;", "    argument)", "      case $words[1] in"]
            for below in command["commands"]:
                lines.append(f"        {below['name']}) {function}__{below['name'].replace('-', '_')} ;;")
            lines += ["      esac", "      ;;", "  esac"]
        else:
            lines += ["  _arguments \\", *words, "    '*:argument:_files'"]
        lines += ["}", ""]
    return "\n".join([*lines, '_capbridge "$@"', ""])


def fish(tree):
    lines = ["# fish completion for capbridge. Made by packaging/completion.py of what the program says of itself.",
             "# The commands among the words so far, in order, as one word: 'package/add'.", "function __capbridge_place",
             "    set -l words (commandline -opc)", "    set -l place ''", "    for word in $words[2..-1]",
             "        set -l next (string trim --left --chars=/ -- \"$place/$word\")",
             "        contains -- $next $__capbridge_places; and set place $next", "    end", "    test \"$place\" = \"$argv[1]\"", "end"]
    places = ["/".join(path) for path, _ in walk(tree) if path]
    lines.append("set -g __capbridge_places " + " ".join(places))
    for path, command in walk(tree):
        at = f"complete -c capbridge -n \"__capbridge_place '{'/'.join(path)}'\""
        for below in command["commands"]:
            lines.append(f"{at} -f -a {below['name']} -d {quoted_fish(below['description'])}")
        for option in options_of(command):
            words = [("-l " + n[2:]) if n.startswith("--") else ("-s " + n[1:]) for n in option["names"]]
            value = ""
            if option["choices"]:
                value = " -x -a " + quoted_fish(" ".join(option["choices"]))
            elif takes_value(option):
                value = " -r"
            lines.append(f"{at} {' '.join(words)}{value} -d {quoted_fish(option['description'])}")
    return "\n".join(lines) + "\n"


def quoted_fish(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
