"""Formulas as LaTeX: what is written, what is left alone, and that nothing changes its meaning."""

from __future__ import annotations

import cmath
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from explorer.core.ops import OPS
from explorer.picture.formula import latex, pieces

GOLDEN = {
    "y = x·Wᵀ + b": r"y = x \cdot W^{\top} + b",
    "y = Σ x · W + b": r"y = \sum x \cdot W + b",
    "y = W[ids]": r"y = W_{\text{ids}}",
    "y[o,i,j] = Σ W[o,c,u,v] · x[c,i+u,j+v] + b[o]": (
        r"y_{o,i,j} = \sum W_{o,c,u,v} \cdot x_{c,i + u,j + v} + b_{o}"
    ),
    "yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)": (
        r"y_{i} = \dfrac{\operatorname{exp}(x_{i})}{\sum_{j} \operatorname{exp}(x_{j})}"
    ),
    "y = (x − μ) / √(σ² + ε) · γ + β": (
        r"y = \dfrac{x - \mu}{\sqrt{\sigma^{2} + \varepsilon}} \cdot \gamma + \beta"
    ),
    "y = softmax(Q·Kᵀ / √d + mask) · V": (
        r"y = \operatorname{softmax}\left( \dfrac{Q \cdot K^{\top}}{\sqrt{d}} + \text{mask} \right)"
        r" \cdot V"
    ),
    "y = Σ a · v, with a = softmax(q · kᵀ · scale + mask)": (
        r"y = \sum a \cdot v,\ \text{with }a = \operatorname{softmax}"
        r"(q \cdot k^{\top} \cdot \text{scale} + \text{mask})"
    ),
    "y = m + log Z − x[t]": r"y = m + \operatorname{log}\,Z - x_{t}",
    "y = Σ −log softmax(x)[t] / 2": (
        r"y = \sum \dfrac{{-}\operatorname{log}\,\operatorname{softmax}(x)_{t}}{2}"
    ),
    "y = Σ −w · t · log softmax(x)": (
        r"y = \sum ({-}w \cdot t \cdot \operatorname{log}\,\operatorname{softmax}(x))"
    ),
    "y = w[t] · −x[t]": r"y = w_{t} \cdot ({-}x_{t})",
    "y = x if x > 0, else a·(exp(x) − 1)": (
        r"y = x\ \text{if }x > 0,\ \text{else }a \cdot (\operatorname{exp}(x) - 1)"
    ),
    "y = 0.8633 · x + 0.6071 if kept, else −0.9106": (
        r"y = 0.8633 \cdot x + 0.6071\ \text{if kept},\ \text{else }{-}0.9106"
    ),
    "y = x · mask / (1 − p) in training, x otherwise": (
        r"y = \dfrac{x \cdot \text{mask}}{1 - p}\text{ in training},\ x\text{ otherwise}"
    ),
    "y = max of x over the window": r"y = \text{max of }x\text{ over the window}",
    "y = mean over each cell of a grid": r"y = \text{mean over each cell of a grid}",
    "y = a where the condition holds, else b": (
        r"y = a\ \text{where the condition holds},\ \text{else }b"
    ),
    "y = number of x in −0.75 ≤ x < 0.5": (r"y = \text{number of }x\text{ in }{-}0.75 \le x < 0.5"),
    "y = place of the 1. x that is not 0": r"y = \text{place of the 1. }x\text{ that is not }0",
    "y = Σ smoothed loss of x / 2": r"y = \sum \text{smoothed loss of }x / 2",
    "y = x modulo 2^8, as int8": r"y = x\text{ modulo }2^{8},\ \text{as int8}",
    "y = −2 ^ x": r"y = ({-}2)^{x}",
    "y = x − −2": r"y = x - ({-}2)",
    "y = x · 0+2j": r"y = x \cdot (0+2\mathrm{j})",
    "y = x + −1+2j": r"y = x + (-1+2\mathrm{j})",
    "Σ |a − b + 1e−06| ^ 2": r"\sum |a - b + 1 \times 10^{{-}6}|^{2}",
    "y = x / max(S ^ (1 / 2), ε)": r"y = \dfrac{x}{\operatorname{max}(S^{1 / 2}, \varepsilon)}",
    "y = x / ‖x‖": r"y = \dfrac{x}{\|x\|}",
    "y = Σ a · x + remainder, with a = ∂y/∂x": (
        r"y = \sum a \cdot x + \text{remainder},\ \text{with }a = \dfrac{\partial y}{\partial x}"
    ),
    "y = Σ binary_cross_entropy(x, t) / 12": (
        r"y = \sum \dfrac{\text{binary\_cross\_entropy}(x, t)}{12}"
    ),
    "cₜ = f⊙cₜ₋₁ + i⊙g,  hₜ = o⊙tanh(cₜ)": (
        r"c_{t} = f \odot c_{t-1} + i \odot g,\ h_{t} = o \odot \operatorname{tanh}(c_{t})"
    ),
    "σ(W_ii x + b_ii + W_hi h + b_hi)": (r"\sigma(W_{ii} \, x + b_{ii} + W_{hi} \, h + b_{hi})"),
    "y = x₁ᵀ·A·x₂ + b": r"y = x_{1}^{\top} \cdot A \cdot x_{2} + b",
}


