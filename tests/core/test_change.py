"""Changes as text: which cells an index means, and files of them."""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.change import Change, Entry, covers, slices, spelled
from explorer.core.changes_file import read_changes, write_changes
from explorer.core.problem import Problem

end = st.none() | st.integers(-5, 5)
part = st.one_of(
    st.integers(-4, 3).map(str),
    st.tuples(end, end, st.none() | st.integers(1, 3)).map(
        lambda t: ":".join("" if one is None else str(one) for one in t)
    ),
)


@given(st.lists(part, max_size=3))
def test_an_index_means_the_cells_that_numpy_means(parts: list[str]) -> None:
    array = np.arange(64).reshape(4, 4, 4)
    theirs = eval(f"array[{', '.join(parts)}]") if parts else array
    if theirs.size:
        ours = array[slices(", ".join(parts), array.shape)]
        assert ours.ravel().tolist() == theirs.ravel().tolist()
    else:
        with pytest.raises(Problem, match="has no cell here"):
            slices(", ".join(parts), array.shape)


def test_an_ellipsis_stands_for_the_axes_between() -> None:
    assert slices("..., 2", (4, 4, 4)) == slices(":, :, 2", (4, 4, 4))
    assert slices("1, ...", (4, 4, 4)) == slices("1", (4, 4, 4))


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("x", "“x” is neither a position nor a range."),
        ("1,,2", "“” is neither a position nor a range."),
        ("4", "“4” is not within 0…3."),
        ("::0", "“::0” is neither a position nor a range."),
        ("::-1", "“::-1” is neither a position nor a range."),
        ("9" * 5000, "is neither a position nor a range."),
        ("0, 0, 0, 0", "has 4 places, and the value has 3 axes. Write one place for each axis"),
    ],
)
def test_what_is_no_index_is_said(cells: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        slices(cells, (4, 4, 4))
    assert said in str(caught.value)


def test_an_index_is_spelled_as_short_as_it_can() -> None:
    assert spelled((None, 2, None, None)) == ":, 2"
    assert spelled((None, None)) == ""
    assert spelled((0, 3)) == "0, 3"


def test_a_change_covers_its_cells_alone() -> None:
    change = Change("x", "zero", ":, 1:3")
    assert covers(change, (3, 2), (4, 4))
    assert not covers(change, (3, 3), (4, 4))
    assert covers(Change("x", "zero"), (), ())


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    entries = (
        Entry(Change("blocks.0.attn/softmax#0", "zero", ":, 2")),
        Entry(Change('a "name"\\of ü', "scale", "", -0.1), on=False),
        Entry(Change("x", "noise", "..., 0", 1e-7, 12)),
        Entry(Change("x", "fix", "", math.inf)),
    )
    path = str(tmp_path / "changes.toml")
    write_changes(path, entries)
    assert read_changes(path) == entries
    write_changes(path, ())
    assert read_changes(path) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[change]]\nvalue = 'x'", "change.0.kind: is missing; add kind = …"),
        ("[[change]]\nvalue = 'x'\nkind = 'half'", "change.0.kind: must be 'zero', 'scale', "),
        ("[[change]]\nvalue = 'x'\nkind = 'zero'\ncell = '1'", "change.0.cell: is not a key of"),
        ("[[change]]\nvalue = 'x'\nkind = 'fix'\namount = nan", "must be a number, not nan"),
        ("[[change]]\nvalue = ''\nkind = 'zero'", "change.0.value: must have 1 character"),
        ("changes = 1", "changes: is not a key of a file of changes; remove it"),
        ("[[change", "holds no changes"),
        ("[[change]]\nvalue = 'x'\nkind = 'zero'\ncells = 'a'", "“a” is neither"),
    ],
)
def test_a_file_that_holds_something_else_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "changes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        read_changes(str(path))
    assert said in str(caught.value)


def test_a_file_that_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="could not be read"):
        read_changes(str(tmp_path / "none.toml"))
    with pytest.raises(Problem, match="could not be written"):
        write_changes(str(tmp_path / "no" / "folder.toml"), ())
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Problem, match="it is not UTF-8 text"):
        read_changes(str(tmp_path / "bytes.toml"))


def test_every_mistake_of_a_file_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "changes.toml"
    path.write_text(
        "[[change]]\nkind = 'half'\n[[change]]\nvalue = 'x'\nkind = 'zero'\nseed = -1\n"
    )
    with pytest.raises(Problem) as caught:
        read_changes(str(path))
    said = str(caught.value)
    assert f"{path} has 3 mistake(s)" in said
    for one in ("change.0.kind: must be", "change.0.value: is missing", "change.1.seed: must be"):
        assert one in said, one


def test_a_file_of_changes_stays_as_it_was_where_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "changes.toml"
    entries = (Entry(Change("a", "zero")),)
    write_changes(str(file), entries)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(Problem, match="could not be written: No space left on device"):
        write_changes(str(file), (Entry(Change("b", "zero")),))
    assert read_changes(str(file)) == entries
    assert list(tmp_path.iterdir()) == [file]
