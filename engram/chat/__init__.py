"""A text becomes the events of its answer: commands, analyses, and questions to the fallback chain.

It may import core, storage and market, and knows neither Telegram nor any model server. Begin with
`assistant`, whose `reply` is the one way in; `chain` says who answers, `texts` holds the words.
"""
