"""Typesets formulas in a thread beside the window: LaTeX becomes drawings of any size and colour.

The library takes as long to import as the window takes to open, and some milliseconds for each
formula; so it is imported when the first one is on screen, and never in the way of a key.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, lru_cache
from typing import NamedTuple
from weakref import WeakKeyDictionary
from xml.etree import ElementTree

from PySide6.QtCore import QByteArray, QCoreApplication, QObject, Signal
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from explorer.core.garbage import no_search
from explorer.core.turns import short_turns
from explorer.gui.bell import listen, ring_when_done
from explorer.gui.outlines import STAND_IN, Outline, outline, put_signs
from explorer.picture.formula import Piece, pieces

_KEPT = 512  # formulas, of 20 KB each
_UNIT = 32.0  # pixels in an em while typesetting; what comes out has no size of its own
_COLOR = b"currentColor"
_HAN = re.compile(r"[、一-鿿]")
_MARGIN = 0.5  # of those pixels, or round letters would be cut off


class Part(NamedTuple):
    """A piece of a formula, typeset. Lengths in em, from where it begins on the line, downwards.

    ``advance`` is how far on the next piece begins.
    """

    svg: bytes
    spaced: bool
    left: float
    top: float
    width: float
    height: float
    advance: float

    def drawing(self, color: str) -> QSvgRenderer:
        """What draws it in a colour such as ``#16202c``, into any rectangle."""
        return _drawing(self.svg, color)


class Typeset(NamedTuple):
    """A formula, typeset. ``axis`` is how far above the line minus signs and bars are, in em."""

    parts: tuple[Part, ...]
    axis: float


class Typesetter(QObject):
    """Typesets what is on screen, the newest first, then what is likely to come.

    Signals:
        ready (str): this text is typeset by now, or will never be.
    """

    ready = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._made: dict[str, Typeset | None] = {}
        self._wanted: WeakKeyDictionary[QWidget, str] = WeakKeyDictionary()  # the newest at the end
        self._ahead: tuple[str, ...] = ()
        self._running: tuple[str, Future[Typeset]] | None = None
        self._pool: ThreadPoolExecutor | None = None
        listen(self._collect)

    @property
    def busy(self) -> bool:
        """Whether something on screen is not typeset yet."""
        return bool(self._wanted)

    def of(self, text: str) -> Typeset | None:
        """A text, if it is typeset."""
        return self._made.get(text)

    def want(self, asker: QWidget, text: str, then: Iterable[str] = ()) -> None:
        """Typeset what ``asker`` shows now, and ``then`` these while nobody waits. What is no
        formula is passed over."""
        self._wanted.pop(asker, None)
        if self._is_new(text):
            self._wanted[asker] = text
        self._ahead = tuple(then) or self._ahead
        self._begin()

    def _is_new(self, text: str) -> bool:
        return text not in self._made and pieces(text) is not None

    def _begin(self) -> None:
        if self._running is not None:
            return
        newest = list(self._wanted.values())[::-1]
        text = next(filter(self._is_new, (*newest, *self._ahead)), None)
        if text is None:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="typesetting")
        found = pieces(text)
        assert found is not None
        words = "".join(_HAN.findall(text))
        future = self._pool.submit(_typeset, found, {sign: outline(sign) for sign in words})
        self._running = text, future
        ring_when_done(future)

    def _collect(self, future: Future[Typeset]) -> None:
        """In the window: keep what the thread made."""
        if self._running is None or self._running[1] is not future:
            return
        text, _ = self._running
        self._running = None
        error = future.exception()
        if error is not None:  # it stays as it is, in plain text
            sys.stderr.write(f"layerscope: {text!r} cannot be typeset: {error!r}\n")
        if len(self._made) == _KEPT:
            del self._made[next(iter(self._made))]
        self._made[text] = None if error is not None else future.result()
        for asker in [asker for asker, wanted in self._wanted.items() if wanted == text]:
            del self._wanted[asker]
        self.ready.emit(text)
        self._begin()


@cache
def typesetter() -> Typesetter:
    """The one of the application: what it made outlives the panels that showed it."""
    app = QCoreApplication.instance()
    assert app is not None
    return Typesetter(app)


def _typeset(found: tuple[Piece, ...], outlines: Mapping[str, Outline]) -> Typeset:
    """In the thread. Signs that the font of mathematics lacks are drawn by their ``outlines``."""
    with short_turns(), no_search():
        return _drawn(found, outlines)


def _drawn(found: tuple[Piece, ...], outlines: Mapping[str, Outline]) -> Typeset:
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="ziamath")
    from ziamath.config import config
    from ziamath.zmath import Latex

    config.svg2 = False  # Qt knows nothing of SVG 2
    parts, axis = [], 0.0
    for piece in found:
        said = _adapted(piece.latex)
        drawn = Latex(
            _HAN.sub(STAND_IN, said), _UNIT, color=_COLOR.decode(), inline=True, margin=_MARGIN
        )
        svg = drawn.svgxml()
        put_signs(svg, [outlines[sign] for sign in _HAN.findall(said)], _UNIT)
        left, top, width, height = (float(n) / _UNIT for n in svg.attrib["viewBox"].split())
        ends = drawn.node.bbox.xmax / _UNIT
        parts.append(Part(ElementTree.tostring(svg), piece.spaced, left, top, width, height, ends))
        axis = drawn.node.units_to_points(drawn.font.math.consts.axisHeight) / _UNIT
    return Typeset(tuple(parts), axis)


def _adapted(said: str) -> str:
    """LaTeX as the library takes it: it shows the backslash before ``_``, sets ``max (x)`` with a
    space, and in a fraction makes Σ as large as in a display."""
    said = said.replace(r"\_", "_").replace(r"\operatorname", r"\text")
    return re.sub(r"(\\sum|\\prod)(_\{[^{}]*\})?", r"{\\textstyle\1}\2\,", said)


@lru_cache(maxsize=128)
def _drawing(svg: bytes, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg.replace(_COLOR, color.encode())))
