"""The language of an application: its translators and its locale."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from explorer.core.places import shipped

OF_QT = (  # what Qt's own translation lacks of the dialogs that are shown here
    QT_TRANSLATE_NOOP("QFileDialog", "&Look in:"),
    QT_TRANSLATE_NOOP("QFileDialog", "Files of &type:"),
)


def speak(app: QApplication, language: str) -> list[QTranslator]:
    """Make ``en`` or ``zh`` the language; returns the translators that do it, to be taken away
    before another one is spoken."""
    QLocale.setDefault(QLocale("zh_CN" if language == "zh" else "en_US"))
    if language == "en":
        return []
    of_qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    ours = str(shipped("assets") / "translations")
    found = []
    for file, folder in (("layerscope_zh", ours), ("qtbase_zh_CN", of_qt)):
        translator = QTranslator(app)
        if translator.load(file, folder):
            app.installTranslator(translator)
            found.append(translator)
    return found
