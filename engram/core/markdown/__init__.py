"""A model's Markdown -> what people read: text, and where it is formatted. Both front ends use it.

It has a reader of its own, because a parser of CommonMark takes characters out of what models write
about markets: products, comparisons, placeholders, minus signs, the cells of a ragged table. Here
only the marks of formatting that is applied are taken out, and the time is linear in the length of
the text. Begin reading with `blocks`.
"""
