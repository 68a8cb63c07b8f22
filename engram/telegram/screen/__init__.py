"""One answer on screen in Telegram: previews while it is made, and its final form at the end.

This is part of the Telegram front end and may import what that may. Begin reading with `live`,
which takes the events of an answer.
"""
