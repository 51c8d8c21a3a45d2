"""The completion scripts of bash, zsh and fish, and their installation.

A script calls `seqlab` with the variable `_SEQLAB_COMPLETE`, which `answer` answers. If there is no answer,
the shell completes file names. No space follows `KEY=`.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from seqlab import files
from seqlab.cli.completion import completions
from seqlab.errors import RequestError
from seqlab.reports.output_file import cannot_write
from seqlab.text_format import quoted

BASH = """\
_seqlab() {
    COMPREPLY=()
    mapfile -t COMPREPLY < <(_SEQLAB_COMPLETE=bash _SEQLAB_WORDBREAKS="$COMP_WORDBREAKS" \\
        "$1" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} == 1 && -z ${COMPREPLY[0]} ]] && COMPREPLY=()
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o default -o nosort -F _seqlab seqlab
"""

ZSH = """\
#compdef seqlab
_seqlab() {
    local -a found keys others
    found=("${(@f)$(_SEQLAB_COMPLETE=zsh "${words[1]}" "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    keys=("${(@M)found:#*=}")
    others=("${(@)found:#*=}")
    others=("${(@)others:#}")
    (( $#keys + $#others )) || { _files; return }
    (( $#keys )) && compadd -S '' -- "${keys[@]}"
    (( $#others )) && compadd -- "${others[@]}"
}
compdef _seqlab seqlab
"""

FISH = """\
function __seqlab_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (env _SEQLAB_COMPLETE=fish $words[1] $words[2..-1] 2>/dev/null)
    if test -n "$found[1]"
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command seqlab --no-files --arguments '(__seqlab_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}

PLAIN = re.compile(r"[\w.,:@%+=/-]*")
"""What no shell interprets."""
VARIABLE = "_SEQLAB_COMPLETE"
"""The environment variable with the name of the shell that asks."""


def current_shell() -> str:
    """The shell that started seqlab, or the user's. Raises RequestError if there is no script for it."""
    import shellingham  # type: ignore[import-untyped]  # a dependency of Typer

    try:
        name = str(shellingham.detect_shell()[0])
    except shellingham.ShellDetectionFailure:
        name = Path(os.environ.get("SHELL", "")).name
    refuse_unknown(name)
    return name


def refuse_unknown(shell: str) -> None:
    """Raises RequestError unless there is a script for a shell."""
    if shell not in SCRIPTS:
        raise RequestError(f"there is no completion for the shell {quoted(shell)}; available: {', '.join(SCRIPTS)}")


def install(shell: str, home: Path) -> Path:
    """Write the script of a shell, and the line of its start-up file that reads it. Returns the script's path."""
    script, rc, line = {
        "bash": (home / ".bash_completions" / "seqlab.sh", ".bashrc", "source ~/.bash_completions/seqlab.sh"),
        "zsh": (home / ".zfunc" / "_seqlab", ".zshrc", "autoload -Uz compinit && compinit; source ~/.zfunc/_seqlab"),
        "fish": (home / ".config" / "fish" / "completions" / "seqlab.fish", None, ""),
    }[shell]
    try:
        script.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(script, SCRIPTS[shell])
        if rc is not None:
            present = (home / rc).read_text(encoding="utf-8") if (home / rc).exists() else ""
            if line not in present.splitlines():
                with (home / rc).open("a", encoding="utf-8") as file:
                    file.write("\n" * (present[-1:] not in ("", "\n")) + f"{line}\n")
    except OSError as error:
        raise cannot_write(Path(error.filename or script), error) from error
    return script


def answer() -> None:
    """Print the completions of the words in `sys.argv`, one per line; the last word is the one to complete.

    In bash the only argument is the line up to the cursor, because bash splits words at `=`.
    """
    words = sys.argv[1:]
    if os.environ[VARIABLE] != "bash":
        print("\n".join(offered(words)))
        return
    words = words_of(words[0] if words else "")[1:] or [""]
    found = offered(words)
    breaks = "".join(set(os.environ.get("_SEQLAB_WORDBREAKS", "=")) & set("=:"))
    start = max((words[-1].rfind(character) for character in breaks), default=-1) + 1
    print("\n".join(each[start:] for each in found))


def offered(words: Sequence[str]) -> list[str]:
    """The completions that no shell interprets: bash puts them into the line as they are, and the folder of a run may
    have any name."""
    return [each for each in completions(words) if PLAIN.fullmatch(each)]


def words_of(line: str) -> list[str]:
    """The words of a line that may end within quotes."""
    for closing in ("", "'", '"', "\\"):
        try:
            words = shlex.split(line + closing)
        except ValueError:
            continue
        return [*words, ""] if line[-1:].isspace() and not closing else words
    return line.split()
