"""/analyze, and the buttons of its panel: the rules' panel, then what the model makes of it."""

from dataclasses import replace
from functools import partial

from engram.chat import prompts, texts
from engram.chat.framing import without_figures
from engram.chat.handlers.loading import offering
from engram.chat.handlers.parts import Events, Parts
from engram.chat.panels import panel
from engram.chat.sent import words
from engram.chat.sent.gathering import Brought, gather
from engram.chat.sent.notes import noted
from engram.chat.turns.said import Said
from engram.core.events import Kind, Progress, Question, Stage
from engram.market.report import Findings
from engram.market.symbols import MOST


def analyze(parts: Parts, said: Said, argument: str, *, fresh: bool = False) -> Events:
    """Show the panel as soon as it is ready, and then ask the model.

    With `fresh` the exchange is asked for the price again, and the model for a new text.
    """
    analyst, asking = parts.analyst, parts.asking
    topic = analyst.topic_of_command(argument, partial(parts.spoken.before, said))
    if not topic or len(topic.requests) > MOST:
        yield from texts.own_words(texts.too_many(topic.requests) if topic else texts.WHICH_MARKET)
        return
    said = parts.spoken.noted(said, topic)
    if topic.requests:
        yield Progress(Stage.FETCHING)
    findings = analyst.look(topic, fresh=fresh)
    if not findings.measured:
        asked = _markets(findings)
        said = replace(said, text=f"/analyze {asked}" if asked else said.text, quoted="")
        # Without figures there is nothing that a model could add.
        yield asking.say(said, without_figures(findings))
        return
    draw = partial(analyst.chart, findings.reports[0])
    yield panel(findings, asking.as_known_now(findings.panel), draw)
    # The rules need no picture: they wait for no download.
    brought = yield from gather(parts.album, said.sent, said.stop)
    question = _question(parts, said, findings, brought)
    # With the numbers, so that a model that is asked about them later knows them, and as it was
    # asked: what a server has read for the analysis it need not read again.
    said = replace(said, text=question.prompt, quoted="")
    model = question.model or parts.servers.model()
    answer = asking.analyse(said, question, findings, model=model, fresh=fresh)
    answer = noted(answer, question, brought, parts.servers)
    yield from offering(answer, said)


def _question(parts: Parts, said: Said, findings: Findings, brought: Brought) -> Question:
    """What a model is asked about the `findings` and what was `brought`."""
    prompt, shown = prompts.analysis(findings), len(brought.pictures)
    return Question(
        _markets(findings),
        Kind.ANALYSIS,
        prompt,
        prompts.SYSTEM,
        parts.conversations.model(said.chat),
        findings.panel,
        prompts.analysis(findings, candles=prompts.FEW_CANDLES),
        effort=parts.conversations.effort(said.chat),
        calm=True,
        form=prompts.form(findings),
        pictures=brought.pictures,
        blind=words.blind(prompt, shown) if shown else "",
        enclosed=words.enclosed(brought.documents),
    )


def _markets(findings: Findings) -> str:
    return ", ".join(str(report.request) for report in findings.reports)


def refresh(parts: Parts, said: Said, argument: str) -> Events:
    """The same with the price of this moment."""
    return analyze(parts, said, argument, fresh=True)
