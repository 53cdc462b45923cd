"""Which rule explains which op."""

from __future__ import annotations

from collections.abc import Callable

from explorer.engine.explain.asking import Answer, Asked

Rule = Callable[[Asked], Answer | None]  # None: this call is not of the kind that it knows

RULES: dict[str, Rule] = {}


def rule(*ops: str) -> Callable[[Rule], Rule]:
    """Make a function the rule of these ops, by `naming.op_name` without the ``_`` of in-place."""

    def noted(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, function))
        return function

    return noted
