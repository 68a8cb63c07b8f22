"""Asks a person in the terminal for what the bot needs, and writes it: `--setup`.

It is beside the rooms, and may import all of them but what runs the bot, which is started with
what `run_setup` has written. Begin reading with `walk`; each step is a module.
"""
