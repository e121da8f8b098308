"""Equations as LaTeX, in the order and with the names in which they are written; imports no sympy."""

from __future__ import annotations

import re
from collections.abc import Callable

from ergodica.sims.dynamics.definition import Definition, Field
from ergodica.sims.dynamics.grammar import fold, parse

_LETTERS = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi
    omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
_GREEK = frozenset(_LETTERS.split())
_SHORT = {"th": r"\theta", "lam": r"\lambda", "eps": r"\epsilon"}
_NAMED = {"arcsin": r"\arcsin", "arccos": r"\arccos", "arctan": r"\arctan", "log": r"\ln"}
_OPERATORS = {"<": "<", ">": ">", "<=": r"\leq", ">=": r"\geq", "==": "=", "!=": r"\neq"}
# how strongly the outermost operation of a text binds
_CONDITION, _SUM, _NEGATIVE, _PRODUCT, _POWER, _ATOM = range(6)

_FUNCTION = re.compile(r"\\(mathrm\{|a?r?c?sin|a?r?c?cos|a?r?c?tan|ln|exp|min|max)")
_WORD = re.compile(r"\\mathrm\{\w+\}$")

Text = tuple[str, int]


def symbol(name: str) -> str:
    """A name as a symbol: Greek letters, indices after _ and before trailing digits."""
    head, _, index = name.partition("_")
    if match := re.fullmatch(r"([A-Za-z]+)(\d+)", head):
        head, index = match[1], f"{match[2]}{',' if index else ''}{index}"
    if head in _GREEK:
        text = f"\\{head}"
    elif head in _SHORT:
        text = _SHORT[head]
    elif len(head) == 1:
        text = head
    elif len(head) == 2 and not index:
        text, index = head[0], head[1]
    elif head[:1] in "pvd" and head[1:] in _GREEK and not index:
        text, index = head[0], f"\\{head[1:]}"
    else:
        text = rf"\mathrm{{{head}}}"
    if not index:
        return text
    parts = [_index(part) for part in re.split(r"[_,]", index.replace("\\", "")) if part]
    return f"{text}_{{{','.join(parts)}}}"


def _index(part: str) -> str:
    if part in _GREEK:
        return f"\\{part}"
    return part if len(part) < 3 or part.isdigit() else rf"\mathrm{{{part}}}"


def _in(text: Text, least: int) -> str:
    return text[0] if text[1] >= least else rf"\left({text[0]}\right)"


