"""What every room is made with: events, errors, the stop signal, and how numbers are written.

It imports nothing of Engram; requests comes in by `hang_up` alone. Begin with `events`, which says
what an answer is.
"""
