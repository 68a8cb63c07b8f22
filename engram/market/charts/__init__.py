"""The picture of an analysis. Begin reading in `chart`, which puts `panes` on a page."""
