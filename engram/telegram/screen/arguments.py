"""What a page is for telebot: the only place that knows its arguments for messages; pure."""

import io
from dataclasses import replace
from typing import Any

from telebot import types

from engram.core.events import Buttons
from engram.telegram import texts
from engram.telegram.screen.render import Page

NO_PREVIEW = types.LinkPreviewOptions(is_disabled=True)


def forms_of(page: Page) -> list[Page]:
    """`page`, and what to send where its picture or its formatting is refused."""
    forms = [page]
    if page.chart:
        # A group may allow no photos; what the chart shows stands in the text as well.
        forms.append(replace(page, chart=None))
    if page.file:
        forms.append(Page(texts.NO_FILE))
    if page.entities:
        forms.append(replace(page, chart=None, entities=()))
    return forms


def as_text(page: Page) -> dict[str, Any]:
    """The arguments for the text of `page`."""
    entities = [types.MessageEntity(**entity) for entity in page.entities]
    return {"text": page.text, "entities": entities, "link_preview_options": NO_PREVIEW}


def as_file(page: Page) -> types.InputFile:
    """The file of `page`, or else its chart."""
    if page.file:
        name, text = page.file
        return types.InputFile(io.BytesIO(text.encode()), name)
    chart = page.chart() if callable(page.chart) else page.chart
    return types.InputFile(io.BytesIO(chart or b""), "chart.png")


def as_keyboard(buttons: Buttons) -> types.InlineKeyboardMarkup | None:
    """`buttons` below a message; None for no buttons."""
    button = types.InlineKeyboardButton
    rows = [[button(one.label, callback_data=one.command) for one in row] for row in buttons]
    return types.InlineKeyboardMarkup(rows) if rows else None
