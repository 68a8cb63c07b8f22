"""What people send beside words: pictures and files on their way into a question.

Begin reading with `gathering`, which brings what came with a message. `album` opens it; `words`
says what it is, to the model and to the person.
"""