@pytest.mark.parametrize("text", GOLDEN)
def test_it_is_written_as_in_a_textbook(text: str) -> None:
    assert latex(text) == GOLDEN[text]


@pytest.mark.parametrize("name", OPS)
def test_the_formula_of_every_known_op_can_be_read(name: str) -> None:
    assert latex(OPS[name].formula) is not None


@pytest.mark.parametrize(
    "text",
    [
        # not of the language
        "", "y =", "y = x,", "y = = x", "(x", "x)", "|x", "x]", "y = x // 2", "y = x ⊗ y",
        "y = x 的均值。", "1.2.3", "2x", "x (y)", "|x| y",
        "12 ops inside, Ctrl+→ steps into it",
        # with two readings
        "x / Σ a · b", "log Σ a · b", "√x ^ 2", "log x ^ 2", "x ^ 2 ^ 3", "−2²", "x²[i]",
        "max of x ^ 2", "x −1", "|a|b|c|", "||x||",
    ],
)  # fmt: skip
def test_what_is_not_understood_for_certain_is_left_alone(text: str) -> None:
    assert pieces(text) is None
    assert latex(text) is None


SIGNS = "xyaσΣΠ √|‖()[],+−·/⊙∗^=<≤∂…∞12.0e5jᵢ₁²ᵀ™½ of if max mask_ '-掩\\{}$%&#~"


@given(st.text(st.sampled_from(SIGNS), max_size=14) | st.text(max_size=8))
def test_any_text_is_read_or_left_alone(text: str) -> None:
    written = latex(text)
    if written is not None:  # what is special in LaTeX is there on purpose
        assert not re.search(r"[$%&#~]|(?<!\\)_(?!\{)", written)
        assert written.count("{") == written.count("}")


def test_what_is_nested_too_deep_is_left_alone() -> None:
    assert latex("(" * 5000 + "x" + ")" * 5000) is None


def test_a_line_may_end_before_an_equals_sign_a_joint_and_after_a_comma() -> None:
    found = pieces("y = Σ a · v, with a = softmax(q), x if x > 0")
    assert found is not None
    assert [piece.latex for piece in found] == [
        "y", r"= \sum a \cdot v,", r"\text{with }a = \operatorname{softmax}(q),", "x",
        r"\text{if }x > 0",
    ]  # fmt: skip
    assert [piece.spaced for piece in found] == [False, False, True, True, True]


# ------------------------------------------------------------ meaning

GIVEN = {"a": 0.75, "b": 1.5, "c": 2.25, "σ": 0.5, "x": 3.0}
Tree = tuple  # (kind, parts …)

leaves = st.one_of(
    st.sampled_from([("symbol", name) for name in GIVEN]),
    st.sampled_from(["0.5", "2", "3", "−2", "−0.5", "1e−02", "2e+01"]).map(lambda n: ("number", n)),
)


def larger(smaller: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.sampled_from(["+", "−", "·", "/"]), smaller, smaller),
        st.tuples(st.just("^"), smaller, st.sampled_from(["2", "3", "−1", "(1 / 2)"])),
        st.tuples(st.sampled_from(["minus", "exp", "root", "size", "square"]), smaller),
    )


