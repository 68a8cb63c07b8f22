"""Opens the pictures and files that people send, so that none of them can do any harm.

Begin reading in `opening`: bytes become an `Image` or a `Document`, or an `AttachmentError` whose
text says why not. `isolated` has a process of its own do that, with bounds on time, memory and what
it says; `child/` is what runs in there; `texts` has the sentences.
"""
