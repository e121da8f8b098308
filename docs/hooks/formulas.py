"""Formulas as pictures inside the page, drawn by matplotlib when the site is built.

So the pages need no network and no script to be read. `pymdownx.arithmatex` finds the formulas; this hook turns
each into an inline SVG in the colour of the text, with its TeX as the label for screen readers.
"""

from __future__ import annotations

import functools
import html
import io
import re
from typing import Any

FOUND = re.compile(r'<(?P<tag>span|div) class="arithmatex">(?P<tex>.*?)</(?P=tag)>', re.DOTALL)
SIZE = 12.0  # points
EM = 1.15 / SIZE  # Computer Modern is smaller than the text around it
# what TeX has and matplotlib writes in another way
SPELLED = {
    r"\lvert": "|",
    r"\rvert": "|",
    r"\bmod": r"\ \mathrm{mod}\ ",
    r"\quad": r"\ \ \ ",
    r"\text{": r"\mathrm{",
    r"\int ": r"\int\,\,",
}

# and knows no sizes of brackets but those of \left and \right
SIZES = re.compile(r"\\[bB]igg?[lrm]?(?![A-Za-z])")
RELATION = re.compile(r"\\([gl])e(?![A-Za-z])")
# matplotlib wants braces where TeX takes the next letter, digit or command
TOKEN = r"(?P<token>\\[A-Za-z]+|[^\s{}\\\[\]])"
GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
# lines of a formula are drawn one below the other
ALIGNED = re.compile(r"\\begin\{aligned\}(?P<lines>.*)\\end\{aligned\}", re.DOTALL)
UNBRACED = re.compile(rf"(?P<before>\\(?:[dt]?frac|sqrt)(?![A-Za-z])|\\[dt]?frac\s*{GROUP})\s*{TOKEN}")


def on_page_content(content: str, **_: Any) -> str:
    """Called by mkdocs with the HTML of a page."""
    return FOUND.sub(_drawn, content)


def _drawn(match: re.Match[str]) -> str:
    tex = html.unescape(match["tex"]).strip()
    tex = re.sub(r"^\\[(\[]|\\[)\]]$", "", tex).strip()
    aligned = ALIGNED.fullmatch(tex)
    lines = aligned["lines"].split(r"\\") if aligned else [tex]
    return "".join(_svg(" ".join(line.replace("&", r"\ ").split()), match["tag"] == "div") for line in lines)


def _braced(tex: str) -> str:
    r"""The same with braces around every argument of a fraction or root.

    >>> _braced(r"\frac12 \sqrt s \frac{a}\pi")
    '\\frac{1}{2} \\sqrt{s} \\frac{a}{\\pi}'
    """
    before = ""
    while tex != before:
        before, tex = tex, UNBRACED.sub(r"\g<before>{\g<token>}", tex)
    return tex


@functools.cache
def _svg(tex: str, display: bool) -> str:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    spelled = _braced(RELATION.sub(r"\\\1eq", SIZES.sub("", f"{tex} ")))
    for ours, theirs in SPELLED.items():
        spelled = spelled.replace(ours, theirs)
    if display:
        spelled = spelled.replace(r"\frac", r"\dfrac")
    spelled = rf"${spelled.strip()}$".replace(r"\tfrac", r"\frac")
    settings = {"mathtext.fontset": "cm", "svg.fonttype": "path", "svg.hashsalt": tex}
    with mpl.rc_context(settings):
        font = FontProperties(size=SIZE)
        width, height, depth, *_ = MathTextParser("path").parse(spelled, dpi=72, prop=font)
        margin = 1.0
        figure = Figure(figsize=((width + 2 * margin) / 72, (height + 2 * margin) / 72))
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        x, y = margin / (width + 2 * margin), (depth + margin) / (height + 2 * margin)
        figure.text(x, y, spelled, fontproperties=font, color="#010203")
        out = io.StringIO()
        figure.savefig(
            out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    drawing = out.getvalue()
    drawing = drawing[drawing.index("<svg") :].replace("#010203", "currentColor")
    drawing = re.sub(r"<metadata>.*?</metadata>", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"<!--.*?-->", "", drawing, flags=re.DOTALL)
    drawing = re.sub(r"\s*\n\s*", " ", drawing).strip()
    sized = f"width:{(width + 2) * EM:.3f}em;height:{(height + 2) * EM:.3f}em;vertical-align:{-(depth + 1) * EM:.3f}em"
    drawing = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", drawing, count=1)
    drawing = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", drawing, count=1)
    label = html.escape(tex, quote=True)
    drawing = drawing.replace("<svg ", f'<svg role="img" aria-label="{label}" style="{sized}" ', 1)
    return f'<div class="formula">{drawing}</div>' if display else drawing
