"""What every room uses: events, errors, the stop signal, and how numbers are written.

It imports nothing else of Engram, and requests in `hang_up` alone. Begin reading with `events`,
which says what an answer is.
"""
