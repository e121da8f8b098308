"""Tables of Koopman models beside what is known, made from the results of `koopman_truths.py`."""

from __future__ import annotations

from typing import Any

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.measured import results_in

RESULT = documents.ROOT / "benchmarks" / "results" / "koopman-truths.json"
Row = dict[str, Any]


def results() -> dict[str, list[Row]]:
    """What was measured, by study."""
    return results_in(RESULT)


def koopman_noise(margin: float) -> str:
    """The worst of five eigenvalues with process noise."""
    return markdown(
        ("snapshots", "seeds", "median of the worst of five errors", "90 % of the seeds below"),
        [
            (f"{one['snapshots']:,}", str(one["seeds"]), f"{one['median']:.1e}", f"{one['ninetieth']:.1e}")
            for one in results().get("noise", [])
        ],
    )


def koopman_coverage(margin: float) -> str:
    """Coverage of intervals of .95."""
    head = ("snapshots", "eigenvalue", "real part within, %", "imaginary part within, %")
    return markdown(
        (*head, "standard error", "spread over seeds"),
        [
            (
                f"{one['snapshots']:,}",
                one["eigenvalue"],
                f"{100 * one['real']:.1f}",
                "real" if one["eigenvalue"] == ".8" else f"{100 * one['imag']:.1f}",
                f"{one['standard_error']:.4f}",
                f"{one['spread']:.4f}",
            )
            for one in results().get("coverage", [])
        ],
    )


def koopman_unclosed(margin: float) -> str:
    """Coverage of intervals of .95 where the observable is half of a slow process."""
    return markdown(
        ("snapshots", "pairs of a block", "within, %", "standard error", "spread over seeds"),
        [
            (
                f"{one['snapshots']:,}",
                str(one["block"] or "by rule"),
                f"{100 * one['held']:.0f}",
                f"{one['standard_error']:.4f}",
                f"{one['spread']:.4f}",
            )
            for one in results().get("unclosed", [])
        ],
    )


def koopman_duffing(margin: float) -> str:
    """Local spectra of the Duffing oscillator."""
    return markdown(
        ("point", "radius", "degree", "eigenvalue found", "error", "residual"),
        [
            (
                one["point"],
                f"{one['radius']:g}",
                str(one["degree"]),
                f"{one['found'][0]:.5f}" + (f" + {one['found'][1]:.5f}i" if one["point"] == "focus" else ""),
                f"{one['error']:.1e}",
                f"{one['residual']:.1e}",
            )
            for one in results().get("duffing", [])
        ],
    )


def koopman_spurious(margin: float) -> str:
    """Eigenvalues that ResDMD keeps."""
    rows = results().get("spurious", [])
    lines = []
    for three in zip(rows[::3], rows[1::3], rows[2::3], strict=True):
        first = three[0]
        kept = (f"{one['kept']}, {one['kept_true']} of them right" for one in three)
        lines.append(
            (first["system"], first["dictionary"], str(first["eigenvalues"]), str(first["true"]), *kept)
        )
    head = ("system", "dictionary", "eigenvalues", "right", "training data, 0.01", "fresh run, 0.01")
    return markdown((*head, "fresh run, 0.001"), lines)


def koopman_rollouts(margin: float) -> str:
    """Errors of both rollouts on the Lorenz attractor."""
    return markdown(
        (
            *("training snapshots", "dictionary", "observables"),
            *("linear, 20 steps", "linear, 50 steps", "fitted to the 50th step", "re-encoded, 50 steps"),
        ),
        [
            (
                f"{one['snapshots']:,}",
                one["dictionary"],
                str(one["observables"]),
                f"{one['linear'][19]:.2g}",
                f"{one['linear'][-1]:.2f}",
                f"{one['direct']:.2f}",
                f"{one['reencoded'][-1]:.1e}",
            )
            for one in results().get("rollouts", [])
        ],
    )


TABLES = (
    *(koopman_noise, koopman_coverage, koopman_unclosed, koopman_duffing, koopman_spurious, koopman_rollouts),
)
