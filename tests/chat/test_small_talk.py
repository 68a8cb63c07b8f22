"""Small talk: whole messages that are nothing else."""

import pytest

from engram.chat.small_talk import needs_no_thought, reply


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("hello", "Hello!"),
        ("Good morning!", "Hello!"),
        ("hey there!! 👋", "Hello!"),
        ("Hi Engram, how are you today?", "All good here"),
        ("Bonjour", "Hello!"),
        ("Hi, what can you do?", "/help lists all commands"),
        ("Hi, can you explain the halving to me?", None),
        ("Hello world in Rust, please", None),
        ("Thanks, and why did it fall?", None),
        ("Thanks for the analysis!", "welcome"),
        ("Help me write a letter to my landlord", None),
        ("How much is 17 * 23?", None),
        ("What are the risks of staking?", None),
        ("Is my VPN working?", None),
        ("What's the status of the ETF approval?", None),
        ("Good night is a strange word for a farewell, isn't it?", None),
        ("Who are you going to vote for?", None),
        ("What can you say about Kant?", None),
        ("Yoga or pilates?", None),
        ("hi " * 40, None),
        ("who are you?", "I'm Engram"),
        ("help", "/help lists all commands"),
        ("what can you do", "/analyze BTC 4h"),
        ("thanks a lot", "welcome"),
        ("is LM Studio online?", "/status shows"),
        ("how do I read an analysis?", "How to read an analysis"),
        ("what does confidence mean", "in a study of many coins and years"),
        ("how much should I risk?", "Position size = amount at risk"),
        ("where do I put the stop-loss", "Position size"),
        ("bye", "See you"),
        ("🚀" * 4096, None),
        ("history of philosophy", None),
    ],
)
def test_only_a_message_that_is_small_talk_gets_a_reply(message, part):
    """A question that begins with "hi" would be answered by a greeting."""
    said = reply(message)
    assert (part in said) if part else said == ""


@pytest.mark.parametrize(
    ("message", "needs_none"),
    [
        ("hi", True),
        ("Thanks a lot!", True),
        ("who are you?", True),
        ("is the model running?", True),
        ("how much should I risk?", False),
        ("How do I read an analysis?", False),
        ("hi, why does ETH fall?", False),
        ("", False),
        ("hi " * 40, False),
    ],
)
def test_what_needs_no_thought(message, needs_none):
    """A greeting would be thought about for a minute, or a question of money not at all."""
    assert needs_no_thought(message) is needs_none
