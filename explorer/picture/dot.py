"""The graph of a pass in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from explorer.core.graph import Recording, ancestry, is_leaf, named_shape
from explorer.core.ops import Family
from explorer.picture.caption import (
    Caption,
    call_caption,
    event_caption,
    flowing,
    fold_caption,
)
from explorer.picture.numbers import count_text


def graph_dot(
    recording: Recording, opened: frozenset[int], title: str, colors: Mapping[Family, str],
    folds: Collection[tuple[int, ...]] = (),
) -> str:  # fmt: skip
    """What the map shows with these calls open: an open module is a cluster, a closed one a node,
    and so are equal blocks that fold to one; on every edge is the shape of the value. ``folds``
    are the calls of each fold that is closed, ``colors`` those of the families."""
    return "\n".join(_Writer(recording, opened | {0}, title, colors, folds).lines()) + "\n"


class _Writer:
    """``homes`` are, for every call, the innermost open call around its events, and the closed one
    or the leaf that stands for them, of a fold its first, None if they are shown themselves."""

    def __init__(
        self,
        recording: Recording,
        opened: frozenset[int],
        title: str,
        colors: Mapping[Family, str],
        folds: Collection[tuple[int, ...]],
    ) -> None:
        self._recording = recording
        self._title = title
        self._colors = colors
        self._folds = {fold[0]: fold for fold in folds}
        stands = {call: fold[0] for fold in folds for call in fold}
        self._homes: list[tuple[int, int | None]] = []
        for call in recording.calls:
            if call.parent < 0:
                self._homes.append((call.index, None))
                continue
            around, hidden = self._homes[call.parent]
            if hidden is None and (call.index not in opened or is_leaf(call)):
                hidden = stands.get(call.index, call.index)
            elif hidden is None:
                around = call.index
            self._homes.append((around, hidden))

    def lines(self) -> Iterator[str]:
        """The file, line by line."""
        yield f"digraph {_quoted(self._title or 'model')} {{"
        yield '  graph [compound=true, fontname="Helvetica", nodesep=0.3, ranksep=0.35];'
        yield '  node [shape=box, style="rounded,filled", fillcolor=white, fontname="Helvetica"];'
        yield '  edge [color="#566575", fontcolor="#566575", fontname="Helvetica", fontsize=9];'
        nodes = self._nodes()
        yield from self._cluster(0, nodes, "  ")
        yield from self._edges()
        yield "}"

    def _nodes(self) -> dict[int, list[str | int]]:
        """What is in every open call, in order: nodes, and the numbers of open calls."""
        recording = self._recording
        found: dict[int, list[str | int]] = {0: []}
        for ref, value in enumerate(recording.values):
            if value.kind == "input":
                found[0].append(self._pill(f"v{ref}", value.name, named_shape(value)))
        seen: set[str] = set()
        for event in recording.events:
            around, hidden = self._homes[event.call]
            if around not in found:
                chain = ancestry(recording, around)
                for outer, inner in pairwise(chain):
                    if inner not in found:
                        found[outer].append(inner)
                        found[inner] = []
            name = self._name(event.index)
            if name in seen:
                continue
            seen.add(name)
            if hidden is None:
                caption = event_caption(recording, event)
            elif hidden in self._folds:
                caption = fold_caption(recording, self._folds[hidden], False)
            else:
                caption = call_caption(recording, recording.calls[hidden], False)
            found[around].append(self._node(name, caption))
        for n, ref in enumerate(recording.outputs):
            names = recording.output_names
            said = f"output {names[n] if n < len(names) else ''}".strip()
            found[0].append(self._pill(f"o{n}", said, named_shape(recording.values[ref])))
        return found

    def _cluster(
        self, call: int, nodes: Mapping[int, list[str | int]], margin: str
    ) -> Iterator[str]:
        for inner in nodes[call]:
            if isinstance(inner, str):
                yield margin + inner
                continue
            caption = call_caption(self._recording, self._recording.calls[inner], True)
            color = self._colors[caption.family]
            yield f"{margin}subgraph cluster_{inner} {{"
            label = _quoted(f"{caption.title}{caption.subtitle}")
            yield f'{margin}  label={label}; labeljust=l; style=rounded; color="{color}";'
            yield from self._cluster(inner, nodes, margin + "  ")
            yield f"{margin}}}"

    def _edges(self) -> Iterator[str]:
        recording = self._recording
        seen: set[tuple[str, str, int]] = set()
        for event in recording.events:
            for ref in flowing(recording, event):
                edge = (self._source(ref), self._name(event.index), ref)
                if edge[0] != edge[1] and edge not in seen:
                    seen.add(edge)
                    yield self._edge(*edge)
        for n, ref in enumerate(recording.outputs):
            if recording.values[ref].kind in ("activation", "input"):
                yield self._edge(self._source(ref), f"o{n}", ref)

    def _edge(self, source: str, target: str, ref: int) -> str:
        return (
            f"  {source} -> {target} [label={_quoted(named_shape(self._recording.values[ref]))}];"
        )

    def _source(self, ref: int) -> str:
        writer = self._recording.values[ref].writer
        return f"v{ref}" if writer < 0 else self._name(writer)

    def _name(self, event: int) -> str:
        """The node that an event is, or is hidden in."""
        _, hidden = self._homes[self._recording.events[event].call]
        return f"e{event}" if hidden is None else f"c{hidden}"

    def _node(self, name: str, caption: Caption) -> str:
        told = caption.subtitle
        if caption.parameters:
            count = f"{count_text(caption.parameters)} params"
            told = f"{told} · {count}" if told else count
        shape = "shape=circle, " if caption.kind == "circle" else ""
        double = "peripheries=2, " if caption.kind == "closed" else ""
        label = _quoted(f"{caption.title}\n{told}" if told else caption.title)
        return f'{name} [{shape}{double}label={label}, color="{self._colors[caption.family]}"];'

    def _pill(self, name: str, title: str, told: str) -> str:
        return f"{name} [shape=oval, label={_quoted(title + chr(10) + told)}];"


def _quoted(text: str) -> str:
    """A string of the language. What Graphviz would take for an escape is doubled, and what no
    file of it may hold is left out."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c for c in plain if c.isprintable() or c == "\u3000") + '"'
