#!/usr/bin/env python3
"""Manual pages and completions of a built capbridge, laid out as below /usr/share. They are made of what the program itself says
(`capbridge help-tree`) and of the configuration's schema, so that they cannot say anything else.

    packaging/documents.py --program build/release/capbridge --schema config/schemas/configuration.schema.json --out DIR
"""
import argparse
import gzip
import json
import pathlib
import subprocess

import completion
import manual


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", required=True, help="the binary to ask")
    options.add_argument("--schema", required=True, type=pathlib.Path, help="configuration.schema.json")
    options.add_argument("--out", required=True, type=pathlib.Path, help="folder to make it in: DIR/man, DIR/bash-completion ...")
    given = options.parse_args()
    said = subprocess.run([given.program, "help-tree"], check=True, stdout=subprocess.PIPE).stdout
    tree = json.loads(said)
    schema = json.loads(given.schema.read_text())
    for name, text in manual.pages(tree, schema).items():
        # Without a name and a time in it, the same page is the same file.
        write(given.out / "man" / (name + ".gz"), gzip.compress(text.encode(), 9, mtime=0))
    write(given.out / "bash-completion/completions/capbridge", completion.bash(tree).encode())
    write(given.out / "zsh/vendor-completions/_capbridge", completion.zsh(tree).encode())
    write(given.out / "fish/vendor_completions.d/capbridge.fish", completion.fish(tree).encode())


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
