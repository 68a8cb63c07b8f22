"""One answer on screen in Telegram: drawn while it is made, brought to its final form at the end.

It belongs to the Telegram front end and may touch what that may. Begin with `live`, which takes the
events of an answer.
"""
