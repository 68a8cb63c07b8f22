"""What runs in the process that opens foreign bytes, and the only code of Engram that does.

It imports the standard library, PIL and pypdf, and nothing else of Engram: a process for each file
has to start fast, and to know nothing that is worth stealing. Begin reading in `work`.
"""
