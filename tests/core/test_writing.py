"""Files that are written whole or not at all: what is there before, during and after."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from explorer.core.writing import folder_whole, write_whole, written_whole


def test_an_older_file_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "a.npy"
    out.write_bytes(b"old")

    def give_up_half_way() -> None:
        with written_whole(out) as file:
            file.write(b"half")
            file.flush()
            assert out.read_bytes() == b"old"
            raise ValueError("given up")

    with pytest.raises(ValueError, match="given up"):
        give_up_half_way()
    assert out.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [out]
    write_whole(b"new", out)
    assert out.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_file_has_the_rights_of_any_other_new_one(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        (tmp_path / "plain").write_bytes(b"")
        write_whole(b"new", tmp_path / "a.svg")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert (tmp_path / "a.svg").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link_to_the_file_that_was_written(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("real")
    write_whole(b"new", link)
    assert link.is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_a_folder_is_there_when_it_is_whole_and_takes_no_ones_place(tmp_path: Path) -> None:
    out = tmp_path / "mine"

    def give_up_half_way() -> None:
        with folder_whole(out) as folder:
            (folder / "a").write_text("half")
            raise ValueError("given up")

    with pytest.raises(ValueError, match="given up"):
        give_up_half_way()
    assert list(tmp_path.iterdir()) == []
    with folder_whole(out) as folder:
        (folder / "a").write_text("whole")
        assert not out.exists()
    assert [one.name for one in out.iterdir()] == ["a"]
    (tmp_path / "other").mkdir()
    assert out.stat().st_mode == (tmp_path / "other").stat().st_mode
    with pytest.raises(FileExistsError), folder_whole(out):
        pass
    assert (out / "a").read_text() == "whole"
