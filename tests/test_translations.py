"""Everything that can appear on screen is translated, and the compiled file is the newest."""

from __future__ import annotations

import ast
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


def test_every_text_of_a_widget_is_found() -> None:
    """pyside6-lupdate knows ``translate`` by that name alone."""
    hidden = []
    for file in sorted((FOLDER.parents[1] / "explorer").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".translate"):
                names = [ast.unparse(target) for target in node.targets]
                hidden += [f"{file}: {name}" for name in names if name != "translate"]
    assert not hidden


@pytest.mark.parametrize("name", ["layerscope_zh.ts", "phrases_zh.ts"])
def test_translations_fill_the_same_blanks(name: str) -> None:
    blanks = re.compile(r"{[^}]*}")
    for message in ET.parse(FOLDER / name).iter("message"):
        source, translation = message.findtext("source", ""), message.findtext("translation", "")
        assert set(blanks.findall(source)) == set(blanks.findall(translation)), source
