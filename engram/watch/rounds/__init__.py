"""Looks at what is armed, as long as anything is, and has it told.

Begin reading with `rounds`. Requests are made by `lookout`, two at a time at an exchange; `prices`
and `closes` make one look each, by what the room `looking` knows.
"""
