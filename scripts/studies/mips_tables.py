"""Tables of the study `mips_entropy`, from its results."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.mips_space import REGIONS

RESULT = documents.ROOT / "benchmarks" / "results" / "mips_entropy.json"
MAPS = ("|v_g|", "|v_g|^2", "div_g v_g", "|v_x|", "production")
SYMBOLS = {
    "|v_g|": r"\(\lvert v_g\rvert\)",
    "|v_g|^2": r"\(\lvert v_g\rvert^2\)",
    "div_g v_g": r"\(\nabla_g\cdot v_g\)",
    "|v_x|": r"\(\lvert v_x\rvert\)",
    "production": r"\(\sigma_i\)",
}


def mips_regions(margin: float) -> str:
    """What is learned in gas, interface and bulk, and what is exact."""
    rows = []
    for noise, one in _results()["noise"].items():
        unseen, maps = one["unseen"], one["maps"]
        start = rf"\(\epsilon = {noise}\)"
        learned, bounds = unseen["regions"], maps["lower_bound"]
        whole = unseen["mean"]
        rows.append(
            [
                f"{start}, \\(\\lvert v_g\\rvert^2/\\gamma^2\\)",
                *_row(whole["production"], learned["production"]),
            ]
        )
        every = [f"{bounds[name]['bound']:.1f}" for name in ("all", *REGIONS)]
        rows.append([f"{start}, the same, at least", *every, ""])
        rows.append([f"{start}, \\(\\nabla_g\\cdot v_g/\\gamma\\)", *_row(None, maps["spread"])])
        if "total" in whole:
            moving = r"\(\lvert v_x\rvert^2/(\epsilon\gamma)\)"
            rows.append([f"{start}, {moving}", *_row(whole["moving"], learned["moving"])])
            rows.append([f"{start}, total, learned", _told(whole["total"]), "", "", "", ""])
            rows.append([f"{start}, total, without a network", _told(whole["identity"]), "", "", "", ""])
        else:
            words = r"exact \(-\nabla_x\cdot b/\gamma\)"
            rows.append([f"{start}, {words}", *_row(whole["confinement"], learned["confinement"])])
    return _markdown(["", "all", *REGIONS, "interface/bulk"], rows)


def mips_stepping(margin: float) -> str:
    """The total by two means that agree where steps are fine enough."""
    rows = []
    for noise, one in _results()["noise"].items():
        for name, words in (("coarse", "Euler-Maruyama, dt = 0.1"), ("fine", "refined by Heun, dt = 0.025")):
            if name in one["stepping"]:
                found = one["stepping"][name]
                rows.append(
                    [rf"\(\epsilon = {noise}\), {words}", _told(found["identity"]), _told(found["work"])]
                )
    identity = r"\(\langle\lvert b\rvert^2/\epsilon + \nabla_x\cdot b\rangle/\gamma\)"
    return _markdown(["", identity, r"\(v_0\langle g\cdot b\rangle/(\epsilon\gamma)\)"], rows)


def mips_agreement(margin: float) -> str:
    """Correlations of the maps of two halves of the data, and the reliability of their mean."""
    found = {noise: one["maps"]["agreement"] for noise, one in _results()["noise"].items()}
    rows = []
    for noise, one in found.items():
        for which, name in (("correlation", "{}"), ("reliability", "{} reliability")):
            some = [f"{one[name.format(key)]:.2f}" if key in one else "" for key in MAPS]
            rows.append([rf"\(\epsilon = {noise}\), {which}", *some])
    return _markdown(["", *(SYMBOLS[key] for key in MAPS)], rows)


def mips_transfer(margin: float) -> str:
    """The same weights on other runs."""
    rows = []
    for noise, one in _results()["noise"].items():
        for row in one["transfer"]:
            mean, ratios = row["mean"], row["regions"]["production"]
            total = [_told(mean["total"]), _told(mean["identity"])] if "total" in mean else ["", ""]
            shares = f"{row['shares']['bulk']:.2f}"
            here = [f"\\({noise}\\)", str(row["particles"]), f"{row['fraction']:g}", shares]
            learned = [
                _told(mean["production"]),
                _told(ratios["interface/bulk"]),
                _told(ratios["interface/gas"]),
            ]
            rows.append([*here, *learned, *total])
    head = [
        r"\(\epsilon\)",
        "N",
        r"\(\phi\)",
        "in the bulk",
        SYMBOLS["|v_g|^2"].replace("^2", r"^2/\gamma^2"),
    ]
    return _markdown(
        [*head, "interface/bulk", "interface/gas", "total, learned", "total, without a network"], rows
    )


TABLES = (mips_stepping, mips_regions, mips_agreement, mips_transfer)


def _results() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULT.read_text())
    return found


def _row(whole: dict[str, Any] | None, by_region: dict[str, Any]) -> list[str]:
    every = [by_region[name] for name in (*REGIONS, "interface/bulk")]
    return [_told(whole) if whole else "", *map(_told, every)]


def _told(one: dict[str, Any]) -> str:
    """Mean and error, with the digits that the error leaves."""
    mean, error = one["mean"], one["error"]
    if mean is None:
        return "-"
    if error is None:
        return f"{mean:.3g}"
    digits = 0 if error >= 2 else 1 if error >= 0.2 else 2 if error >= 0.02 else 3
    return f"{mean:.{digits}f} ± {error:.{digits}f}"


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
