"""The form of an answer as a grammar to which a server holds its model; pure.

Grammars are in GBNF: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
"""

from engram.core.events import Form

# So many points, and characters in each of them: about 200 words at most.
POINTS, LENGTH = "{2,5}", "{10,240}"


def gbnf(form: Form) -> str:
    """The grammar of answers that have this `form`."""
    ends = (part for title in form.titles for part in _end(title, form))
    return f'root ::= point{POINTS} {" ".join(ends)}\npoint ::= "- " [^\\n]{LENGTH} "\\n"\n'


def _end(title: str, form: Form) -> list[str]:
    """An empty line, the `title` in bold, and its lines; the line before it has ended."""
    values = (f"({' | '.join(map(_quoted, one))})" for _, one in form.lines)
    labels = [_quoted(f"\n{label}: ") for label, _ in form.lines]
    if title:
        labels[0] = _quoted(f"\n**{title}**\n{form.lines[0][0]}: ")
    parts = [part for pair in zip(labels, values, strict=True) for part in pair]
    return [*parts, _quoted("\n")] if title else parts


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
