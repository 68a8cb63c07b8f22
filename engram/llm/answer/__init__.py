"""What a model says -> the text of its answer, without its thoughts and control tokens; pure.

Begin reading with `answer_text`, which collects the pieces that a stream brings.
"""
