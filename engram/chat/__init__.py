"""A text becomes the events of its answer: commands, analyses, and questions to the fallback chain.

It may import core, storage and market, and knows neither Telegram nor any model server. Begin
reading with `assistant`, whose `reply` is the only entry; `commands` is the table of commands, with
handlers in `handlers/`; `asking` and `chain` ask the responders, `texts` has the words.
"""
