"""In Chinese the parts that Qt brings along are in Chinese too."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from explorer.gui.language import OF_QT, speak


def test_the_file_dialog_is_in_chinese(qtbot: QtBot, qapp: QApplication) -> None:
    translators = speak(qapp, "zh")
    try:
        dialog = QFileDialog()
        qtbot.addWidget(dialog)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        said = [part.text() for part in dialog.findChildren(QLabel)]
        said += [part.text() for part in dialog.findChildren(QPushButton)]
        said += [QCoreApplication.translate("QFileDialog", str(text)) for text in OF_QT]
    finally:
        for translator in translators:
            qapp.removeTranslator(translator)
        speak(qapp, "en")
    said = [text for text in said if text]
    assert len(said) > 4
    assert [text for text in said if text.isascii()] == []
