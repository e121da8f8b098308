"""Tables of networks that forecast, made from the results of `forecast_networks.py`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ergodica.scripts.studies import documents
from ergodica.scripts.studies.documents import markdown
from ergodica.scripts.studies.measured import results_in

RESULT = documents.ROOT / "benchmarks" / "results" / "forecast-networks.json"
Row = dict[str, Any]
SYSTEMS = (
    *("lorenz63", "rossler", "halvorsen", "chua", "hyper-rossler", "thomas", "sprott-b", "lorenz96"),
    *("duffing", "double-gyre", "chen", "dadras", "aizawa", "sprott-jerk", "hindmarsh-rose", "lorenz84"),
    *("rikitake-dynamo", "nose-hoover", "hastings-powell", "moore-spiegel", "mackey-glass", "arneodo"),
    *("hyper-lorenz", "shimizu-morioka"),
)
"""The flows that networks were compared on while they were made; `RandomFeatures` on every other one, the first on."""
FEW = ("lorenz63", "sprott-b", "aizawa", "lorenz84")
COVERED = ("rossler", "sprott-b", "aizawa", "lorenz84", "arneodo", "thomas")
WORDS = {
    "neural_kalman": "`NeuralKalman`",
    "random_features": "`RandomFeatures`",
    "random_features(size=1)": "`RandomFeatures(size=1)`",
    "nbeats": "`NBeats`",
    "lstm": "`LSTM`",
    "patch_transformer": "`TransformerForecaster`",
    "neural_ode": "`NeuralODE`",
    "nvar": "`NVAR`",
    "linear": "`Linear`",
    "persistence": "`Persistence`",
}
RESAMPLED = 10_000
ALIKE = 1.0
"""Difference of sMAPE below which two forecasts are as good."""


def results() -> dict[str, list[Row]]:
    """What was measured, by study."""
    return results_in(RESULT)


def scores(
    model: str, condition: str, systems: Collection[str] | None = None
) -> dict[tuple[str, int], float]:
    """sMAPE by flow and stretch; None for the flows beyond the 24."""
    return {
        (row["system"], row["start"]): row["smape"]
        for row in results().get(model, [])
        if row["condition"] == condition
        and (row["system"] not in SYSTEMS if systems is None else row["system"] in systems)
    }


def networks_noise(margin: float) -> str:
    """Medians and means at 5 % noise, and on how many flows a model is better than NVAR."""
    lines = []
    base = scores("nvar", "noise-5", SYSTEMS)
    for model in ("neural_kalman", "nvar", "linear", "persistence"):
        found = scores(model, "noise-5", SYSTEMS)
        seconds = [row["seconds"] for row in results()[model] if row["condition"] == "noise-5"]
        better = "" if model == "nvar" else str(sum(found[one] < base[one] for one in base))
        lines.append((WORDS[model], *_middle(found), better, f"{np.median(seconds):.1f}"))
    return _table(("5 % noise", "median", "mean", f"better than `NVAR`, of {len(base)}", "s a fit"), lines)


def networks_one_component(margin: float) -> str:
    """Medians and means from one component, with intervals of the medians, on flows chosen on and on others."""
    lines = []
    groups = {"chosen on": SYSTEMS[::2], "others of the 24": SYSTEMS[1::2], "rest of the catalogue": None}
    for words, systems in groups.items():
        base = scores("nvar", "one-component", systems)
        for model in (
            *("random_features", "random_features(size=1)"),
            *("nvar", "nbeats", "linear", "persistence"),
        ):
            found = scores(model, "one-component", systems)
            if not found:
                continue
            apart = np.array([found[one] - base[one] for one in base])
            counts = (apart < -ALIKE).sum(), (abs(apart) <= ALIKE).sum(), (apart > ALIKE).sum()
            beside = "" if model == "nvar" else ", ".join(map(str, counts))
            low, high = _interval(found)
            lines.append(
                (
                    f"{words}, {len({system for system, _ in found})}",
                    *(WORDS[model], *_middle(found), f"{low:.0f} to {high:.0f}", beside),
                )
            )
    head = (
        "flows",
        "forecaster",
        "median",
        "mean",
        "median lies, 90 %",
        "better, as good, worse than `NVAR`",
    )
    return _table(head, lines)


def networks_flows(margin: float) -> str:
    """Each of the 24 flows: with noise, and both stretches of one component."""
    lines = []
    for system in SYSTEMS:
        noise = [
            f"{scores(model, 'noise-5', [system])[system, 0]:.3g}" for model in ("neural_kalman", "nvar")
        ]
        part = [
            ", ".join(f"{value:.3g}" for value in scores(model, "one-component", [system]).values())
            for model in ("random_features", "nvar", "nbeats")
        ]
        lines.append((system, *noise, *part))
    head = ("noise 5 %: `NeuralKalman`", "`NVAR`", "one component: `RandomFeatures`", "`NVAR`", "`NBeats`")
    return _table(("sMAPE", *head), lines)


def networks_few(margin: float) -> str:
    """All networks on a few flows at 5 % noise."""
    lines = []
    for model in ("neural_kalman", "nvar", "lstm", "nbeats", "patch_transformer", "neural_ode"):
        found = scores(model, "noise-5", FEW)
        seconds = [
            row["seconds"]
            for row in results()[model]
            if row["condition"] == "noise-5" and row["system"] in FEW
        ]
        numbers = [f"{found[system, 0]:.1f}" for system in FEW]
        lines.append((WORDS[model], *numbers, f"{np.median(seconds):.1f}"))
    return _table(("5 % noise, sMAPE", *FEW, "s a fit"), lines)


def networks_coverage(margin: float) -> str:
    """Shares of the truth within 90 % intervals."""
    found = {(row["model"], row["system"]): row for row in results().get("coverage", [])}
    lines = [
        (
            WORDS[model],
            *(f"{found[model, one]['first']:.2f}, {found[model, one]['all']:.2f}" for one in COVERED),
        )
        for model in ("neural_kalman", "nbeats")
    ]
    return _table(("within 90 %", *COVERED), lines)


def networks_patches(margin: float) -> str:
    """F1 of boundaries by regimes and by how much was learned."""
    rows = {(row["regime"], row["patches"], row["learned"]): row for row in results().get("patches", [])}
    lengths = sorted({length for _, _, length in rows})
    lines = []
    for regime in dict.fromkeys(regime for regime, _, _ in rows):
        cells = []
        for length in lengths:
            row = rows[regime, "entropy-patches", length]
            f1, rates = row["f1"], [f"{np.mean(row[name]):.2f}" for name in ("precision", "recall")]
            cells.append(f"{np.mean(f1):.2f} ({min(f1):.2f} to {max(f1):.2f}); {', '.join(rates)}")
        plain = rows[regime, "plain-patches", lengths[0]]["f1"]
        lines.append((regime, *cells, f"{np.mean(plain):.2f}"))
    heads = [f"{length} snapshots" for length in lengths]
    return _table(("regimes", *heads, "plain patches of 10"), lines)


def _middle(found: dict[tuple[str, int], float]) -> tuple[str, str]:
    values = list(found.values())
    return f"{np.median(values):.1f}", f"{np.mean(values):.1f}"


def _interval(found: dict[tuple[str, int], float]) -> tuple[float, float]:
    """Where the median lies by the bootstrap over flows, whose stretches stay together."""
    names = sorted({system for system, _ in found})
    each = np.array([[value for (system, _), value in found.items() if system == name] for name in names])
    drawn = np.random.default_rng(0).integers(len(names), size=(RESAMPLED, len(names)))
    low, high = np.quantile(np.median(each[drawn].reshape(RESAMPLED, -1), axis=1), (0.05, 0.95))
    return float(low), float(high)


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return markdown(head, lines)


TABLES = (
    *(networks_noise, networks_one_component, networks_flows, networks_few, networks_coverage),
    networks_patches,
)
