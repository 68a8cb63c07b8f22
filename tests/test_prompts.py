"""What the model is told."""

from engram import prompts
from engram.symbols import Request


def test_without_data_the_model_is_told_to_name_no_prices():
    """The model would invent a price."""
    prompt = prompts.analysis_without_data(Request("BTC", "USDT", "4h"))
    assert "BTC/USDT on the 4h timeframe" in prompt
    assert "name no prices" in prompt


def test_the_analyst_ends_with_signal_and_confidence():
    """The model's verdict could not be found in its text."""
    assert "'Signal: BUY'" in prompts.ANALYST
    assert "'Confidence: Low'" in prompts.ANALYST
