"""What Engram says in its own words to the people who ask; pure."""

from collections.abc import Generator, Mapping, Sequence

from engram.core.errors import Cause
from engram.core.events import Buttons, Event, FellBack, Finished, Kind, Progress, Stage
from engram.core.formats import format_percent
from engram.core.model import PROVIDERS
from engram.core.person import Person
from engram.market.symbols import MOST, Request

# Telegram's limit for the command behind a button.
BUTTON_BYTES = 64
MARKETS_SHOWN = 10
# Below a panel: the timeframes that it has buttons for, and what else a press asks for.
TIMEFRAMES = ("15m", "1h", "4h", "1d")
FRESH = "🔄"
TELL_AT_SUPPORT, TELL_AT_RESISTANCE, WATCH = "🔔 S {level}", "🔔 R {level}", "👁"

START = (
    "👋 I'm Engram: your own language model, in Telegram. Ask me anything, or send "
    "/analyze BTC for an analysis. /alert BTC > 100000 has me tell you when a price is reached. "
    "When the model is not running, I still answer, by fixed rules.\n\nNothing I "
    "say is financial advice. /help shows all commands."
)
HELP = (
    "What I can do:\n{commands}\n\nAny other text is a question, also with a picture or a file. "
    "One that asks to be told arms an alert: wake me if ETH drops 5%."
)
UNKNOWN_COMMAND = "I don't know that command.{meant}\n\n{help}"
MEANT = " Did you mean /{name}?"
FORGOTTEN = "Forgotten. Let's start over."
NOT_FORGOTTEN = (
    "I could not forget it: my store cannot be written, so what you said is still in it. Its owner "
    "is told why. Please send /new again later."
)
STOPPED = "⏹ Stopped."
# To whoever asks for the stop: the answer itself says that it was stopped.
STOPPING = "The answer in progress ends here."
NOTHING_TO_STOP = "No answer is in progress."
# In a group, where others read along.
DONE_BY = "{name}: {text}"
NOT_YOURS_TO_STOP = "That answer is somebody else's: they or an administrator can stop it."
ADMINISTRATORS_ONLY = "That changes things for everybody here: an administrator can do it."
OWNER_ONLY = "Only the bot's owner loads and ejects models. /models shows which ones are loaded."
ADMINISTRATORS_UNKNOWN = (
    "Telegram does not tell me right now who administers this group. Please try again in a moment."
)
# Above, in and below an answer.
HEADER = "🤖 AI Analysis for {titles}\n\n"
FIGURES = "📊 {titles}\n\n"
CUT_SHORT = "✂️ The answer broke off here."
REPEATS = "✂️ From here on the model said the same over and over, so I stopped it."
RULES_SAY = "📐 Rules: {title}: {verdict}"
MODEL_SAYS = " · Model: {verdict}"
CONTRADICTS = (
    "⚖️ They contradict each other on {symbol}: {model} by the model, {rules} by the rules."
)
NO_VERDICT = "no verdict"
NO_CLEAR_VERDICT = "no clear verdict"
NO_CONFIDENCE = "no clear confidence"
NO_DATA = "⚠️ No market data for {title}: {reason}"
PROBLEM = "⚠️ {problem}"
NOT_IN_DATA = "⚠️ Not in the data: {numbers}"
READ_OFF = "👁 Read off the picture, not checked: {numbers}"
POWERED_BY = "💡 Powered by {server.label} {model}"
POWERED_AT = "💡 Powered by {model} on {server.title}"
AT_SPEED = " · {speed}"
WRITTEN_AGO = "🕐 Written {age} ago"
RULES_WROTE = {
    Kind.CHAT: "⚠️ Note: Using rule-based answers",
    Kind.ANALYSIS: "⚠️ Note: Using rule-based analysis",
}
_UNAVAILABLE = "{server} unavailable"
_NOT_THIS_ONE = "the model could not answer this one"
_WHY = {
    Cause.TOO_LONG: "too long for the model's context",
    Cause.BLIND: "the model cannot look at pictures",
    Cause.QUESTION: _NOT_THIS_ONE,
    Cause.WORDLESS: "the model gave no answer: {reason}",
    Cause.BUG: _NOT_THIS_ONE,
    Cause.BUSY: "{server} is busy",
    Cause.NOT_LOADED: "{server} has not loaded its model",
    Cause.NO_MODEL: "{server} does not have the configured model",
    Cause.DENIED: "{server} does not accept the bot's token",
    Cause.UNPAID: "{server} wants to be paid first",
    Cause.MODEL_FAILED: "{server} could not run its model",
    Cause.REFUSED: _UNAVAILABLE,
    Cause.NO_ANSWER: _UNAVAILABLE,
    Cause.UNREACHABLE: _UNAVAILABLE,
    Cause.KNOWN_DOWN: _UNAVAILABLE,
}
_RANK = {cause: rank for rank, cause in enumerate(Cause)}
_TOKENS = " of {context:,} tokens"
_WHERE_TO_RAISE = {
    "lmstudio": (
        "in LM Studio (Context Length, when the model is loaded), or by [lmstudio] context_length "
        "in config.ini"
    ),
    "openai": "where its server is started (llama.cpp: --ctx-size, vLLM: --max-model-len)",
    "anthropic": "where its server is started, or choose another model",
}
MORE_ROOM = "📏 Send less at once, or have the model's context raised {where}."
CONTEXT_FULL = "✂️ The answer broke off here: the model's context of {context:,} tokens is full."
NOT_LOADED = "⚠️ {model} is not loaded, so {other} has answered."
OTHER_MODEL = "⚠️ {chosen}, chosen here with /models, could not answer."

