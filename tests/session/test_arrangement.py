"""Which pictures of a training are shown, and in which order."""

from __future__ import annotations

from explorer import arguments
from explorer.core.presets import load_preset
from explorer.session import intents
from explorer.session.arrangement import CARDS, Arrangement, read
from explorer.session.state import AppState
from explorer.session.update import update

SPIRALS, DIGITS, GPT = map(load_preset, ("spirals-mlp", "digits-cnn", "char-gpt"))


def test_every_model_has_its_own_pictures() -> None:
    usual = Arrangement()
    assert usual.shown(SPIRALS) == ("loss", "boundary", "accuracy", "network", "gradients")
    assert usual.shown(DIGITS) == ("loss", "confusion", "accuracy", "gradients")
    assert usual.shown(GPT) == ("loss", "samples", "accuracy", "gradients")


def test_pictures_come_and_go_at_their_places() -> None:
    with_rate = Arrangement().toggled("rate")
    assert with_rate.shown(GPT)[-1] == "rate"
    assert with_rate.toggled("rate") == Arrangement()
    first = with_rate.moved("rate", "loss")
    assert first.shown(GPT)[:2] == ("rate", "loss")
    assert first.moved("rate", "accuracy").shown(GPT) == (
        "loss", "samples", "accuracy", "rate", "gradients",
    )  # fmt: skip
    assert set(first.order) == set(CARDS)


def test_one_is_always_there() -> None:
    assert Arrangement.of(("confusion",)).shown(GPT) == ("loss",)
    assert Arrangement(wanted=frozenset()).shown(SPIRALS) == ("loss",)


def test_it_is_read_as_it_was_written() -> None:
    for one in (Arrangement(), Arrangement.of(("dead", "loss")), Arrangement().toggled("loss")):
        assert read(one.written()) == one


def test_what_another_version_wrote_is_taken_as_far_as_it_goes() -> None:
    assert read("") == Arrangement()
    found = read("rate loss hologram -accuracy rate")
    assert found.order[:3] == ("rate", "loss", "accuracy")
    assert set(found.order) == set(CARDS)
    assert found.shown(SPIRALS) == ("rate", "loss", "boundary", "network", "gradients")


def test_it_is_arranged() -> None:
    wanted = Arrangement.of(("dead",))
    state, asked = update(AppState(), intents.ArrangeCards(wanted))
    assert state.arrangement == wanted
    assert asked == []


def test_the_command_line_knows_them() -> None:
    assert arguments.CARDS == CARDS
