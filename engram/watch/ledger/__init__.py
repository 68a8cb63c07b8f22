"""The ledger: each signal that was shown, and what came of it.

Begin reading with `ledger`, which notes signals; `judging` looks up what came of them, `record` is
what people read about that, and `export` the file with all of it.
"""
