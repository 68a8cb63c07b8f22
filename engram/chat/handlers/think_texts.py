"""What /think says; pure."""

from engram.core.events import Button, Buttons
from engram.core.model import AUTO, OFF, ON, Thinking
from engram.core.text.printable import one_line

AS_CONFIGURED = "as-configured"
# So much of what was said is repeated. Characters.
WORD = 64
BUTTONS_IN_A_ROW = 5
NOW = "💭 How much {model} thinks in this chat: {effort}, {why}."
CHOSEN_HERE, CONFIGURED = "chosen here", "as config.ini says"
# Where its name is not known.
THE_MODEL = "The model"
AUTO_MEANS = (
    "That is none for small talk and analyses, if the model can do without, and for all else as "
    "much as it does by itself{default}."
)
ALLOWS = "It allows: {efforts}."
NOTHING_LISTED = "{server} lists nothing to choose for it: it thinks, or not, as it is."
NOT_TOLD = "{server} does not tell what it allows: what it refuses it is asked without."
REFUSED_ALL = "{server} has refused whatever was tried, so there is nothing to choose."
NOBODY_THERE = "No model server is there right now, so nobody knows what the model allows."
NOT_SENT = "⚠️ It does not allow {effort}, so it is asked without."
HOW_TO_CHOOSE = (
    f"To choose for this chat: /think and one of {{words}}; /think {AS_CONFIGURED} for what "
    "config.ini says."
)
GO_BACK = f"/think {AS_CONFIGURED} goes back to what config.ini says."
NOT_ALLOWED = '{model} does not allow "{word}".'
# Once something is chosen.
THINKS = {
    OFF: "{model} answers this chat without thinking from now on.",
    ON: "{model} thinks before it answers this chat from now on.",
    AUTO: (
        "{model} thinks in this chat as much as it does by itself from now on, and for small talk "
        "and analyses not at all, if it can do without."
    ),
    "": "{model} thinks in this chat as config.ini says again: {configured}.",
}
THINKS_SO = "{model} thinks before it answers this chat from now on: {effort}."
IF_ALLOWED = "If it does not allow that, it is asked without."


def standing(can: Thinking, chosen: str) -> str:
    """How much the model of a chat thinks, where `chosen` is what it was asked for, and why."""
    effort, why = (chosen, CHOSEN_HERE) if chosen else (can.configured, CONFIGURED)
    lines = [NOW.format(model=can.model or THE_MODEL.lower(), effort=effort, why=why)]
    if effort == AUTO and can.efforts:
        lines.append(
            AUTO_MEANS.format(default=f" ({can.effort})" if can.effort in can.efforts else "")
        )
    lines.append(_allowed(can))
    if can.leaves_out(effort):
        lines.append(NOT_SENT.format(effort=effort))
    if can.efforts:
        lines += ["", HOW_TO_CHOOSE.format(words=", ".join([*can.efforts, AUTO]))]
    elif chosen:
        lines += ["", GO_BACK]
    return "\n".join(lines)


def not_allowed(can: Thinking, word: str) -> str:
    """That the model does not allow a `word`."""
    return NOT_ALLOWED.format(model=can.model or THE_MODEL, word=one_line(word, WORD))


def thinks_so(can: Thinking, effort: str) -> str:
    """That the model of a chat thinks so from now on; "" is as it is configured."""
    said = THINKS.get(effort, THINKS_SO)
    text = said.format(model=can.model or THE_MODEL, effort=effort, configured=can.configured)
    return f"{text} {IF_ALLOWED}" if can.guessed and effort not in ("", AUTO) else text


def buttons(can: Thinking, chosen: str) -> Buttons:
    """A button for each effort that can be asked for, and for those that are none."""
    words = [Button(one, f"/think {one}") for one in can.efforts]
    rows = [
        tuple(words[at : at + BUTTONS_IN_A_ROW]) for at in range(0, len(words), BUTTONS_IN_A_ROW)
    ]
    auto = [Button(AUTO, f"/think {AUTO}")] if words else []
    back = [Button("as configured", f"/think {AS_CONFIGURED}")] if chosen else []
    return tuple(row for row in (*rows, (*auto, *back)) if row)


def _allowed(can: Thinking) -> str:
    """What the model allows, or why that is not known."""
    if not can.server:
        return NOBODY_THERE
    if can.guessed:
        return (NOT_TOLD if can.efforts else REFUSED_ALL).format(server=can.server)
    if not can.efforts:
        return NOTHING_LISTED.format(server=can.server)
    return ALLOWS.format(efforts=", ".join(can.efforts))
