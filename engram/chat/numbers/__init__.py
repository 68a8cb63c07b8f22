"""What the numbers in a text are, and what follows from them; for `chat/number_check.py`, pure.

Begin reading in `reading`, which finds them; `facts` is what a model was given, `arithmetic` what
can be computed from a few of them, `words` what tells what a number is about.
"""
