"""Refresh the translations: ``.venv/bin/python assets/translations/update.py``.

``layerscope_zh.ts`` holds what the widgets say (found by pyside6-lupdate), ``phrases_zh.ts`` what
engine, session and core say through ``phrase(...)``. Texts that are new come in as unfinished;
translate them in either file (Qt Linguist opens both), run this again, and commit the ``.qm``.
With ``--check`` nothing is written: exit 1 if a text is untranslated, gone, or the .qm is old.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1] / "explorer"
BIN = Path(sys.executable).parent
WIDGETS, PHRASES, COMPILED = "layerscope_zh.ts", "phrases_zh.ts", "layerscope_zh.qm"


def phrases() -> list[str]:
    """Every literal given to ``phrase``, in order of appearance."""
    found: dict[str, None] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "phrase"
                and isinstance(node.args[0], ast.Constant)
            ):
                found[str(node.args[0].value)] = None
    return list(found)


def translations(file: Path) -> dict[str, str]:
    """Finished translations by source text."""
    if not file.is_file():
        return {}
    return {
        message.findtext("source", ""): message.findtext("translation", "")
        for message in ET.parse(file).iter("message")
    }


def write_phrases(file: Path) -> None:
    """Write the context ``phrases`` anew, keeping what is translated."""
    known = translations(file)
    root = ET.Element("TS", version="2.1", language="zh_CN", sourcelanguage="en_US")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = "phrases"
    for text in phrases():
        message = ET.SubElement(context, "message")
        ET.SubElement(message, "source").text = text
        done = known.get(text, "")
        translation = ET.SubElement(message, "translation")
        translation.text = done
        if not done:
            translation.set("type", "unfinished")
    ET.indent(root)
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    file.write_text(head + ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def refresh(folder: Path) -> None:
    """Bring all three files in ``folder`` up to date."""
    sources = sorted(str(file) for file in (PACKAGE / "gui").rglob("*.py"))
    subprocess.run(
        [BIN / "pyside6-lupdate", *sources, "-no-obsolete", "-locations", "none",
         "-source-language", "en_US", "-target-language", "zh_CN", "-ts", folder / WIDGETS],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    write_phrases(folder / PHRASES)
    subprocess.run(
        [BIN / "pyside6-lrelease", folder / WIDGETS, folder / PHRASES, "-qm", folder / COMPILED],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def unfinished(folder: Path) -> list[str]:
    """Texts without a translation, or with one that nobody confirmed: lupdate guesses some."""
    return [
        message.findtext("source", "")
        for name in (WIDGETS, PHRASES)
        for message in ET.parse(folder / name).iter("message")
        if not message.findtext("translation")
        or message.find("translation[@type='unfinished']") is not None
    ]


def main() -> int:
    """Refresh, or check."""
    if "--check" not in sys.argv:
        refresh(HERE)
        for text in unfinished(HERE):
            print("untranslated:", text)
        return 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for name in (WIDGETS, PHRASES):
            shutil.copy(HERE / name, folder / name)
        refresh(folder)
        bad = [f"untranslated: {text}" for text in unfinished(folder)]
        for name in (WIDGETS, PHRASES, COMPILED):
            if (folder / name).read_bytes() != (HERE / name).read_bytes():
                bad.append(f"{name} is out of date: run assets/translations/update.py")
        print("\n".join(bad))
        return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
