"""What went wrong, said so that a user can understand and mend it."""

from __future__ import annotations


def phrase(text: str) -> str:
    """Mark a text for translation where it is written; the window translates it where it is shown.

    ``pyside6-lupdate`` finds these calls, so a sentence made in the engine or the session
    reaches the screen in the user's language although neither room knows Qt.
    """
    return text


_ENDS = ".!?…:。！？"


class Problem(Exception):
    """A failure with a plain sentence and a remedy, in place of a traceback.

    ``text`` and ``remedy`` are templates for ``str.format``; ``values`` fills them. Keeping
    them apart lets the window translate the template and keep names and numbers as they are.

    ``kind`` is a short stable word for tests and for the window's choice of a button:
    ``preset``, ``weights``, ``input``, ``device``, ``disk``, ``model``, ``training``, ``memory``,
    ``cancelled``, ``engine``.
    """

    def __init__(self, kind: str, text: str, remedy: str = "", /, **values: object) -> None:
        super().__init__(text, remedy)
        self.kind = kind
        self.text = text
        self.remedy = remedy
        self.values = {name: str(value) for name, value in values.items()}

    def __str__(self) -> str:
        text, remedy = (part.format(**self.values) for part in (self.text, self.remedy))
        if not text or not remedy:
            return text or remedy
        if "\n" in text:  # a list
            return f"{text}\n{remedy}"
        return f"{text} {remedy}" if text.rstrip()[-1:] in _ENDS else f"{text}. {remedy}"
