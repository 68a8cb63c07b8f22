"""`--check`, run as a person would."""

import threading

import pytest

from engram.llm.lmstudio import LMStudioClient
from engram.ops import check as checks
from engram.ops.check import Finding
from tests.doubles.lmstudio import LMStudioDouble, model
from tests.doubles.telegram import TOKEN
from tests.test_end_to_end import run

pytestmark = pytest.mark.covered


@pytest.fixture
def check(tmp_path, telegram, lmstudio, exchange):
    """Run the check against all doubles; what is given replaces the good values."""

    def start(
        token=TOKEN, model="auto", url=lmstudio.url, api_url=telegram.url, exchange="",
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
        ({"exchange": "binance"}, 0,
         ["✅ Telegram: @engram_test_bot", "✅ LM Studio: zai-org/glm-4.7-flash (loaded), ",
          "✅ Exchange: Binance, BTC/USDT 87.61"]),
        ({"model": "qwen3-8b", "exchange": "binance", "mirror": GONE}, 0,
         ["✅ LM Studio: qwen/qwen3-8b (not loaded, the first question",
          "⚠️  Exchange: Binance could not be reached."]),
        ({"model": "gml"}, 0,
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
    assert "\n🔔 Watching: nothing is armed\n" in done.stdout
    assert done.stderr == ""
    assert TOKEN.partition(":")[2] not in done.stdout


@pytest.mark.parametrize(
    ("allowed", "wanted", "line"),
    [
        (("off", "on"), "high", "⚠️  [lmstudio] reasoning = high: m allows off, on; it is asked"),
        ((), "on", "⚠️  [lmstudio] reasoning = on: m allows nothing to choose; it is asked"),
        (("off", "on"), "on", ""),
        (("off", "on"), "auto", ""),
        ((), "off", ""),
    ],
)
def test_a_model_that_does_not_allow_the_configured_thinking_is_named(allowed, wanted, line):
    """The owner would wonder why the model does not think as config.ini says."""
    with LMStudioDouble([model("m", loaded=True, reasoning=allowed)]) as double:
        said = checks.model_server(LMStudioClient(double.url, model="m", effort=wanted))
    assert "".join(one.text for one in said[1:]).startswith(line)
    assert len(said) == 1 + bool(line)


def test_a_telegram_in_trouble_is_no_wrong_token(check, telegram):
    """The owner would replace a good token during an outage."""
    telegram.fail("getMe", 500)
    done = check()
    assert done.returncode == 1
    assert "❌ Telegram: it answers 500; try again later" in done.stdout


def test_all_is_looked_at_at_once(check, lmstudio, telegram):
    """Without a network the owner would wait for each thing in turn, in the dark."""

    def answer_late(exchange):
        telegram.wait_for(lambda: any(call.method == "getMe" for call in telegram.calls))
        exchange.connection.reply_json(200, lmstudio.model_list())

    lmstudio.behave_models(answer_late)
    done = check(url=f"{lmstudio.url}\nconnect_timeout = 30")
    assert "✅ LM Studio: zai-org/glm-4.7-flash (loaded), " in done.stdout
    assert "✅ Telegram: @engram_test_bot" in done.stdout


def test_a_line_is_told_as_soon_as_it_is_known():
    """The owner would not see what works until the slowest of all has been given up."""
    slow = threading.Event()
    looks = {
        "a slow thing": lambda: [Finding(f"slow {slow.wait(60)}")],
        "a quick thing": lambda: [Finding("quick")],
    }
    lines = checks._each(looks)
    assert next(lines).text == "🔎 Looking at a slow thing; a quick thing"
    assert next(lines).text == "quick"
    slow.set()
    assert [line.text for line in lines] == ["slow True"]


def test_what_is_still_looked_at_is_named(monkeypatch):
    """A check that waits for a model would seem to hang."""
    monkeypatch.setattr(checks, "SILENCE", 0.05)
    slow = threading.Event()
    lines = checks._each({"a slow thing": lambda: slow.wait(60) and [Finding("done")]})
    next(lines)
    assert next(lines).text == "⏳ Still waiting for a slow thing"
    slow.set()
    assert "done" in [line.text for line in lines]


def test_a_bug_in_one_look_hides_nothing_else():
    """The check would wait for ever for what has failed, or say that all is well."""

    def fail():
        raise ZeroDivisionError

    _, *lines = checks._each({"a thing": fail})
    (line,) = lines
    assert line.fatal
    assert line.text == "❌ a thing: looking at it failed unexpectedly; the log says how"


@pytest.mark.parametrize("kind", [ModuleNotFoundError, SyntaxError])
def test_a_package_that_is_not_there_is_named(kind):
    """The owner would have to find it in a traceback."""

    def fail():
        raise kind("No module named 'talib'")

    _, *lines = checks._each({"exchange binance": fail})
    (line,) = lines
    assert line.fatal
    assert line.text.startswith(
        "❌ A package that Engram needs cannot be loaded (No module named 'talib'): run "
    )


def test_a_redirect_of_telegrams_is_said_in_words(check, telegram, lmstudio):
    """The owner would look for a fault of the network, and the token be handed on."""
    telegram.redirects_to = lmstudio.url
    done = check()
    assert done.returncode == 1
    assert f"❌ Telegram: the Bot API server redirects to {lmstudio.url}, where" in done.stdout
    assert TOKEN.partition(":")[2] not in done.stdout
