"""What candles say about what is armed; pure, the requests are made by `rounds`.

`price` judges one price alert by candles, and `reading` says which candles have to be asked for.
`closed` judges what counts closed candles only.
"""
