"""Everything that can appear on screen is translated, and the compiled file is the newest."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "translations"


def test_nothing_is_untranslated_or_out_of_date() -> None:
    done = subprocess.run(
        [sys.executable, str(FOLDER / "update.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["layerscope_zh.ts", "phrases_zh.ts"])
def test_translations_fill_the_same_blanks(name: str) -> None:
    blanks = re.compile(r"{[^}]*}")
    for message in ET.parse(FOLDER / name).iter("message"):
        source, translation = message.findtext("source", ""), message.findtext("translation", "")
        assert set(blanks.findall(source)) == set(blanks.findall(translation)), source
