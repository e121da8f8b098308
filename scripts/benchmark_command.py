"""`ergodica benchmark`: models against each other, on all systems of the catalogue."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Group, Parameter

WHAT = Group("What", sort_key=0)
HOW = Group("How", sort_key=1)

app = App(
    name="benchmark",
    help="Compare models on the systems of the catalogue.",
    help_epilogue=(
        "ergodica benchmark forecast -o bench --models nvar,persistence; "
        "ergodica benchmark forecast -o bench --models nbeats --conditions clean,noise-5 --jobs 4; "
        "ergodica plot bench/benchmark.nc.\n"
    ),
)


@app.command(help_epilogue="")
def forecast(
    *,
    out: Annotated[
        str,
        Parameter(
            name=("--out", "-o"),
            metavar="FOLDER",
            help="folder of the results; what it holds already is not done again",
        ),
    ],
    systems: Annotated[
        str | None,
        Parameter(group=WHAT, metavar="NAMES", help="such as lorenz63,rossler; default all chaotic flows"),
    ] = None,
    models: Annotated[
        list[str] | None,
        Parameter(
            group=WHAT,
            metavar="NAMES",
            negative="",
            help='such as nvar,lstm, or with settings, "nvar(delays=3)"; may be repeated; default all forecasters',
        ),
    ] = None,
    conditions: Annotated[
        str | None,
        Parameter(
            group=WHAT,
            metavar="NAMES",
            help="of clean, noise-1, noise-5, one-component, one-period, sixty-periods; default clean",
        ),
    ] = None,
    starts: Annotated[int, Parameter(group=WHAT, help="stretches of the orbit of each system")] = 1,
    ahead: Annotated[
        int, Parameter(group=WHAT, help="periods that are forecast, for the valid time; errors are over 2")
    ] = 10,
    seed: Annotated[int, Parameter(group=WHAT, help="of noise and trainings")] = 0,
    training: Annotated[
        dict[str, str] | None,
        Parameter(
            group=HOW, metavar="", help="options of trainings, each as --training.NAME VALUE, such as steps"
        ),
    ] = None,
    module: Annotated[
        list[str] | None,
        Parameter(
            group=HOW, metavar="FILE", negative="", help="Python file or module that names models of your own"
        ),
    ] = None,
    jobs: Annotated[
        int | None, Parameter(group=HOW, help="processes, of one thread each; default all processors")
    ] = None,
    dry_run: Annotated[
        bool, Parameter(group=HOW, negative="", show_default=False, help="count the jobs; do none")
    ] = False,
    progress: Annotated[
        bool | None, Parameter(group=HOW, help="show a progress bar; default on a terminal")
    ] = None,
) -> None:
    """Forecast chaotic flows with many models: 100 snapshots a period, 10 periods to learn from, 2 to be right in.

    The folder gets benchmark.nc, which ergodica plot draws, benchmark.png and a file a job.

    A run that was stopped goes on by the same command; jobs that failed are tried again.
    """
    from ergodica.scripts.benchmark_forecast import benchmark_forecast

    benchmark_forecast(
        out=out,
        systems=systems,
        models=models,
        conditions=conditions,
        starts=starts,
        ahead=ahead,
        seed=seed,
        training=training or {},
        modules=tuple(module or ()),
        jobs=jobs,
        dry_run=dry_run,
        progress=progress,
    )