class _Latex:
    """The algebra of LaTeX: a text and how strongly its outermost operation binds."""

    def number(self, value: int | float, text: str) -> Text:
        if "e" in text:
            digits, exponent = text.split("e")
            power = f"10^{{{int(exponent)}}}"
            return (power, _POWER) if digits == "1" else (rf"{digits} \cdot {power}", _PRODUCT)
        return text.removesuffix(".0"), _ATOM

    def name(self, identifier: str) -> Text:
        return symbol(identifier), _ATOM

    def site(self, field: str, index: str, offset: int) -> Text:
        place = index if offset == 0 else f"{index}{offset:+d}"
        base = symbol(field)
        return (
            f"{base[:-1]},{place}}}" if base.endswith("}") and "_{" in base else f"{base}_{{{place}}}"
        ), _ATOM

    def binary(self, operator: str, left: Text, right: Text) -> Text:
        match operator:
            case "+":
                return f"{_in(left, _SUM)} + {_in(right, _PRODUCT if right[0][0] == '-' else _SUM)}", _SUM
            case "-":
                return f"{_in(left, _SUM)} - {_in(right, _PRODUCT)}", _SUM
            case "*":
                a, b = _in(left, _NEGATIVE), _in(right, _PRODUCT)
                # words run into what is beside them without a thin space
                worded = _FUNCTION.match(b) is not None or _WORD.search(a) is not None
                dot = r" \cdot " if b[:1].isdigit() else r"\," if worded else " "
                return f"{a}{dot}{b}", _NEGATIVE if a[0] == "-" else _PRODUCT
            case "/":
                return rf"\frac{{{left[0]}}}{{{right[0]}}}", _PRODUCT
        return f"{_in(left, _ATOM)}^{{{right[0]}}}", _POWER

    def negative(self, operand: Text) -> Text:
        return f"-{_in(operand, _PRODUCT)}", _NEGATIVE

    def compare(self, operator: str, left: Text, right: Text) -> Text:
        return f"{left[0]} {_OPERATORS[operator]} {right[0]}", _CONDITION

    def both(self, conditions: list[Text]) -> Text:
        return r"\ \mathrm{and}\ ".join(c[0] for c in conditions), _CONDITION

    def either(self, conditions: list[Text]) -> Text:
        return r"\ \mathrm{or}\ ".join(c[0] for c in conditions), _CONDITION

    def call(self, function: str, arguments: list[Text]) -> Text:
        texts = [a[0] for a in arguments]
        match function:
            case "sqrt":
                return rf"\sqrt{{{texts[0]}}}", _ATOM
            case "abs":
                return rf"\left|{texts[0]}\right|", _ATOM
            case "floor":
                return rf"\left\lfloor {texts[0]}\right\rfloor", _ATOM
            case "exp":
                short = len(texts[0]) < 12 and "frac" not in texts[0]
                return (f"e^{{{texts[0]}}}", _POWER) if short else (rf"\exp\left({texts[0]}\right)", _ATOM)
            case "where":
                return (
                    rf"\left[{texts[1]}\ \mathrm{{if}}\ {texts[0]},\ \mathrm{{else}}\ {texts[2]}\right]",
                    _ATOM,
                )
            case "mod":
                return rf"{_in(arguments[0], _PRODUCT)}\ \mathrm{{mod}}\ {_in(arguments[1], _ATOM)}", _SUM
            case "minimum" | "maximum" | "arctan2":
                word = {"minimum": r"\min", "maximum": r"\max"}.get(function, r"\mathrm{arctan2}")
                return rf"{word}\left({', '.join(texts)}\right)", _ATOM
            case "sign" | "arcsinh":
                return rf"\mathrm{{{function}}}\left({texts[0]}\right)", _ATOM
        word = _NAMED.get(function, f"\\{function}")
        return (
            rf"{word} {texts[0]}" if arguments[0][1] == _ATOM else rf"{word}\left({texts[0]}\right)"
        ), _PRODUCT

    def sum(self, index: str, body: Callable[[], Text]) -> Text:
        return rf"\sum_{{{index}}} {_in(body(), _PRODUCT)}", _SUM

    def lag(self, component: str, delay: str) -> Text:
        return rf"{symbol(component)}\left(t - {symbol(delay)}\right)", _ATOM

    def noise(self, argument: Text) -> Text:
        return rf"\xi_{{{argument[0]}}}", _ATOM


def expression(text: str) -> str:
    """LaTeX of one expression."""
    return fold(parse(text, "expression"), _Latex())[0]


def _field(field: Field) -> str:
    return _Latex().site(field.name, "i", 0)[0] if field.per_site else symbol(field.name)


def equations(definition: Definition) -> list[str]:
    """LaTeX of the equations, one a line, then of the defined names; without dollar signs.

    Every line is understood by matplotlib's own renderer as well.
    """
    lines = []
    if definition.hamiltonian is not None:
        lines.append(f"H = {expression(definition.hamiltonian.energy)}")
        pairs = len(definition.fields) // 2
        for q, p in zip(definition.fields[:pairs], definition.fields[pairs:], strict=True):
            a, b = _field(q), _field(p)
            lines.append(
                rf"\dot{{{a}}} = \frac{{\partial H}}{{\partial {b}}},\ "
                rf"\dot{{{b}}} = -\frac{{\partial H}}{{\partial {a}}}"
            )
    for field in definition.fields if definition.equations else ():
        left = _field(field)
        amplitude = definition.noise.get(field.key)
        right = expression(definition.equations[field.key])
        if definition.kind == "map":
            left = f"{left}'"
            if amplitude is not None:
                chance = rf"{_in(fold(parse(amplitude, 'noise'), _Latex()), _PRODUCT)} \xi"
                right = chance if right == "0" else f"{right} + {chance}"
        elif amplitude is None:
            left = rf"\dot{{{left}}}"
        else:
            left = f"d{left}"
            right = (
                rf"\left({right}\right) dt + {_in(fold(parse(amplitude, 'noise'), _Latex()), _PRODUCT)} dW"
            )
        lines.append(f"{left} = {right}")
    return lines + [f"{symbol(name)} = {expression(text)}" for name, text in definition.define.items()]
