"""What a sender has leased and not begun: what goes first, and what does not go any more."""

from __future__ import annotations

from bot.delivery.batches import Ready
from bot.delivery.stock import Stock
from handlers.messages.message import Message
from storage.leasing import Delivery
from storage.model.alerts import AlertKind
from storage.model.subscriptions import Subscriber


def ready(number: int, *, silent: bool = False) -> Ready:
    chat = Subscriber(number, number, False, None, True)
    delivery = Delivery(number, 1, AlertKind.HOLDER, chat, 1, None)
    return Ready(delivery, Message("news", silent=silent), None)


def numbers(some: list[Ready]) -> list[int]:
    return [one.delivery.id for one in some]


def test_what_rings_is_chosen_first_and_no_more_than_there_is_room_for() -> None:
    stock = Stock()
    for number in range(6):
        stock.add(ready(number, silent=number < 2), 9.0)
    room = iter([True, True, True, False, True, False])
    stock.choose(lambda _: next(room))
    assert [one.delivery.id for _, one in stock.chosen] == [2, 3, 4, 0]
    assert (len(stock), stock.ids()) == (6, {0, 1, 2, 3, 4, 5})
    assert numbers([one for _, one in stock.take_chosen()]) == [2, 3, 4, 0]
    assert stock.ids() == {1, 5}


def test_what_should_have_begun_is_late_whether_it_is_chosen_or_not() -> None:
    stock = Stock()
    for number, until in enumerate([1.0, 2.0, 3.0, 4.0]):
        stock.add(ready(number), until)
    left = iter([True, False])
    stock.choose(lambda _: next(left))
    assert numbers(stock.drop_late(2.5)) == [0, 1]
    assert stock.drop_late(2.5) == []
    assert stock.ids() == {2, 3}


def test_what_is_leased_anew_or_given_back_is_kept_no_longer() -> None:
    stock = Stock()
    for number in range(4):
        stock.add(ready(number), 9.0)
    left = iter([True, True, False])
    stock.choose(lambda _: next(left))
    stock.drop({1, 2})
    assert stock.ids() == {0, 3}
    assert numbers(stock.drain()) == [0, 3]
    assert len(stock) == 0
