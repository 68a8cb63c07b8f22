"""The bot and what looks after it: as a process, seen from outside."""

import re
import socket
import threading
import time
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from engram import service as service_module
from engram.config.load import load
from engram.config.settings import LoggingSettings, TelegramSettings
from engram.core.masking.masking import Masking
from engram.ops.quick_check import quick_check
from engram.polling import Polling
from engram.service import Service
from engram.telegram.sending.turns import Urgency
from engram.terminal.printer import Printer
from tests.conftest import OWNER, ROOT, wait_until
from tests.doubles.lmstudio import Answer, Hang, LMStudioDouble, Status
from tests.doubles.tape import Tape
from tests.doubles.telegram import TOKEN
from tests.machine_speed import LONG, within
from tests.ops.test_heartbeat import Service as HeartbeatDouble
from tests.ops.test_metrics import scrape

pytestmark = pytest.mark.covered


@pytest.fixture
def port():
    """A port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@pytest.fixture
def service(telegram, lmstudio, tmp_path, monkeypatch, probing):
    """A bot in this process, which looks often at all that it looks after."""
    monkeypatch.setattr(service_module, "LOOK", 0.02)
    monkeypatch.setattr(service_module, "LOOK_AT_VITAL", 0.02)
    monkeypatch.setattr("engram.ops.notices.MINUTE", 0.1)
    file = tmp_path / "config.ini"
    file.write_text(
        f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n"
        f"[lmstudio]\nurl = {lmstudio.url}\nprobe_interval = 0.1\n"
    )
    secrets = {"TELEGRAM_CHAT_ID": str(OWNER), "TELEGRAM_BOT_TOKEN": TOKEN}
    made = service_of(file, secrets)
    probing(made.engram.servers)
    telegram.say(OWNER, "hello")
    return made


def service_of(file, secrets):
    """What the configuration asks for, polling already."""
    settings = load(file, secrets)
    return Service(settings, file, Polling.of(settings, Masking()))


def begin(service):
    """Begin all but the polling."""
    service.engram.servers.start()
    service.bot.connect()
    service.start()


def edit(running, old, new):
    """Change config.ini as an editor does."""
    file = running.folder / "config.ini"
    file.write_text(file.read_text().replace(old, new))


def test_metrics_and_heartbeat_see_the_model_server_go_and_come(bot, telegram, lmstudio, port):
    """An outage would be found by the people who ask."""
    with HeartbeatDouble() as heartbeat:
        running = bot(
            after=f"[metrics]\nport = {port}\n[monitor]\nheartbeat_url = {heartbeat.url}/ping\n"
        )
        telegram.say(OWNER, "hello")
        telegram.wait_for_text(OWNER, "Powered by")
        up = ("engram_model_server_up", lmstudio.url)
        assert scrape(port)[up] == 1
        wait_until(lambda: scrape(port)["engram_inbox_messages",] == 0, 30)
        assert scrape(port)["engram_answers_total", "lmstudio", "ok"] == 1
        lmstudio.stop()
        wait_until(lambda: scrape(port)[up] == 0, 30)
        telegram.say(OWNER, "hello")
        telegram.wait_for_text(OWNER, "(LMStudio unavailable)")
        assert scrape(port)["engram_fallbacks_total", "known down", "lmstudio"] == 1
        lmstudio.start()
        wait_until(lambda: scrape(port)[up] == 1, 30)
        assert within(5, heartbeat.asked.wait)
        file = running.folder / "engram.db"
        wait_until(lambda: quick_check(file, Printer(Masking()), time.time()) == 0, 30)
        assert TOKEN not in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=LONG).text


def test_what_an_answer_cost_is_shown_logged_kept_and_counted(bot, telegram, port):
    """The owner could not tell why answers take long, or whether another model is faster."""
    running = bot(after=f"[metrics]\nport = {port}\n", telegram_keys="show_speed = yes")
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "💡 Powered by LMStudio GLM-4.7-flash · 44 tokens/s")
    telegram.say(OWNER, "/status")
    status = telegram.wait_for_text(OWNER, "Speed of the model: 44 tokens/s, first token after 0.2")
    assert re.search(r"Context: at most [1-9]\d* of 32,768 tokens in the", status.text)
    answered = r"answered by lmstudio in [\d.]+ s \(GLM-4.7-flash: \d+ tokens read, 16 written"
    assert re.search(answered, running.log)
    assert scrape(port)["engram_tokens_written_total", "lmstudio"] == 16
    assert scrape(port)["engram_time_to_first_token_seconds_sum", "lmstudio"] == 0.2


def test_the_owner_is_told_that_the_model_server_went_and_came(telegram, lmstudio, service):
    """The owner would learn of it from angry people."""
    begin(service)
    lmstudio.stop()
    telegram.wait_for_text(OWNER, "LM Studio has been unreachable", timeout=30)
    lmstudio.start()
    telegram.wait_for_text(OWNER, "LM Studio is back", timeout=30)
    assert len(telegram.screen(OWNER)) == 2
    service.stop()


def test_the_owner_is_told_that_questions_fail_and_that_they_are_answered_again(
    telegram, lmstudio, service
):
    """The owner would learn from angry people that the model is not there any more."""
    begin(service)
    refusal = Status(404, {"error": {"message": "no such model"}})
    lmstudio.behave(refusal, refusal, refusal, Answer("hi"))
    (client,) = service.engram.servers.clients
    for _ in range(3):
        assert client.query("hi") is None
    telegram.wait_for_text(OWNER, "though its server can be reached: it answers 404: no such model")
    assert client.query("hi")
    telegram.wait_for_text(OWNER, "The model answers again")
    assert len(telegram.screen(OWNER)) == 2
    service.stop()


def test_the_disk_that_the_store_is_on_is_looked_at(telegram, lmstudio, tmp_path, monkeypatch):
    """A disk that fills up would go unnoticed because config.ini is on another one."""
    free = {tmp_path / "store": 5e9, tmp_path / "logs": 5e9, tmp_path: 0}
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(
        service_module.shutil, "disk_usage", lambda folder: usage(free[Path(folder)])
    )
    file = tmp_path / "config.ini"
    file.write_text(
        f"[telegram]\napi_url = {telegram.url}\n[market]\nexchange =\n[fallback]\norder = mock\n"
        "[storage]\npath = store/engram.db\n"
    )
    made = service_of(file, {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_CHAT_ID": "5"})
    assert made._disk_free() == 5e9
    free[tmp_path / "store"] = 7
    assert made._disk_free() == 7
    free[tmp_path / "logs"] = 3
    assert made._disk_free() == 3
    monkeypatch.setattr(service_module.shutil, "disk_usage", Path.read_text)
    assert made._disk_free() > 0, "what cannot be found out is no alarm"
    made.stop()


def test_metrics_see_what_is_watched(bot, telegram, exchange, port):
    """An alert that nobody looks at would be found out by the loss that it was to prevent."""
    exchange.tapes["BTC/USDT"] = Tape([(exchange.now() - 86_400, 100.0)])
    market = f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
    bot(after=f"[metrics]\nport = {port}\n{market}")
    telegram.answer_to(OWNER, "/alert BTC > 110", "Armed")
    assert scrape(port)["engram_alerts_armed",] == 1
    look = ("engram_exchange_requests_total", "200", "binance", "look")
    wait_until(lambda: scrape(port).get(look), 60)
    found = scrape(port)
    assert found["engram_last_look_age_seconds", "binance"] < LONG
    assert found["engram_outbox_messages", "sending"] == 0
    assert found["engram_markets_watched",] == 0
    assert "BTC" not in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=LONG).text


def test_an_edit_of_the_configuration_holds_without_a_restart(bot, telegram, lmstudio):
    """Moving LM Studio to another machine would interrupt everybody."""
    lmstudio.behave(Answer("From the first.", delay_first=4.0), Answer("From the first."))
    running = bot()
    with LMStudioDouble() as second:
        second.behave(Answer("From the second."))
        telegram.say(OWNER, "one")
        lmstudio.wait_for(lambda: lmstudio.chats)
        edit(running, lmstudio.url, second.url)
        running.wait_for("[lmstudio] url: in effect from the next question on", timeout=5)
        telegram.wait_for_text(OWNER, "From the first.")
        telegram.say(OWNER, "two")
        telegram.wait_for_text(OWNER, "From the second.")
        assert "one" in second.chats[0].body["input"]
        edit(running, "[market]\nexchange =", "[market]\nquote = EUR\nexchange =")
        telegram.wait_for_text(OWNER, "[market] quote: needs a restart")
        edit(running, "probe_interval = 0.2", "probe_intervall = 0.2")
        telegram.wait_for_text(OWNER, 'did you mean "probe_interval"?')
        assert len(lmstudio.chats) == 1


def test_who_may_speak_and_what_is_shown_hold_without_a_restart(bot, telegram, exchange):
    """Letting a friend in would interrupt everybody, and one taken out would stay in."""
    ann, ben = 61, 62
    exchange.tapes["BTC/USDT"] = Tape([(exchange.now() - 86_400, 100.0)])
    market = f"[market]\nexchange = binance\n[binance]\napi_url = {exchange.url}\n"
    keys = f"allowed_chat_ids = {ann}\n"
    running = bot(telegram_keys=keys, after=market)
    telegram.answer_to(OWNER, "/help", "What I can do")
    telegram.answer_to(ann, "/alert BTC > 110", "Armed")
    telegram.answer_to(ben, "hello", "This bot is private.")
    with HeartbeatDouble() as heartbeat:
        more = f"[monitor]\nheartbeat_url = {heartbeat.url}/ping\n[logging]\nlevel = DEBUG\n"
        edit(running, keys, f"allowed_chat_ids = {ben}\nshow_speed = yes\n{more}")
        told = "⚙️ config.ini: [telegram] allowed_chat_ids, [telegram] show_speed, [monitor]"
        telegram.wait_for_text(OWNER, told)
        assert within(5, heartbeat.asked.wait)
    telegram.answer_to(ben, "hello", "tokens/s")
    telegram.answer_to(ann, "hello", "This bot is private.")
    assert f"chat {ann} is not allowed any more: what it armed is kept" in running.log
    assert " DEBUG " in running.log
    env = running.folder / ".env"
    env.write_text(env.read_text().replace(str(OWNER), str(ben)))
    telegram.wait_for_text(ben, "⚙️ .env: TELEGRAM_CHAT_ID: in effect")
    telegram.answer_to(OWNER, "hello", "This bot is private.")
    env.write_text(env.read_text().replace(str(ben), ""))
    edit(running, f"allowed_chat_ids = {ben}", "")
    running.wait_for("Nobody may speak to the bot any more")


def test_what_holds_at_once_reaches_the_part_that_it_is_for(service, monkeypatch):
    """The owner would be told that something is in effect which is not."""
    levels = []
    monkeypatch.setattr(service_module.logs, "set_level", levels.append)
    chosen = TelegramSettings(
        stream="off",
        group_commands="admins",
        show_speed=True,
        per_second=2,
        allowed_chat_ids=("6",),
    )
    settings = replace(service._settings, telegram=chosen, logging=LoggingSettings("ERROR"))
    service._apply(settings)
    turns = [service._egress.turns.ask(chat, Urgency.ANSWER) for chat in range(1, 10)]
    assert sum(turn.granted for turn in turns) == 2
    assert (service._runner.stream, service._groups.commands) == ("off", "admins")
    assert service.engram.asking.show_speed
    assert service.access.allows(6)
    assert levels == ["ERROR"]
    service.stop()


def test_a_bug_in_looking_after_the_bot_does_not_end_it(service, monkeypatch, caplog):
    """After one bug nothing would be told to the owner any more, and nobody would know."""
    looks = iter([ZeroDivisionError("a bug"), None])
    looked_again = threading.Event()

    def look():
        for failure in looks:
            if failure:
                raise failure
            looked_again.set()

    monkeypatch.setattr(service._reload, "look", look)
    service.start()
    assert within(5, looked_again.wait)
    service.stop()
    assert "looking after the bot failed unexpectedly" in caplog.text


def test_what_waits_in_line_sees_its_place(bot, telegram, lmstudio):
    """A person would see nothing but "typing" while others are served."""
    lmstudio.behave(Hang())
    bot("parallel = 1", telegram_keys="allowed_chat_ids = 61, 62")
    telegram.say(OWNER, "first")
    lmstudio.wait_for(lambda: lmstudio.chats)
    telegram.say(61, "second")
    telegram.wait_for_text(61, "🕐 1st in line")
    telegram.say(62, "third")
    telegram.wait_for_text(62, "🕐 2nd in line")
    telegram.say(61, "/stop")
    telegram.wait_for_text(62, "🕐 1st in line")
    assert len(lmstudio.chats) == 1


def test_dashboard_and_alert_rules_ask_for_what_there_is(bot, telegram, port):
    """The dashboard would be empty, and no alarm would ever ring."""
    bot(after=f"[metrics]\nport = {port}\n")
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "Powered by")
    text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=LONG).text
    for name in ("grafana-dashboard.json", "prometheus-alerts.yml"):
        asked = set(re.findall(r"engram_[a-z_]+", (ROOT / "docs" / name).read_text()))
        assert len(asked) >= 4
        for metric in asked:
            family = re.sub(r"_(total|bucket)$", "", metric)
            assert re.search(rf"^# TYPE {family}(_total)? ", text, re.MULTILINE), metric
