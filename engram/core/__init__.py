"""What every room uses: events, errors, the stop signal, how numbers are written, Markdown.

It imports nothing else of Engram, and requests in `http` alone. Begin reading with `events`, which
says what an answer is.
"""
