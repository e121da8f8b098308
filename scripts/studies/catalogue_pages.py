"""What the pages of the catalogue and of the gallery show of every system, from the definitions and the facts.

The site is built with it (`docs/hooks/catalogue.py`), so the pages are never behind the definitions. A page has
`<!-- catalogue: PAGE -->` where its entries and `<!-- tiles: PAGE -->` where its pictures stand.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from ergodica import sims
from ergodica.scripts.studies.exponents_table import with_error
from ergodica.sims.dynamics.definition import Definition
from ergodica.sims.dynamics.facts import Facts
from ergodica.sims.dynamics.latex import equations, symbol

MARKER = re.compile(r"<!-- (?P<what>catalogue|tiles): (?P<page>[\w-]+) -->")
SPLIT = "l"
"""Dissipative flows whose names start with this letter or a later one have the second page."""
PAGES = {
    "dissipative-a-k": ("dissipative",),
    "dissipative-l-z": ("dissipative",),
    "hamiltonian": ("hamiltonian", "conservative"),
    "forced": ("forced",),
    "delay-noise": ("delay", "noise"),
    "maps": (),
}
"""Pages with the classes of flows on them, in their order."""
SHOWN = 6
"""Exponents of an entry; the rest is in `Definition.facts`."""
SLOW = 1e-3
"""Rates that are all smaller are written with a power of ten."""
ROUNDING = 1e-9
"""Sums below this share of the largest exponent are zero but for rounding."""
COMPONENTS = 8
GLYPH = re.compile(r"\\(?!left|right|frac)[A-Za-z]+|(?<!\\)\b[A-Za-z]|[0-9()+=-]")
WIDE = 38
"""Glyphs of an equation from which on it does not fit beside the picture."""


def page_of(definition: Definition) -> str:
    """The page on which a system is."""
    if definition.kind == "map":
        return "maps"
    if definition.category == "dissipative":
        return "dissipative-a-k" if definition.name < SPLIT else "dissipative-l-z"
    return next(page for page, classes in PAGES.items() if definition.category in classes)


def systems_of(page: str) -> list[Definition]:
    """The systems of a page: by class, then by name."""
    found = [one for one in (*sims.FLOWS.values(), *sims.MAPS.values()) if page_of(one) == page]
    order = PAGES[page]
    return sorted(
        found,
        key=lambda one: (order.index(one.category) if one.category in order else 0, one.name),
    )


def filled(markdown: str) -> str:
    """A page with its markers replaced."""

    def replaced(match: re.Match[str]) -> str:
        made = entry if match["what"] == "catalogue" else tile
        parts = [made(one) for one in systems_of(match["page"])]
        if match["what"] == "catalogue":
            return "\n\n".join(parts)
        return '<div class="tiles" markdown="1">\n' + "\n".join(parts) + "\n</div>"

    return MARKER.sub(replaced, markdown)


def tile(definition: Definition) -> str:
    """A picture with name, class, period and largest exponent, as a link to the entry."""
    name, facts = definition.name, definition.facts
    numbers = [f"*{definition.category}*"]
    if facts is not None and facts.period is not None:
        numbers.append(f"T\u00a0=\u00a0{facts.period:.3g}")
    if facts is not None and facts.exponents:
        numbers.append(f"λ\u00a0=\u00a0{rates(facts, 1)[0]}")
    target = f"systems/catalogue-{page_of(definition)}.md#{name}"
    return (
        '<div markdown="1">\n\n'
        f"[![{definition.title}](figures/gallery/{definition.kind}/{name}.png){{ loading=lazy }}]({target})\n\n"
        f"[{definition.title}]({target})  \n{', '.join(numbers)}\n\n</div>"
    )


def rates(facts: Facts, count: int) -> list[str]:
    """The first exponents with their errors, of slow systems with a power of ten."""
    largest = max(map(abs, facts.exponents))
    power = math.floor(math.log10(largest)) if 0 < largest < SLOW else 0
    ending = f"e{power}" if power else ""
    pairs = zip(facts.exponents[:count], facts.standard_errors, strict=False)
    return [with_error(value / 10.0**power, error / 10.0**power) + ending for value, error in pairs]


def entry(definition: Definition) -> str:
    """All that is known of a system: words, equations, parameters, start, computed facts, source."""
    name, kind = definition.name, definition.kind
    call = f"sims.{kind.capitalize()}(system={name!r})".replace("'", '"')
    written = equations(definition)
    formulas = "\n\n".join(f"$${line}$$" for line in written)
    wide = " wide" * (max(len(GLYPH.findall(line)) for line in written) > WIDE)
    lines = [
        f"## {definition.title} {{ #{name} }}",
        f"![{definition.title}](../figures/gallery/{kind}/{name}.png){{ .portrait loading=lazy }}",
        f"{definition.about} `{call}`",
        f'<div class="equations{wide}" markdown="1">\n\n{formulas}\n\n</div>',
        _parameters(definition),
        "\n".join(f"- {line}" for line in _facts(definition)),
    ]
    return "\n\n".join(line for line in lines if line)


def _parameters(definition: Definition) -> str:
    rows = []
    for name, one in definition.parameters.items():
        meaning = one.meaning.replace("|", r"\|")
        meaning = meaning or ("number of sites" if name == "n" and definition.sites else "")
        rows.append(f"| `{name}` | ${symbol(name)}$ | {one.value:.12g} | {meaning} |")
    head = "| parameter | symbol | default | meaning |\n| --- | --- | --- | --- |"
    return "\n".join([head, *rows]) if rows else ""


def _facts(definition: Definition) -> Iterator[str]:
    count = definition.size()
    words = definition.category + "".join(
        f", {word}"
        for word, there in (("stiff", definition.stiff), ("not smooth", definition.nonsmooth))
        if there
    )
    names = definition.components()
    yield f"Class: {words}. {count} component{'s' * (count > 1)}: {_few([f'`{one}`' for one in names])}."
    yield f"Starts at ({_few([f'{value:.6g}' for value in definition.initial_point()])})."
    facts = definition.facts
    unit = "iteration" if definition.kind == "map" else "time"
    if facts is not None and facts.period is not None:
        yield f"Dominant period {facts.period:.4g}."
    if facts is not None and facts.exponents:
        listed = ", ".join(rates(facts, SHOWN))
        ending = ", ..." if len(facts.exponents) > SHOWN or definition.lags else "."
        yield f"Lyapunov exponents per {unit}: {listed}{ending}"
        rounding = ROUNDING * max(map(abs, facts.exponents))
        sums = [
            f"{text} {value if abs(value) > rounding else 0.0:.4g}"
            for text, value in (
                ("Kaplan-Yorke dimension", facts.kaplan_yorke_dimension),
                ("sum of the positive exponents", facts.kolmogorov_sinai_entropy),
                ("mean divergence", facts.mean_divergence),
            )
            # a system with delay has more exponents than are measured, and no such sum
            if value is not None and not (definition.lags and text == "mean divergence")
        ]
        if sums:
            text = "; ".join(sums)
            yield f"{text[0].upper()}{text[1:]}."
    aliases = ", ".join(f"`{one}`" for one in definition.aliases)
    yield f"Source: {definition.reference}." + (f" Also called {aliases}." if aliases else "")


def _few(words: list[str]) -> str:
    return ", ".join(words) if len(words) <= COMPONENTS else ", ".join(words[: COMPONENTS - 2]) + ", ..."