# Without a language model.
LAST_RESORT = {
    Kind.CHAT: (
        "I can't work out an answer to that right now. /status shows what is running, and "
        "/help what I can do without a language model. Please ask again in a moment."
    ),
    Kind.ANALYSIS: (
        "Signal: HOLD\nConfidence: Low\n\nNothing could be measured right now, so there is no "
        "reason to buy or to sell. Please try again in a moment."
    ),
}
NO_MARKETS = "I can look at no market: [market] exchange in config.ini names no exchange."
WHICH_MARKET = (
    "Which market? Send a coin and, if you like, a timeframe: /analyze BTC, /analyze ETH 4h, "
    "/analyze bitcoin cash daily. Up to four coins are compared: /analyze BTC ETH SOL."
)
TOO_MANY = (
    "I compare at most {most} markets at a time, and these are {count}: {markets}. Send up to "
    "{most} of them: /analyze BTC ETH SOL XRP."
)
ABOUT_COIN = "{coin}? Send /analyze {coin} or /analyze {coin} 4h and I'll look at the market."
NEEDS_MODEL = (
    "That needs the language model, which cannot answer right now. Without it I can analyse a "
    "market (/analyze BTC 4h), size a position (/size 10000 1% BTC), and explain how to read an "
    "analysis."
)

# In these nobody tells how far it is.
SILENT = (None, Stage.ASKING, Stage.LOADING, Stage.THINKING)
# What was asked before in the same conversation comes first.
BEHIND_ONE = "🕐 One answer comes before this one"
BEHIND = "🕐 {answers} answers come before this one"
_STAGES = {
    Stage.OPENING: "📎 Opening what you sent",
    Stage.FETCHING: "📊 Fetching market data",
    Stage.LOADING: "⏳ Loading model",
    Stage.READING: "📖 Reading the prompt",
    Stage.THINKING: "💭 Thinking…",
    Stage.RETRYING: "⚠️ Retrying",
    Stage.BEHIND: "🕐 Earlier answers come before this one",
    Stage.WAITING: "🕐 Waiting in line",
    Stage.ASKING: "💬 Asking the model",
}


