# SPDX-License-Identifier: Apache-2.0
"""The manual pages, docs/man, from the commands' own description: `./dev docs` writes them, a test compares and lints them, CMake installs them."""
import json
import re
import subprocess
import sys

import made_pages


def commands(command):
    yield command
    for child in command["commands"]:
        yield from commands(child)


def text(words):
    """As roff takes it for nothing but text."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti")
    return re.sub(r"^\.", r"\\&.", escaped, flags=re.MULTILINE)


def bold(words):
    return rf"\fB{text(words)}\fR"


def italic(words):
    return rf"\fI{text(words)}\fR"


def name_of(command):
    return command["path"].replace(" ", "-")


def item(head, words):
    return f".TP\n{head}\n{text(words)}\n"


def arguments(command):
    return [option for option in command["options"] if option["kind"] == "positional"]


def shown(option):
    return option["name"] + ("..." if option["repeatable"] else "")


def synopsis(command):
    line = f".B {text(command['path'])}\n"
    if command["is_group"]:
        return line + f"{italic('COMMAND')} [{italic('OPTIONS')}]\n"
    behind = ""
    for option in arguments(command):
        if option["behind_dashes"]:
            behind += f" [{text('--')} {italic(shown(option))}]"
        else:
            line += f"{italic(shown(option))} " if option["required"] else f"[{italic(shown(option))}] "
    return line + f"[{italic('OPTIONS')}]{behind}\n"


def choices(option):
    """The words that it takes, unless they are all explained already; as the help has it."""
    words = option["choices"]
    if all(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", option["what"]) for word in words):
        return ""
    return f" ({', '.join(words[:-1])} or {words[-1]})"


def flag(option):
    head = f"{bold('-' + option['short'])}, " if option["short"] else ""
    head += f"{bold('--' + option['name'])}" + (f", {bold('--no-' + option['name'])}" if option["negatable"] else "")
    if option["kind"] == "value":
        head += f" {italic(option['type'] or 'VALUE')}"
    words = option["what"] + choices(option) + (" (required)" if option["required"] else "")
    return item(head, words)


def options(command):
    flags = "".join(flag(option) for option in command["options"] if option["kind"] != "positional")
    return flags + item(bold("--help"), "Print the help page")


def topic(words):
    """Paragraphs and tables, as topics.hpp has them."""
    out = ""
    for part in words.split("\n\n"):
        is_table = " | " in part.splitlines()[0]
        out += ".PP\n" if out and not is_table else ""
        for line in part.splitlines():
            left, bar, right = line.partition(" | ")
            out += item(bold(left), right) if bar else text(line) + "\n"
    return out


def page(command, tree):
    is_root = command is tree
    out = f'.\\" Written by ./dev docs from the commands of muster.\n.TH {name_of(command).upper()} 1 "" "muster" "muster"\n'
    out += f".SH NAME\n{text(name_of(command))} \\- {text(command['what'].rstrip('.'))}\n.SH SYNOPSIS\n{synopsis(command)}"
    if command["notes"]:
        out += f".SH DESCRIPTION\n{text(command['notes'])}\n"
    if command["aliases"]:
        parent = command["path"].rsplit(" ", 1)[0]
        out += ".SH OTHER NAMES\n" + ", ".join(bold(f"{parent} {alias}") for alias in command["aliases"]) + "\n"
    if command["commands"]:
        out += ".SH COMMANDS\n" + "".join(item(f".BR {text(name_of(child))} (1)", child["what"]) for child in command["commands"])
    if arguments(command):
        out += ".SH ARGUMENTS\n" + "".join(item(italic(shown(option)), option["what"]) for option in arguments(command))
    out += f".SH OPTIONS\n{options(command)}"
    if not is_root:
        out += ".PP\nOptions of every command are in\n.BR muster (1).\n"
    for each in tree["topics"] if is_root else []:
        title = {"exit-codes": "EXIT STATUS"}.get(each["name"], each["name"].upper())
        out += f".SH {title}\n{topic(each['text'])}"
    examples = "\n".join(text(line) for line in command["examples"].splitlines())
    out += f".SH EXAMPLES\n.nf\n{examples}\n.fi\n"
    parent = "muster" if is_root else command["path"].rsplit(" ", 1)[0].replace(" ", "-")
    others = [child for child in commands(tree) if name_of(child) != "muster" and child["path"].rsplit(" ", 1)[0] == command["path"]] if is_root else []
    see = [name_of(child) for child in others] or [parent]
    return out + ".SH SEE ALSO\n" + "".join(f".BR {text(name)} (1){',' if name != see[-1] else ''}\n" for name in see)


def pages(program):
    tree = json.loads(subprocess.run([program, "__tree"], capture_output=True, text=True, check=True, timeout=60).stdout)
    return {f"{name_of(command)}.1": page(command, tree) for command in commands(tree)}


if __name__ == "__main__":
    made_pages.write(pages(sys.argv[1]), sys.argv[2])
