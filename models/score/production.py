"""Entropy production of a stationary state from its score."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from ergodica.models.score.evaluation import Scores
from ergodica.models.score.frames import opened
from ergodica.models.score.other_process import warn_of_other_process
from ergodica.models.score.parity import irreversible_part, parities
from ergodica.models.score.process import process_of, require_drift
from ergodica.models.score.production_dataset import production_dataset
from ergodica.models.score.production_sums import RECORDED, production_sums
from ergodica.numerics.errors import ParameterError, nearest

if TYPE_CHECKING:
    import xarray as xr


def entropy_production(
    network: Any,
    ds: xr.Dataset | str | os.PathLike[str],
    *,
    parity: str | Mapping[str, str] = "even",
    drift: Callable[[Any], Any] | None = None,
    record: Collection[str] = (),
    blocks: int = 16,
    batch: int | None = None,
    device: str = "cpu",
    progress: bool | None = None,
) -> xr.Dataset:
    """Entropy production rate of a stationary process, its total and its parts, from a score.

    v = b_ir - D s,   sigma = <v . D^-1 v>,   dX = b dt + sqrt(2 D) dW

    in nat per unit of time, b the Ito drift and D constant. The part of degree a is <v_a (D^-1 v)_a>, summed over
    particles; that of a particle, the same summed over its degrees. b_ir is the part of the drift that time reversal
    keeps: all of it where every degree is even, see `parity`.

    **Beside the total stands `identity_total`**, <b_ir . D^-1 b_ir> + <div b_ir> - <div b_rev>, which needs no
    network; `total_minus_identity` is the error of the network in the total. Error bars come from blocks of time and
    members and from the spread of an ensemble, with the network taken as it is: its own error is not in them, nor is
    that it was fitted to the same data; parts that are small beside the total suffer most. A score off by d changes
    sigma by <d . D d> - 2 <v . d>: of second order, and upwards, where d is noise.

    **A degree without noise**, D = 0, that moves irreversibly has an infinite rate: its part, and with it the total,
    is inf, the parts of the others stay. The rates of a propulsion hold all the same.

    Args:
        network: a score network, or an ensemble: the mean of its scores counts.
        ds: a dataset, or the path of one, with `drift` and `drift_divergence`; read a stretch of frames at a time.
        parity: "even", or by variable (position, propulsion, heading) or degree of freedom "even" or "odd", such as
            {"propulsion": "odd"}; those not named are even.
        drift: of a system of components with odd ones whose drift is not linear: b of states (rows, components).
        record: more of
            "velocity", v(t, particle, degree): the probability current over the density;
            "score", s(t, particle, degree);
            "production", of a particle at a time, v_i . D^-1 v_i: these take the memory of the states;
            "fokker_planck_residual" and "lower_bound", each of which gives all that needs divergences of the score,
            the costly part.
        blocks: of consecutive frames for error bars, all members together, >= 4; long beside the correlation time.
        batch: snapshots at once in the network; None takes 4096 sites.
        device: "cpu", "cuda", "cuda:N" or "auto".
        progress: a bar; None shows one on a terminal.

    Returns:
        Dataset with, each beside its `..._standard_error`,
        `total`; `by_degree_of_freedom(degree)`, `by_variable(variable)`; for particles `total_per_particle`,
        `by_particle(particle)`, `by_particle_and_variable(particle, variable)`; with members `total_by_member(member)`;
        `identity_total`, `total_minus_identity`;
        `stein_residual(degree, by_degree)`, <s_a x_b> + delta_ab, and `drift_residual`, <b . s> + <div b>: 0 for the
        exact score; NaN for periodic x_b.
        Of an ensemble also `total_without_scatter` and `by_variable_without_scatter`, means of v_j . D^-1 v_k over
        pairs of networks, in which what is independent between them averages out.
        `score_error_squared`: <d . D d> of the score's error d over the same of the score, known without the truth
        because -<div b> is the latter; its own error is large, 1/sqrt(snapshots), so that it shows errors of the score
        above some 10 % in 10,000 snapshots.
        `fokker_planck_residual`: root mean square of div v + v . s over that of div b + b . s, summed over sites.
        `by_variable_lower_bound(variable)`: at most the truth, apart from sampling, whatever the network; with the
        identity an upper bound of the others. How far it lies below `by_variable` is how wrong the network is.
        Error bars join blocks and ensemble in quadrature; the total has both, as `total_block_standard_error` and
        `total_seed_standard_error`.

    Raises:
        ParameterError: the dataset lacks what is needed, values are not finite, unknown names, too few frames.

    Warns:
        UserWarning: the network was trained on another process; a rate is infinite; blocks are short beside what frames
            remember; the total is more than 3 standard errors, and 1 %, from the identity; the run is not stationary:
            its rate changes, or of 24 members or more <b_a (x_a - <x_a>)> + D_aa is not 0.

    Good values: 10,000 snapshots or more, apart by a correlation time or so; "lower_bound" where the split matters.

    Source: Boffi and Vanden-Eijnden 2023, arXiv 2309.12991; parity: Spinney and Ford 2012, Phys. Rev. E 85, 051113.
    """
    if isinstance(record, str):
        raise ParameterError(f"record: must be a tuple of names, got {record!r}; use record=({record!r},)")
    for name in record:
        if name not in RECORDED:
            raise ParameterError(f"record: {name!r} is not known; {nearest(name, RECORDED)}")
    with opened(ds) as data:
        process = process_of(data)
        require_drift(data, process, "entropy_production")
        scores = Scores(network, process, batch=batch, device=device)
        warn_of_other_process(network, data, stacklevel=2)
        signs = parities(parity, process)
        split = irreversible_part(signs, process, data, drift)
        sums = production_sums(data, scores, split, blocks=blocks, record=record, progress=progress)
        return production_dataset(sums, data, scores, signs)
