"""What people write -> the markets, the timeframe and the numbers that they mean; pure.

Nothing here asks an exchange: `Markets` holds the lists that are at hand. Begin with
`reader.read`.
"""