def own_words(text: str, buttons: Buttons = ()) -> Generator[Event, None, None]:
    """An answer that is a text of Engram's own."""
    yield Finished(text, "engram", buttons=buttons)


def help_of(lines: Mapping[tuple[str, ...], str]) -> str:
    """What /help says: a line for each command, which names those that go with it."""
    listed = (
        " · ".join([f"/{name} - {what}", *(f"/{other}" for other in others)])
        for (name, *others), what in lines.items()
    )
    return HELP.format(commands="\n".join(listed))


def objection(by: Person | None) -> str:
    """Why `by` may not change things for everybody in the chat; "" for those who may."""
    may = by.may_change() if by else True
    if may is None:
        return ADMINISTRATORS_UNKNOWN
    return "" if may else ADMINISTRATORS_ONLY


def done_by(by: Person | None, text: str) -> str:
    """`text`, which says what was done, with the name of who did it if others read it."""
    return DONE_BY.format(name=by.name, text=text) if by else text


def progress(event: Progress | None, seconds: float = 0) -> str:
    """What a person reads while there is no text yet, with its `seconds` so far in silence.

    Without an `event` the model was asked, and nothing has come from it.
    """
    kind = event.stage if event else None
    stage = _STAGES[kind or Stage.ASKING]
    if kind in SILENT and seconds and (event is None or event.fraction is None):
        return f"{stage} {seconds:.0f} s"
    if event is None:
        return stage
    if event.place and event.stage is Stage.BEHIND:
        return BEHIND_ONE if event.place == 1 else BEHIND.format(answers=event.place)
    if event.place:
        return f"🕐 {_ordinal(event.place)} in line"
    if event.attempt:
        return f"{stage} - attempt {event.attempt} of {event.attempts}"
    if event.fraction is None:
        return stage
    percent = format_percent(event.fraction)
    if event.stage is Stage.LOADING:
        done = round(event.fraction * 10)
        return f"{stage} {'▓' * done}{'░' * (10 - done)} {percent}"
    return f"{stage} {percent}"


def context_full(context: int, provider: str) -> str:
    """Why an answer of a model ends where it does, and what to do."""
    where = _WHERE_TO_RAISE[provider]
    return f"{CONTEXT_FULL.format(context=context)}\n{MORE_ROOM.format(where=where)}"


def rules_wrote(kind: Kind, fell_back: Sequence[FellBack]) -> str:
    """The note that no model wrote an answer, with the reason that says most about it, if any."""
    by_servers = [one for one in fell_back if one.responder in PROVIDERS]
    if not by_servers:
        return RULES_WROTE[kind]
    causes = [one.since if one.since and one.since.stands else one.cause for one in by_servers]
    cause, said = min(zip(causes, by_servers, strict=True), key=lambda one: _RANK[one[0]])
    server = said.server or PROVIDERS[said.responder].called
    label = server.label if server.named else server.title
    why = _WHY[cause].format(server=label, reason=said.reason)
    why += _TOKENS.format(context=said.context) if said.context else ""
    note = f"{RULES_WROTE[kind]} ({why})"
    if cause is Cause.TOO_LONG:
        note += "\n" + MORE_ROOM.format(where=_WHERE_TO_RAISE[said.responder])
    return note


def too_many(requests: Sequence[Request]) -> str:
    """The answer to more markets than can be compared."""
    return TOO_MANY.format(count=len(requests), markets=named(requests), most=MOST)


def named(requests: Sequence[Request]) -> str:
    """The markets of `requests`; of many the first ones, and how many more there are."""
    shown = ", ".join(request.symbol for request in requests[:MARKETS_SHOWN])
    more = f" and {len(requests) - MARKETS_SHOWN} more" if len(requests) > MARKETS_SHOWN else ""
    return shown + more


def _ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st ..."""
    last = 0 if 10 < number % 100 < 14 else number % 10
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(last, 'th')}"
