"""The analysis as text. Begin reading in `panel`, which puts the lines together."""
