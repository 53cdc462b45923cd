"""Which pictures of a training are shown, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.core.presets import ShippedPreset
from explorer.core.spec import MLPSpec, PointsData, TextData

CARDS = (
    "loss", "boundary", "samples", "confusion", "accuracy", "network", "gradients", "rate",
    "weights", "updates", "activations", "dead",
)  # fmt: skip
_AT_FIRST = frozenset(
    {"loss", "boundary", "samples", "confusion", "accuracy", "network", "gradients"}
)


@dataclass(frozen=True)
class Arrangement:
    """All kinds of pictures in the ``order`` in which they are shown, but those that are not
    ``wanted``. It is one for all models, each of which has some of the kinds."""

    order: tuple[str, ...] = CARDS
    wanted: frozenset[str] = _AT_FIRST

    def shown(self, preset: ShippedPreset) -> tuple[str, ...]:
        """The pictures of a training of this preset; never none."""
        able = [name for name in self.order if is_of(name, preset)]
        return tuple(name for name in able if name in self.wanted) or tuple(able[:1])

    def toggled(self, name: str) -> Arrangement:
        """With that picture, or without it."""
        return replace(self, wanted=self.wanted ^ {name})

    def moved(self, name: str, place: str) -> Arrangement:
        """With that picture where another one is now; those between move up or down."""
        at = self.order.index(place)
        order = [one for one in self.order if one != name]
        order.insert(at, name)
        return replace(self, order=tuple(order))

    @classmethod
    def of(cls, names: tuple[str, ...]) -> Arrangement:
        """These pictures and no others."""
        return cls(names + tuple(one for one in CARDS if one not in names), frozenset(names))

    def written(self) -> str:
        """As a line that `read` takes."""
        return " ".join(name if name in self.wanted else f"-{name}" for name in self.order)


def read(line: str) -> Arrangement:
    """What `Arrangement.written` gave, perhaps by another version: kinds that it does not name come
    last, as they are at first; what is no kind is passed over."""
    names = [one.removeprefix("-") for one in line.split()]
    known = tuple(dict.fromkeys(name for name in names if name in CARDS))
    others = tuple(name for name in CARDS if name not in known)
    wanted = {name for name in known if f"-{name}" not in line.split()}
    return Arrangement(known + others, frozenset(wanted | (_AT_FIRST & {*others})))


def is_of(name: str, preset: ShippedPreset) -> bool:
    """Whether a training of this preset has that picture."""
    data, model = preset.preset.data, preset.preset.model
    points, text = isinstance(data, PointsData), isinstance(data, TextData)
    return {
        "boundary": points,
        "samples": text,
        "confusion": not (points or text),
        "network": isinstance(model, MLPSpec),
    }.get(name, True)
