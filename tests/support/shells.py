# SPDX-License-Identifier: Apache-2.0
"""Real shells with a line being typed into them: what they offer at TAB, and what becomes of the line."""
import os
import pathlib
import pty
import select
import shlex
import subprocess
import time

from peers import MUSTER, PATIENCE, need, run

READY = "ready> "
SHOW = b"\x18"  # Ctrl-X, bound to telling the line.
BASH = """
source {script}
offered() {{ _muster "$@"; printf '%s\\n' "${{COMPREPLY[@]}}" >{offers}; }}
complete -F offered muster
tell() {{ printf '\\x01%s\\x02' "$READLINE_LINE"; }}
bind -x '"\\C-x": tell'
bind 'set completion-query-items 0'
bind 'set page-completions off'
PS1='{ready}'
"""
# compadd is what every completion function of zsh ends in.
ZSH = """
autoload -U compinit && compinit -D -u
zstyle ':completion:*' list-prompt ''
LISTMAX=0
fpath=({directory} $fpath)
autoload -U _muster && compdef _muster muster
compadd() {{
    if [[ -n ${{argv[(r)-[OAD]]}} ]]; then builtin compadd "$@"; return; fi
    local -a words
    builtin compadd -O words "$@"
    print -rl -- $words >>{offers}
    builtin compadd "$@"
}}
tell() {{ printf '\\x01%s\\x02' "$BUFFER" }}
zle -N tell
bindkey '^X' tell
PS1='{ready}'
"""


class TypedShell:
    """An interactive shell on a terminal of its own; its files are in `directory`."""

    def __init__(self, shell, directory, environment):
        self.directory = pathlib.Path(directory)
        self.offers = self.directory / "offers"
        rc = self.directory / (".zshrc" if shell == "zsh" else "bashrc")
        script = self.directory / "_muster"
        script.write_text(run("completion", shell).stdout)
        text = ZSH if shell == "zsh" else BASH
        rc.write_text(text.format(script=script, offers=self.offers, ready=READY, directory=self.directory))
        command = [need("zsh"), "-d", "-i"] if shell == "zsh" else [need("bash"), "--noprofile", "--rcfile", rc, "-i"]
        self.fd, other = pty.openpty()
        self.process = subprocess.Popen(command, stdin=other, stdout=other, stderr=other, cwd=self.directory, env=environment, start_new_session=True)
        os.close(other)
        self.read_until(READY)

    def read_until(self, end):
        text, deadline = "", time.monotonic() + PATIENCE
        while end not in text:
            ready = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]
            assert ready, f"the shell said only {text!r}"
            text += os.read(self.fd, 65536).decode()
        return text

    def complete(self, line):
        """What is offered at the end of the line, and the line afterwards."""
        self.offers.write_text("")
        os.write(self.fd, line.encode() + b"\t" + SHOW)
        after = self.read_until("\x02").split("\x02")[0].rsplit("\x01", 1)[1]
        return self.offers.read_text().splitlines(), after

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        os.close(self.fd)


def offered_by_fish(line, directory, environment):
    """The words and what is said of each."""
    script = pathlib.Path(directory) / "muster.fish"
    script.write_text(run("completion", "fish").stdout)
    command = f"source {shlex.quote(str(script))}; complete -C {shlex.quote(line)}"
    done = subprocess.run([need("fish"), "--no-config", "-c", command], cwd=directory, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return dict([*row.split("\t", 1), ""][:2] for row in done.stdout.splitlines())


def shell_environment(directory, **more):
    """With muster in the path, and nothing of the user's."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("MUSTER_", "BASH_", "XDG_"))}
    home = {"HOME": str(directory), "ZDOTDIR": str(directory), "XDG_CONFIG_HOME": str(directory), "XDG_DATA_HOME": str(directory), "TERM": "xterm", "COLUMNS": "200"}
    return clean | home | {"PATH": f"{pathlib.Path(MUSTER).parent}:{os.environ['PATH']}"} | more
