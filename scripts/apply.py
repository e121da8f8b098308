"""`ergodica apply`: what a trained network says of a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter

from ergodica.numerics.errors import ParameterError
from ergodica.numerics.threads import check_threads
from ergodica.scripts import networks
from ergodica.scripts.inputs import listed, open_run
from ergodica.scripts.outputs import DATA, human, output, size

if TYPE_CHECKING:
    import xarray as xr

SCORE = Group("Score networks", sort_key=1)
AHEAD = Group("Forecasts", sort_key=2)
KOOPMAN = Group("Koopman models", sort_key=3)


def apply(
    network: Annotated[str, Parameter(help="folder that ergodica train wrote")],
    file: Annotated[
        str,
        Parameter(
            help="run, finished or not; for entropy production with its drift: --record drift,drift_divergence"
        ),
    ],
    /,
    *,
    out: Annotated[
        str | None,
        Parameter(
            name=("--out", "-o"),
            metavar="FILE",
            help="file to write; default FILE-production.nc, FILE-forecast.nc or FILE-koopman.nc beside the run",
        ),
    ] = None,
    parity: Annotated[
        dict[str, Literal["even", "odd"]] | None,
        Parameter(
            metavar="",
            group=SCORE,
            help="what time reversal does to a variable or degree of freedom, as --parity.propulsion odd; "
            "default even for all",
        ),
    ] = None,
    record: Annotated[
        list[str] | None,
        Parameter(
            metavar="NAME",
            negative="",
            group=SCORE,
            help="more to write: velocity, score, production, each at every time and particle, "
            "fokker_planck_residual, lower_bound; several as a,b or by repeating the option",
        ),
    ] = None,
    blocks: Annotated[
        int | None, Parameter(group=SCORE, help="of time for error bars, 4 or more; default 16")
    ] = None,
    batch: Annotated[
        int | None, Parameter(group=SCORE, help="snapshots at once; default by their size")
    ] = None,
    device: Annotated[
        str | None,
        Parameter(group=SCORE, help="cpu, cuda, cuda:N, or auto for a GPU if there is one; default cpu"),
    ] = None,
    horizon: Annotated[int | None, Parameter(group=AHEAD, help="snapshots to forecast; default 100")] = None,
    test: Annotated[
        int | None,
        Parameter(
            group=AHEAD,
            metavar="SNAPSHOTS",
            help="forecast so many last snapshots of the run from those before, and score it",
        ),
    ] = None,
    members: Annotated[
        int | None,
        Parameter(group=AHEAD, help="draws of a forecaster, whose spread is drawn; default 100, 0 for none"),
    ] = None,
    seed: Annotated[int | None, Parameter(group=AHEAD, help="of the draws; default 0")] = None,
    rollout: Annotated[
        Literal["linear", "reencoded"] | None,
        Parameter(
            group=AHEAD,
            help="forecast of a Koopman model, lifted once or at each step; default its spectrum and modes",
        ),
    ] = None,
    intervals: Annotated[
        int | None,
        Parameter(
            group=KOOPMAN, help="refits to resampled data for intervals of the eigenvalues; default none"
        ),
    ] = None,
    threads: Annotated[
        int | None, Parameter(help="number of CPU threads; default 1 for mlp, else all")
    ] = None,
    progress: Annotated[bool | None, Parameter(help="show a progress bar; default on a terminal")] = None,
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help="overwrite the file when it is there")
    ] = False,
) -> None:
    """Apply a network or a model to a run.

    A score network gives entropy production, its total and its parts, with errors; the run may be another one of the
    same process, for a transformer with another number of particles. Beside the total stands the identity that needs no
    network. A forecaster says what comes after the last snapshots. A Koopman model gives eigenvalues with residuals and
    modes, or a forecast.
    """
    said = networks.described(Path(network))
    check_threads(threads)
    open_run(file).close()
    options: dict[str, Any] = {
        "parity": parity or None,
        "record": listed(record or ()) or None,
        "blocks": blocks,
        "batch": batch,
        "device": device,
    }
    ahead: dict[str, Any] = {
        "horizon": horizon,
        "test": test,
        "members": members,
        "seed": seed,
        "rollout": rollout,
        "intervals": intervals,
    }
    given, asked = ({k: v for k, v in one.items() if v is not None} for one in (options, ahead))
    is_model = networks.is_model(said)
    for name in given if is_model else asked:
        what = "score networks" if is_model else "forecasters and Koopman models"
        raise ParameterError(f"{name}: is for {what}, got it with {said['network']}; leave it out")
    if is_model:
        from ergodica.scripts.apply_model import apply_model

        apply_model(network, file, out, asked, force=force)
        return
    target = beside(file, out, "production", force=force)
    if progress is not None:
        given["progress"] = progress
    ds = _applied(network, file, target, given, threads=threads, force=force)
    print(f"{target}: {human(size(target))}\n{page(ds)}")


def beside(file: str, out: str | None, word: str, *, force: bool) -> Path:
    """The file to write, by default beside the run with a word after its name; never the run itself."""
    source = Path(file)
    target = output(out or str(source.with_name(f"{source.stem}-{word}.nc")), DATA, force=force)
    if target.exists() and source.exists() and target.samefile(source):
        raise ParameterError(f"out: must be another file than the run, got {target}; use -o {word}.nc")
    return target


def _applied(
    network: str, file: str, target: Path, given: dict[str, Any], *, threads: int | None, force: bool
) -> xr.Dataset:
    from ergodica.data import write_dataset
    from ergodica.data.overwriting import refuse_foreign
    from ergodica.models import load
    from ergodica.models.score.mlp import ScoreMLP
    from ergodica.models.score.network import ScoreNetwork
    from ergodica.models.score.production import entropy_production
    from ergodica.models.torch_needed import torch

    refuse_foreign(target)
    loaded = load(network)
    if not isinstance(loaded, ScoreNetwork):
        raise ParameterError(
            f"network: must be a score network, got {loaded.name!r} in {network}; train one with ergodica train score"
        )
    small = all(isinstance(one, ScoreMLP) for one in getattr(loaded, "networks", [loaded]))
    if threads is not None or small:
        # products of a perceptron are too small to share
        torch.set_num_threads(threads or 1)
    with open_run(file) as run:
        ds = entropy_production(loaded, run, **given)
    write_dataset(ds, target, overwrite=force)
    return ds


def page(ds: xr.Dataset) -> str:
    """The rates, each with its error, as lines of text."""
    from ergodica.data.pictures.labels import with_error
    from ergodica.scripts.list_systems import table

    def row(name: str, words: str, **where: Any) -> tuple[str, str]:
        value, error = (float(ds[one].isel(**where)) for one in (name, f"{name}_standard_error"))
        return words, with_error(value, error)

    rows = [row("total", str(ds["total"].attrs["long_name"]))]
    names = [str(one) for one in ds["variable_name"].values] if "variable_name" in ds else []
    rows += [row("by_variable", f"  of the {name}", variable=number) for number, name in enumerate(names)]
    rows.append(row("identity_total", str(ds["identity_total"].attrs["long_name"])))
    rows.append(row("total_minus_identity", "difference of the two"))
    if "by_variable_lower_bound" in ds:
        rows += [
            row("by_variable_lower_bound", f"  lower bound of the {name}", variable=number)
            for number, name in enumerate(names)
        ]
        rows.append(row("score_error_squared", "mean square error of the score, relative"))
        residual = float(ds["fokker_planck_residual"])
        rows.append(("residual of the Fokker-Planck equation", f"{residual:.3g}"))
    if "total_per_particle" in ds:
        rows.append(row("total_per_particle", str(ds["total_per_particle"].attrs["long_name"])))
    return table(rows)
