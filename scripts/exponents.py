"""`ergodica exponents`: the Lyapunov spectrum of a flow or map of the catalogue."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from ergodica.scripts.outputs import DATA, human, output, size

if TYPE_CHECKING:
    import xarray as xr


def exponents(
    *,
    system: Annotated[str, Parameter(metavar="NAME", help="flow or map of the catalogue")],
    parameters: Annotated[
        dict[str, str] | None,
        Parameter(metavar="", help="values in place of the system's own; each as --parameters.NAME VALUE"),
    ] = None,
    t_end: Annotated[
        float | None, Parameter(help="time of averaging, iterations of a map; default by the system")
    ] = None,
    transient: Annotated[float | None, Parameter(help="time before that; default by the system")] = None,
    count: Annotated[int | None, Parameter(help="how many, the largest first; default all")] = None,
    members: Annotated[int | None, Parameter(help="orbits that are averaged; default one")] = None,
    seed: Annotated[int, Parameter(help="of the tangent vectors and the members' initial points")] = 0,
    threads: Annotated[int | None, Parameter(help="CPU threads; default all")] = None,
    out: Annotated[
        str | None,
        Parameter(name=("--out", "-o"), metavar="FILE", help="file to write, ending in .nc or .zarr"),
    ] = None,
    force: Annotated[
        bool, Parameter(negative="", show_default=False, help="overwrite the file when it is there")
    ] = False,
) -> None:
    """Measure the Lyapunov exponents of a flow or map, with errors, dimension, entropy and whether they converged.

    With -o also a file, which ergodica plot draws: exponents, and how they settle.
    """
    target = None if out is None else output(out, DATA, force=force)
    from ergodica.scripts import options
    from ergodica.sims.chaos import lyapunov_spectrum

    ds = lyapunov_spectrum(
        system,
        parameters=options.table(parameters or {}),
        t_end=t_end,
        transient=transient,
        exponents=count,
        members=members,
        seed=seed,
        threads=threads,
    )
    print(_page(ds))
    if target is not None:
        from ergodica.data import write_dataset
        from ergodica.data.overwriting import refuse_foreign

        refuse_foreign(target)
        write_dataset(ds, target, overwrite=force)
        print(f"{target}: {human(size(target))}")


def _page(ds: xr.Dataset) -> str:
    from ergodica.data.pictures.labels import with_error
    from ergodica.scripts.list_systems import table

    values, errors = ds["exponent"].values, ds["standard_error"].values
    rows = [
        (f"exponent {number}", with_error(float(value), float(error)))
        for number, (value, error) in enumerate(zip(values, errors, strict=True), start=1)
    ]
    for name, words in (
        ("kaplan_yorke_dimension", "Kaplan-Yorke dimension"),
        ("kolmogorov_sinai_entropy", "sum of the positive ones, an upper bound of the entropy"),
        ("mean_divergence", str(ds["mean_divergence"].attrs["long_name"])),
    ):
        value = float(ds[name])
        rows.append((words, "too few exponents to tell" if math.isnan(value) else f"{value:.6g}"))
    converged = "yes" if int(ds["converged"]) else "no"
    rows.append(("converged", f"{converged}: {ds.attrs['convergence']}"))
    last = float(ds["t"].values[-1])
    unit = str(ds["t"].attrs["long_name"])
    return f"{ds.attrs['title']}, {unit}: {last:g}\n{table(rows)}"
