"""/alerts and /disarm in a conversation."""

import pytest


def commands(answer):
    return [one.command for row in answer.buttons for one in row]


def test_the_cross_of_the_list_shows_what_is_left(talk):
    """Who disarms three alerts would have to ask for the list three times."""
    talk("/alert BTC > 100")
    talk("/alert BTC > 110")
    assert commands(talk("/alerts")) == ["/disarm 1 1", "/disarm 2 1"]
    left = talk("/disarm 1 1")
    assert left.text.startswith("🔔 1 alert armed")
    assert commands(left) == ["/disarm 2 1"]


def test_the_cross_of_an_answer_says_what_it_disarmed(talk):
    """A person would not know whether the press did anything."""
    (cross,) = commands(talk("/alert BTC > 100"))
    answer = talk(cross)
    assert (answer.text, answer.buttons) == ("✖ Disarmed: BTC/USDT rises above 100.00.", ())


def test_the_cross_of_a_watched_market_ends_it(talk):
    """Its button would disarm an alert that has the same number."""
    talk("/alert BTC > 100")
    (cross,) = commands(talk("/watch BTC"))
    assert "No longer watched: BTC/USDT (4h, Binance)" in talk(cross).text
    assert "#1" in talk("/alerts").text


@pytest.mark.parametrize("words", ["", "x", "²", "w", "9" * 99, "-1", "1 2 3", "1.5", "w99", "99"])
def test_no_number_is_no_alert(talk, words):
    """Anybody could bring the answer down by a text in the place of a number."""
    talk("/alert BTC > 100")
    assert "no such alert here" in talk(f"/disarm {words}").text
    assert "1 alert armed" in talk("/alerts").text


@pytest.mark.parametrize("page", ["2", "²", "x", "99999", "-1", "9" * 9999])
def test_any_page_is_some_page(talk, page):
    """A button of a list that has become shorter would break."""
    talk("/alert BTC > 100")
    assert "1 alert armed" in talk(f"/alerts {page}").text


@pytest.mark.parametrize(("first", "second"), [("console", "ask"), ("ask", "console")])
def test_the_terminal_has_one_list_and_says_how_to_disarm(talk, first, second):
    """In the terminal nobody can press ✖, and a single question would arm what nobody lists."""
    assert "/disarm 1 takes it back." in talk("/alert BTC > 100", chat=first).text
    assert "#1 BTC/USDT" in talk("/alerts", chat=second).text
    assert "takes it back" not in talk("/alert BTC > 120").text
    assert "Disarmed" in talk("/disarm 1", chat=second).text


def test_the_terminal_prints_all_pages(talk):
    """There are no buttons by which to turn them."""
    for number in range(11):
        talk(f"/alert BTC > {100 + number}", chat="console")
    assert "#11 " in talk("/alerts", chat="console").text
