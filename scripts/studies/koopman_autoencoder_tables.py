"""Tables and picture of the page on Koopman autoencoders, made from the results of `koopman_autoencoder.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.measured import results_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESULT = documents.ROOT / "benchmarks" / "results" / "koopman-autoencoder.json"
Row = dict[str, Any]
SHOWN = (5, 20, 50)
PAPER = {"lorenz": ("0.003", "0.007", "0.013"), "wake": ("0.068", "0.114", "0.138")}
"""Errors after 5, 20 and 50 steps that arXiv 2510.13025 publishes."""
PAPER_DIVERGENCE = "0.285"


def results() -> dict[str, list[Row]]:
    """What was measured, by study."""
    return results_in(RESULT)


def _range(values: Iterable[float | None]) -> str:
    """The least and the largest of several seeds, to two digits; empty without any."""
    each = [np.inf if one is None else float(one) for one in values]
    if not each:
        return ""
    ends = [_short(one if np.isfinite(one) else None) for one in (min(each), max(each))]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _short(value: float | None) -> str:
    if value is None:
        return "diverges"
    if 100 <= abs(value) < 1e3:
        return f"{value:.0f}"
    return f"{value:.2g}" if 1e-3 <= abs(value) < 1e3 else f"{value:.1e}"


def autoencoder_slow_manifold(margin: float) -> str:
    """Relative errors of the three rates."""
    return markdown(
        ("seed", "error of mu, %", "of lambda, %", "of 2 mu, %", "linear rollout, 50 steps", "seconds"),
        [
            (
                str(one["seed"]),
                *(
                    _short(100 * abs(one[name] / exact - 1))
                    for name, exact in (("mu", -0.05), ("lam", -1.0), ("2 mu", -0.1))
                ),
                _short(one["linear"][49]),
                f"{one['seconds']:.0f}",
            )
            for one in results().get("slow_manifold", [])
        ],
    )


def autoencoder_duffing(margin: float) -> str:
    """Linear rollouts and the focus."""
    rows = results().get("duffing", [])
    return markdown(
        (
            "snapshots",
            "observables of",
            "how many",
            "seed",
            "linear, 10 steps",
            "linear, 50 steps",
            "focus",
            "its error, %",
            "seconds",
        ),
        [
            (
                str(one["snapshots"]),
                one["model"],
                str(one["observables"]),
                "" if one["seed"] is None else str(one["seed"]),
                f"{one['linear'][9]:.3f}",
                f"{one['linear'][49]:.3f}",
                f"{one['focus'][0]:.3f} + {abs(one['focus'][1]):.3f}i",
                f"{100 * one['focus_error']:.1f}",
                f"{one['seconds']:.0f}",
            )
            for one in rows
        ],
    )


def autoencoder_focus(margin: float) -> str:
    """Linear rollouts, and the focus over one step and over several at once."""
    rows = results().get("focus", [])
    head = ["seed", "linear, 10 steps", "linear, 50 steps"]
    for words in ("one step", f"{rows[0]['lag'] if rows else 10} steps at once"):
        head += [f"focus, {words}", "its error, %"]
    lines = []
    for one in rows:
        cells = [str(one["seed"]), f"{one['linear'][9]:.3f}", f"{one['linear'][49]:.3f}"]
        for name in ("one_step", "lagged"):
            cells += [f"{one[name][0]:.3f} + {one[name][1]:.3f}i", f"{100 * one[f'{name}_error']:.1f}"]
        lines.append((*cells, f"{one['seconds']:.0f}"))
    return markdown((*head, "seconds"), lines)


def autoencoder_lorenz(margin: float) -> str:
    """Errors of the rollouts and divergence of the attractor."""
    rows = results().get("lorenz", [])
    lines: list[tuple[str, ...]] = [("published", *PAPER["lorenz"], PAPER_DIVERGENCE)]
    for name, words in (
        ("reencoded", "re-encoded"),
        ("median_reencoded", "re-encoded, the median start"),
        ("linear", "linear"),
    ):
        lines.append(
            (
                words,
                *(_range(one[name][step - 1] for one in rows) for step in SHOWN),
                _range(one["divergence"][name] for one in rows) if name in ("reencoded", "linear") else "",
            )
        )
    for one in results().get("lorenz_dictionaries", []):
        found = (_short(one["reencoded"][step - 1]) for step in SHOWN)
        lines.append((f"re-encoded, fixed: {one['dictionary']}", *found, ""))
    floor = _range(one["divergence_of_another_orbit"] for one in rows)
    lines.append(("another orbit of the system", "", "", "", floor))
    return markdown(("rollout", *(f"{step} steps" for step in SHOWN), "divergence"), lines)


def autoencoder_wake(margin: float) -> str:
    """Errors of the rollouts behind a cylinder."""
    rows = [one for study in ("wake", "finer_wake") for one in results().get(study, [])]
    lines: list[tuple[str, ...]] = [("published", "", "", *PAPER["wake"], "")]
    for encoder, points in dict.fromkeys((one["encoder"], tuple(one["points"])) for one in rows):
        chosen = [one for one in rows if (one["encoder"], tuple(one["points"])) == (encoder, points)]
        for name, words in (("linear", "linear"), ("reencoded", "re-encoded")):
            lines.append(
                (
                    encoder,
                    " by ".join(map(str, points)),
                    words,
                    *(_range(one[name][step - 1] for one in chosen) for step in SHOWN),
                    _range(round(one["seconds"]) for one in chosen),
                )
            )
    head = ("encoder and decoder", "grid", "rollout", *(f"{step} steps" for step in SHOWN), "seconds")
    return markdown(head, lines)


def autoencoder_terms(margin: float) -> str:
    """Effective rank and errors behind a cylinder by the weights of information and entropy."""
    rows = results().get("terms", [])
    lines: list[tuple[str, ...]] = []
    for weights in dict.fromkeys((one["information"], one["entropy"]) for one in rows):
        chosen = [one for one in rows if (one["information"], one["entropy"]) == weights]
        lines.append(
            (
                *(f"{one:g}" for one in weights),
                _range(one["rank"] for one in chosen),
                *(_range(one[name][49] for one in chosen) for name in ("linear", "reencoded")),
            )
        )
    head = ("information", "entropy", "effective rank of 16", "linear, 50 steps", "re-encoded, 50 steps")
    return markdown(head, lines)


def picture() -> Figure:
    """Effective rank by the weight of the entropy, and both rollouts of the Lorenz system."""
    from ergodica.data.pictures.canvas import new_figure

    figure = new_figure(9.0, 3.8)
    left, right = figure.subplots(1, 2)
    rows = results()["rank"]
    for number, (estimator, words) in enumerate((("infonce", "InfoNCE"), ("gaussian", "the Gaussian form"))):
        chosen = [one for one in rows if one["estimator"] == estimator and one["information"]]
        weights = sorted({one["entropy"] for one in chosen})
        ranks = np.array([[one["rank"] for one in chosen if one["entropy"] == w] for w in weights])
        left.plot(weights, ranks.mean(axis=1), color=f"C{number}", label=f"information by {words}")
        left.plot(weights, ranks, "o", color=f"C{number}", markersize=3)
    neither = np.mean([one["rank"] for one in rows if not one["information"]])
    left.axhline(neither, color="0.6", linestyle="--", label="neither term")
    left.set(
        xlabel="weight of the entropy",
        ylabel="effective rank exp(S) of 6",
        ylim=(1, 6.2),
        title="Information alone collapses",
    )
    left.legend(frameon=False, loc="lower right")
    steps = np.arange(1, 51)
    for number, (name, words) in enumerate((("linear", "linear"), ("reencoded", "re-encoded"))):
        for one in results().get("lorenz", []):
            label = words if one["seed"] == 0 else None
            right.semilogy(steps, one[name], color=f"C{number}", label=label, linewidth=1)
    for k, error in zip(SHOWN, PAPER["lorenz"], strict=True):
        right.plot(k, float(error), "k*", label="published" if k == SHOWN[0] else None)
    right.set(
        xlabel="steps of 0.1", ylabel="error, standard deviations", title="Lorenz: two rollouts, three seeds"
    )
    right.legend(frameon=False, loc="lower right")
    return figure


TABLES = (
    autoencoder_slow_manifold,
    autoencoder_duffing,
    autoencoder_focus,
    autoencoder_lorenz,
    autoencoder_wake,
    autoencoder_terms,
)
