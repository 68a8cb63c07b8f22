"""What fits into a model's context: how long it is, what is left out, and what servers say of it.

Begin reading with `length`; `fitting` mends a question that turns out to be too long.
"""
