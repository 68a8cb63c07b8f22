"""What models can do, and what they turned out not to take."""
