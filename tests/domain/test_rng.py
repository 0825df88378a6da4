"""Chance is a function of the seed and a counter, the same everywhere and for ever."""

from __future__ import annotations

import signal
from hashlib import blake2b

import pytest

from lqe.rng import Random

SEED = b"0123456789abcdef"
WORDS = [
    9356437298578782408,
    15721848467701206282,
    4121333823523766085,
    13394419218543068804,
    6057990425871140011,
    12268079673030830255,
    11623920262285736096,
    14764319036665374290,
    10635503132436474566,
    11807533118655827412,
]
FLOATS = [
    "0x1.03b17c4d1201fp-1",
    "0x1.b45e73c453b31p-1",
    "0x1.c98f5a36bf7dcp-3",
    "0x1.73c512a00bd98p-1",
]
INTEGERS = [-2, 2, 3, -3, 3, -1, 4, 0, -2, 6, -1, 2]
SHUFFLED = [3, 9, 4, 7, 2, 1, 8, 5, 6, 0]


def test_the_words_of_a_seed_are_known() -> None:
    chance = Random(SEED)
    assert [chance.word() for _ in range(10)] == WORDS
    assert chance.drawn == 10


def test_words_are_blake2b_of_a_counter_keyed_by_the_seed() -> None:
    block = blake2b((0).to_bytes(8, "little"), key=SEED).digest()
    assert int.from_bytes(block[:8], "little") == WORDS[0]
    block = blake2b((1).to_bytes(8, "little"), key=SEED).digest()
    assert int.from_bytes(block[:8], "little") == WORDS[8]


def test_what_is_made_of_the_words_is_known() -> None:
    chance = Random(SEED)
    assert [chance.random().hex() for _ in range(4)] == FLOATS
    assert [chance.integer(-3, 6) for _ in range(12)] == INTEGERS
    assert chance.shuffled(range(10)) == SHUFFLED
    assert chance.drawn == 25


def test_a_counter_is_all_that_must_be_stored() -> None:
    chance = Random(SEED)
    for _ in range(100):
        chance.word()
        assert Random(SEED, chance.drawn).word() == Random(SEED, chance.drawn).word()
        again = Random(SEED, chance.drawn)
        ahead = Random(SEED, chance.drawn)
        ahead.drawn += 5
        ahead.word()
        ahead.drawn = chance.drawn
        assert [ahead.word() for _ in range(9)] == [again.word() for _ in range(9)]


def test_seeds_differ() -> None:
    assert Random(b"a").word() != Random(b"b").word()


def test_numbers_are_spread_evenly() -> None:
    chance = Random(SEED)
    count = 20_000
    buckets = [0] * 20
    for _ in range(count):
        buckets[int(chance.random() * 20)] += 1
    expected = count / 20
    chi_square = sum((b - expected) ** 2 / expected for b in buckets)
    assert chi_square < 43.8, "one in a thousand at 19 degrees of freedom; the seed is fixed"


@pytest.mark.parametrize(("low", "high"), [(0, 0), (1, 6), (-3, 3), (0, 2**64 - 1), (5, 5 + 2**63)])
def test_whole_numbers_stay_within_their_bounds(low: int, high: int) -> None:
    chance = Random(SEED)
    found = [chance.integer(low, high) for _ in range(500)]
    assert all(low <= n <= high for n in found)
    if high - low < 10:
        assert set(found) == set(range(low, high + 1))


def test_bounds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="low <= high"):
        Random(SEED).integer(2, 1)
    with pytest.raises(ValueError, match="at least one"):
        Random(SEED).choice([])


def test_a_range_wider_than_a_word_is_refused_and_does_not_loop_for_ever() -> None:
    def stop(_number: int, _frame: object) -> None:
        pytest.fail("integer loops for ever")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(3)
    try:
        with pytest.raises(ValueError):  # noqa: PT011 - any words will do
            Random(SEED).integer(0, 2**64)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_probabilities_hold_at_their_ends() -> None:
    chance = Random(SEED)
    assert not any(chance.chance(0.0) for _ in range(100))
    assert all(chance.chance(1.0) for _ in range(100))


def test_a_shuffle_keeps_everything_and_leaves_its_input_alone() -> None:
    items = list(range(50))
    shuffled = Random(SEED).shuffled(items)
    assert sorted(shuffled) == items == list(range(50))
    assert shuffled != items


def test_uniform_numbers_stay_within_their_bounds() -> None:
    chance = Random(SEED)
    assert all(-3.0 <= chance.uniform(-3.0, 8.0) <= 8.0 for _ in range(1000))
