"""What looks as if a machine had made it at random."""

import random
import string

import pytest

from engram.core.masking.looks import UNSAID, changes, quotable, random_parts

ALPHABETS = {"base62": string.ascii_letters + string.digits, "hex": "0123456789abcdef"}


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("length", [24, 32, 64])
def test_random_texts_look_random(alphabet, length):
    """A token that was pasted as the name of a model would be on everybody's screen."""
    chance = random.Random(length)
    made = ["".join(chance.choices(ALPHABETS[alphabet], k=length)) for _ in range(500)]
    assert [one for one in made if not list(random_parts(f"model = {one} ; x"))] == []


@pytest.mark.parametrize(
    "text",
    [
        "zai-org/glm-4.7-flash",
        "deepseek-r1-distill-qwen-32b@q4_k_m", "Qwen2.5-Coder-32B-Instruct",
        "Qwen2.5Coder32BInstruct", "claude-3-5-sonnet-20241022", "gpt-4o-mini-2024-07-18",
        "Meta-Llama-3.1-8B-Instruct-GGUF", "https://data-api.binance.vision", "logs/bot_runner.log",
        "http://192.168.56.1:1234", "socks5h://127.0.0.1:1080", "-1001893345020, 1007321485",
        "binancecoinm, coinbaseadvanced", "/srv/engram/app/config.ini", "TELEGRAM_BOT_TOKEN",
    ],
)  # fmt: skip
def test_what_people_write_into_a_configuration_does_not(text):
    """Answers would have holes where a model or an address is named."""
    assert list(random_parts(text)) == []


def test_an_id_of_hex_digits_in_groups_does():
    """The address of a heartbeat would be in the log."""
    uuid = "0d4f2a7e-1b2c-4d3e-8f90-a1b2c3d4e5f6"
    assert uuid in list(random_parts(f"https://hc-ping.com/{uuid} ; secret"))


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("Word", 0), ("WORD", 0), ("word1", 1), ("aB1c", 3), ("aBcD", 2)]
)
def test_words_hardly_change_between_kinds_of_letters(text, count):
    """Words would be taken for keys, or keys for words."""
    assert changes(text) == count


@pytest.mark.parametrize("word", ["Zk3vQ9xT1mB7nR5wL2pY", "ZK3VQ9XT1MB7NR5WL2PY"])
def test_a_key_is_not_said_back(word):
    """Who pastes a key behind a command would read it, in pieces, in the answer."""
    assert quotable(word) == UNSAID
    assert quotable("1000SATS") == "1000SATS"
