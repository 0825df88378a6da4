"""Who is served when: by what was used, whoever else comes with however much."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from lqe.local.turns import FairQueue, Turn, Turns

MOST = 10.0
costs = st.floats(0.01, MOST)


def test_what_waits_is_served_in_the_order_it_came() -> None:
    queue = FairQueue[str]()
    for key in ("a", "b", "a", "c"):
        queue.put(key)
    assert [queue.take() for _ in range(len(queue))] == ["a", "b", "c"]


def test_who_used_much_waits_until_the_others_have_had_as_much() -> None:
    queue, served = FairQueue[str](), []
    for key in ("much", "little"):
        queue.put(key)
    for _ in range(12):
        key = queue.take()
        served.append(key)
        queue.done(key, 5.0 if key == "much" else 1.0, again=True)
    assert served == ["much", *["little"] * 5, "much", *["little"] * 5]


def test_what_was_used_while_nobody_else_waited_is_not_held_against_anybody() -> None:
    queue = FairQueue[str]()
    for _ in range(100):
        queue.put("alone")
        queue.done(queue.take(), MOST, again=False)
    queue.put("alone")
    queue.put("late")
    assert queue.take() == "alone"


def test_who_was_away_has_saved_nothing_up() -> None:
    queue = FairQueue[str]()
    for key in ("a", "b"):
        queue.put(key)
    for _ in range(1_000):
        queue.done(queue.take(), 1.0, again=True)
    queue.put("new")
    turns = []
    for _ in range(30):
        key = queue.take()
        turns.append(key)
        queue.done(key, 1.0, again=True)
    assert turns.count("new") == 10


def test_one_that_goes_on_keeps_its_place_until_it_has_used_a_quantum() -> None:
    queue, served = FairQueue[str](quantum=2.5), []
    for key in ("a", "b"):
        queue.put(key)
    for _ in range(9):
        key = queue.take()
        served.append(key)
        queue.done(key, 1.0, again=True)
    assert "".join(served) == "aaabbbaaa"


@given(st.integers(2, 8), st.data())
def test_nobody_waits_longer_than_two_turns_of_each_other_one(
    count: int, data: st.DataObject
) -> None:
    queue = FairQueue[int]()
    waited = dict.fromkeys(range(count), 0.0)
    for key in waited:
        queue.put(key)
    for _ in range(60):
        key = queue.take()
        cost = data.draw(costs)
        assert waited[key] <= (count - 1) * 2 * MOST
        waited = {other: used + cost for other, used in waited.items()}
        waited[key] = 0.0
        queue.done(key, cost, again=True)


@given(st.randoms(use_true_random=False))
def test_no_tenant_waits_for_the_thousands_of_worlds_of_another(chance: Random) -> None:
    turns = Turns()
    for number in range(200):
        turns.put(("acme", f"h-{number}"), played=False)
    waited, served = 0.0, 0
    for _ in range(100):
        turns.put(("globex", "w1"), played=True)
        tenant, _world = turns.take()
        cost = chance.uniform(0.01, MOST)
        turns.done(cost, again=tenant == "acme" and chance.random() < 0.3)
        waited = 0.0 if tenant == "globex" else waited + cost
        served += tenant == "globex"
        assert waited <= 2 * MOST
    assert served > 10


def test_worlds_where_somebody_is_come_before_those_that_were_just_opened() -> None:
    turns = Turns()
    for number in range(1_000):
        turns.put(("acme", f"h-{number}"), played=False)
    served: list[str] = []
    for _ in range(500):
        for world in ("w1", "w2"):
            turns.put(("acme", world), played=True)
        _, world = turns.take()
        served.append(world)
        turns.done(1.0, again=False)
    assert served.count("w1") == served.count("w2") == 200
    assert len(set(served)) == 102, "and the others get on all the same"


def test_a_turn_lasts_as_long_as_it_may_and_is_counted_when_it_ends() -> None:
    now = [5.0]
    turn = Turn(2.0, lambda: now[0])
    assert not turn.is_over(), "where none has begun nobody waits"
    turn.begin()
    now[0] = 6.0
    assert not turn.is_over()
    now[0] = 7.0
    assert turn.is_over()
    assert turn.end() == 2.0
    assert not turn.is_over()


def test_ever_new_ones_do_not_keep_those_waiting_that_were_there() -> None:
    queue, turns = FairQueue[int](step=1.0), dict.fromkeys((-1, -2), 0)
    for key in turns:
        queue.put(key)
    for number in range(3_000):
        if number % 2:
            queue.put(number)
        key = queue.take()
        if key < 0:
            turns[key] += 1
        queue.done(key, 1.0, again=key < 0)
    assert min(turns.values()) > 700
    assert len(queue._used) <= 2 * len(queue) + 1, "and who is gone is forgotten"
