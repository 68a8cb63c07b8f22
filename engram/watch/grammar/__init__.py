"""What a person writes -> what an alert waits for, or a question back; pure.

Begin reading in `wanted`. `vocabulary` and `figures` find the words and numbers that say something,
`meaning` puts them together, `told` decides whether a sentence is an alert at all.
What is not understood word by word is asked back: nothing is armed that nobody asked for.
"""
