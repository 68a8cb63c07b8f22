"""That a model repeats itself without end is noticed, and nothing else is taken for that."""

import json
import random
from pathlib import Path

import pytest

from engram.llm.answer.novelty import STALE
from engram.llm.answer.repetition import KEPT, LEAST, WINDOW, Repetition
from tests.growth import is_in_proportion

TABLE = Path(__file__).parents[2] / "tables" / "repetition.json"
CASES = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def text_of(parts):
    """The text of a case: each part as often as it says, with numbers in place of the names."""
    chance, other = random.Random(7), random.Random(8)
    made = []
    for part, times in parts:
        for n in range(1, times + 1):
            text = part
            while "{p}" in text:
                text = text.replace("{p}", f"{chance.uniform(1, 99_999):,.2f}", 1)
            numbers = {
                "n": n, "a": str(n).translate(ARABIC), "m": f"{n % 60:02}", "g": 64_000 - 50 * n,
                "h": 100 * n, "d": 100 - n, "s": n * n, "b": chance.randrange(2),
                "x": f"{16 * n:08x}", "w": "o" * n,
                "r": other.choice(["Buy the dip", "Sell the rip", "Hold on", "Wait, let me see"]),
                **{str(k): k * n for k in range(10)},
            }  # fmt: skip
            for name, number in numbers.items():
                text = text.replace(f"{{{name}}}", str(number))
            made.append(text)
    return "".join(made)


def first_alarm(text, piece):
    """After how many characters of `text`, told in pieces, a loop is noticed; None for never."""
    repetition = Repetition()
    for at in range(0, len(text), piece):
        if repetition.feed(text[at : at + piece]):
            return at + piece, repetition.surplus
    return None


@pytest.mark.parametrize("piece", [3, 700])
@pytest.mark.parametrize(
    "case", [one for one in CASES if one["loop"]], ids=lambda case: case["name"]
)
def test_a_loop_is_noticed_before_it_is_a_flood(case, piece):
    """A model in a loop would write, and be paid, until its context is full."""
    text = text_of(case["parts"])
    block = max((len(part) for part, times in case["parts"] if times > 1), default=1)
    before = len(text_of([part for part in case["parts"] if part[1] == 1]))
    noticed, surplus = first_alarm(text, piece)
    assert noticed <= before + max(5 * block, 3 * LEAST) + 700
    # What stood before it is kept, and of the loop enough to see what it was.
    assert before < noticed - surplus <= before + 700 + KEPT + 4 * block


@pytest.mark.parametrize("piece", [3, 700])
@pytest.mark.parametrize("before", ["", f"{' '.join(str(n * n) for n in range(900))}\n"])
@pytest.mark.parametrize(
    "parts",
    [
        [["{r}. ", 4000]],
        [["I think {r}? No, {r}.\n", 2000]],
        [["- {r}\n- {r}\n- {r}\n\n", 2000]],
        [["so{w} ", 300]],
        [["{w}- deeper\n", 300]],
        [[f"Buyers waited for {{p}}, {'and sellers hesitated, as they did before; ' * 6}\n", 200]],
        [[f"The next stop is {{8}}, {'and sellers hesitated, as they did before; ' * 6}\n", 200]],
    ],
    ids=str,
)
def test_a_loop_that_shuffles_or_grows_is_noticed(parts, before, piece):
    """A model that says five things in ever another order would go on until it is full."""
    noticed, surplus = first_alarm(before + text_of(parts), piece)
    assert noticed <= len(before) + 2 * STALE
    assert len(before) + KEPT <= noticed - surplus <= len(before) + STALE


@pytest.mark.parametrize("piece", [3, 700])
@pytest.mark.parametrize(
    "case", [one for one in CASES if not one["loop"]], ids=lambda case: case["name"]
)
def test_what_people_want_to_read_is_no_loop(case, piece):
    """A table, a picture or a poem would break off in the middle."""
    assert first_alarm(text_of(case["parts"]), piece) is None


def test_what_comes_after_a_loop_was_noticed_is_too_much_as_well():
    """What arrives while the connection is closed would be taken for the text."""
    repetition = Repetition()
    assert repetition.feed("so " * 1000)
    before = repetition.surplus
    assert repetition.feed("and more")
    assert repetition.surplus == before + len("and more")


def test_a_loop_that_was_left_again_is_none():
    """A text that had a long row of signs in it would be cut there, although it goes on."""
    repetition = Repetition()
    assert not repetition.feed("x" * (LEAST - 300))
    assert not repetition.feed("".join(f"{n * n} is a square, " for n in range(3000)))


def test_the_character_that_stands_for_numbers_is_one_of_the_text_as_well():
    """One odd character would end the answer in a traceback."""
    assert first_alarm("\ufdd0 1 \ufdd0\ufdd0 " * 900, 7)
    assert not first_alarm("".join(f"\ufdd0{n * n}" for n in range(900)), 7)


@pytest.mark.parametrize(
    "unit", ["a", "1. ", "ab" * 999 + "c", "x" * 999 + "y" + "x" * 1500 + "z", "{s} ", "{b}{p} "]
)
def test_looking_for_loops_takes_time_in_proportion_to_the_text(unit):
    """Long answers would take ever longer from word to word."""

    def read(length):
        text = text_of([(unit, length // len(unit) + 1)])[:length]
        # What is no loop at its end is read to its end.
        text = "".join(text[at : at + 1500] + f"{at}!" for at in range(0, length, 1500))

        def run():
            repetition = Repetition()
            for at in range(0, len(text), 16):
                repetition.feed(text[at : at + 16])

        return run

    assert is_in_proportion(read, 8 * WINDOW, seconds=0.0, most=2.0)


def test_little_of_a_long_text_is_kept():
    """A model that thinks for hours would fill the memory."""
    repetition = Repetition()
    for n in range(10_000):
        repetition.feed(f"{n * n} words of thought, ")
    assert len(repetition._text) + len(repetition._numbers) + len(repetition._raw) < 5 * WINDOW
