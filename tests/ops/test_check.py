"""`--check`, run as a person would."""

import pytest

from tests.doubles.telegram import TOKEN
from tests.test_end_to_end import run


@pytest.fixture
def check(tmp_path, telegram, lmstudio, exchange):
    """Run the check against all doubles; what is given replaces the good values."""

    def start(
        token=TOKEN, model="auto", url=lmstudio.url, api_url=telegram.url, exchange="binance",
        mirror=exchange.url,
    ):  # fmt: skip
        (tmp_path / "config.ini").write_text(
            f"[telegram]\napi_url = {api_url}\n[lmstudio]\nurl = {url}\nmodel = {model}\n"
            f"[market]\nexchange = {exchange}\n[binance]\napi_url = {mirror}\n"
        )
        (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={token}\n")
        return run("--check", "--config", str(tmp_path / "config.ini"))

    return start


GONE = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("changed", "code", "lines"),
    [
        ({}, 0, ["✅ Telegram: @engram_test_bot", "✅ LM Studio: zai-org/glm-4.7-flash (loaded), ",
                 "✅ Exchange: Binance, BTC/USDT 87.61"]),
        ({"model": "qwen3-8b", "mirror": GONE}, 0,
         ["✅ LM Studio: qwen/qwen3-8b (not loaded, the first question",
          "⚠️  Exchange: Binance could not be reached."]),
        ({"model": "gml", "exchange": ""}, 0,
         ['⚠️  LM Studio: http://127.0.0.1:{port}: it has no model "gml"',
          "⚠️  Exchange: none in [market] exchange"]),
        ({"url": GONE, "exchange": "binnance"}, 0,
         [f"⚠️  LM Studio: {GONE}: connection refused",
          'ccxt knows no such exchange; did you mean "binance"?']),
        ({"token": ""}, 1, ["❌ Telegram: no TELEGRAM_BOT_TOKEN in .env"]),
        ({"token": TOKEN[:-3] + "xyz"}, 1, ["❌ Telegram: the token in .env is not known"]),
        ({"api_url": GONE}, 1, [f"❌ Telegram: {GONE} does not answer"]),
    ],
)  # fmt: skip
def test_each_line_says_what_works_and_what_to_do(check, lmstudio, changed, code, lines):
    """The owner would have to find out by trial what is missing."""
    done = check(**changed)
    assert done.returncode == code
    for line in lines:
        assert line.format(port=lmstudio.port) in done.stdout
    assert done.stdout.startswith("✅ Configuration: ")
    assert done.stderr == ""
    assert TOKEN.partition(":")[2] not in done.stdout


def test_a_telegram_in_trouble_is_no_wrong_token(check, telegram):
    """The owner would replace a good token during an outage."""
    telegram.fail("getMe", 500)
    done = check()
    assert done.returncode == 1
    assert "❌ Telegram: it answers 500; try again later" in done.stdout
