"""What tips say, as it is written."""

from html import escape


def as_written(text: str) -> str:
    """A tip of just these letters and lines: by itself Qt takes a token such as ``<s>`` for a tag,
    which is not seen, and runs the lines together."""
    return f'<p style="white-space: pre-wrap">{escape(text)}</p>'