trees = st.recursive(leaves, larger, max_leaves=9)
LOOSE = {"+": 0, "−": 0, "·": 1, "/": 1, "minus": 2, "^": 3}


def said(tree: Tree) -> tuple[str, int]:
    """A tree in plain mathematics, and how tightly it holds together: 4 for what is in one."""

    def held(part: Tree, least: int) -> str:
        text, tight = said(part)
        return text if tight >= least else f"({text})"

    kind, *parts = tree
    if kind in ("symbol", "number"):
        return parts[0], 4
    tight = LOOSE.get(kind, 4)
    if kind in ("+", "−"):
        return f"{held(parts[0], 0)} {kind} {held(parts[1], 1)}", tight
    if kind in ("·", "/"):
        return f"{held(parts[0], 1)} {kind} {held(parts[1], 2)}", tight
    if kind == "^":
        return f"{held(parts[0], 4)} ^ {parts[1]}", tight
    if kind == "minus":
        inner, at = said(parts[0])
        own = at >= 3 and not inner[0].isdigit()  # of digits, the minus is a part: −2 ^ x
        return (f"−{inner}" if own else f"−({inner})"), tight
    inner = said(parts[0])[0]
    return {"exp": f"exp({inner})", "root": f"√({inner})", "size": f"|{inner}|",
            "square": f"({inner})²"}[kind], 3 if kind in ("root", "square") else 4  # fmt: skip


def worth(tree: Tree) -> complex:
    kind, *parts = tree
    if kind == "symbol":
        return GIVEN[parts[0]]
    if kind == "number":
        return float(parts[0].replace("−", "-"))
    if kind == "^":
        return worth(parts[0]) ** {"2": 2, "3": 3, "−1": -1, "(1 / 2)": 0.5}[parts[1]]
    one, *other = map(worth, parts)
    match kind:
        case "+":
            return one + other[0]
        case "−":
            return one - other[0]
        case "·":
            return one * other[0]
        case "/":
            return one / other[0]
        case "minus":
            return -one
        case "exp":
            return cmath.exp(one)
        case "root":
            return cmath.sqrt(one)
        case "size":
            return abs(one)
    return one**2


def as_python(text: str) -> str:
    """LaTeX as a calculation: braces as brackets, and the bars one within another by `\\left`."""
    text = text.replace("{-}", "-").replace(r"\left", "").replace(r"\right", "")
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    while (found := re.search(r"\\dfrac\{", text)) is not None:
        middle = closing(text, found.end() - 1)
        last = closing(text, middle + 1)
        top, bottom = text[found.end() : middle], text[middle + 2 : last]
        text = f"{text[: found.start()]}(({top})/({bottom})){text[last + 1 :]}"
    text = re.sub(r"\\times 10\^\{([^}]*)\}", r"*10**(\1)", text)
    for ours, its in ((r"\cdot", "*"), (r"\sqrt", "sqrt"), (r"\operatorname{exp}", "exp"),
                      ("^", "**"), (r"\sigma", "σ"), ("{", "("), ("}", ")")):  # fmt: skip
        text = text.replace(ours, its)
    return text


def closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise AssertionError(text)


@given(trees)
def test_the_latex_of_a_calculation_is_worth_the_same(tree: Tree) -> None:
    text = said(tree)[0]
    written = latex(text)
    if written is None:  # bars within bars; anything else is read
        assert text.count("|") > 2, text
        return
    try:
        wanted = worth(tree)
    except (ZeroDivisionError, OverflowError):
        assume(False)
    assume(abs(wanted) < 1e12)
    known = {"exp": cmath.exp, "sqrt": cmath.sqrt, "abs": abs, **GIVEN}
    got = eval(as_python(written), known)
    assert cmath.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-9), (text, written)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = x 的均值", r"y = x\text{ 的均值}"),
        ("y = softmax(Q·Kᵀ + 掩码) · V",
         r"y = \operatorname{softmax}(Q \cdot K^{\top} + \text{掩码}) \cdot V"),
        ("y = x 若 x > 0，否则 −x", r"y = x\text{ 若 }x > 0,\ \text{否则 }{-}x"),
        ("y = x[类]", r"y = x_{\text{类}}"),
    ],
)  # fmt: skip
def test_chinese_words_are_words(text: str, expected: str) -> None:
    assert latex(text) == expected
