"""`ergodica train`: networks that learn from a run; one subcommand a kind of network."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from ergodica.scripts.training_options import OUTPUT, TRAINING, Output, Training

NETWORK = Group("Network", sort_key=0)

app = App(
    name="train",
    help="Train a network, or fit a model, on a run and write it to a folder.",
    help_epilogue=(
        "ergodica train score run.nc -o nets/run; ergodica apply nets/run run.nc -o production.nc; "
        "ergodica plot production.nc.\n\n"
        "ergodica train forecast run.nc --leave-out 200 -o nets/next; ergodica apply nets/next run.nc --test 200 "
        "-o forecast.nc; ergodica plot forecast.nc.\n\n"
        "Several processes share each batch when started by torchrun: "
        "torchrun --nproc-per-node 2 -m ergodica train score run.nc -o nets/run.\n"
    ),
)

_WORDS = {
    "forecast": "Fit a forecaster to a run; ergodica apply then says what comes after the last snapshots of one.",
    "koopman": "Fit a linear operator on observables of a run; ergodica apply then gives spectrum and modes.",
}
for _word, _help in _WORDS.items():
    app.command(f"ergodica.scripts.train_models_command:{_word}", name=_word, help=_help, help_epilogue="")


@app.command(help_epilogue="")
def score(
    file: Annotated[
        str, Parameter(help="stationary run of a system with noise: NetCDF file or Zarr store, streamed")
    ],
    /,
    *,
    network: Annotated[
        Literal["auto", "mlp", "transformer"],
        Parameter(
            group=NETWORK,
            help="mlp for few coordinates, transformer for many particles, auto by their number",
        ),
    ] = "auto",
    network_options: Annotated[
        dict[str, str] | None,
        Parameter(
            metavar="",
            group=NETWORK,
            help="sizes of the network, each as --network-options.NAME VALUE, such as width; "
            "ergodica list networks names them",
        ),
    ] = None,
    reference: Annotated[
        Literal["gaussian", "equilibrium", "none"] | None,
        Parameter(
            group=NETWORK,
            show_default=False,
            help="score that the network corrects; default gaussian, for particles with forces in a box equilibrium",
        ),
    ] = None,
    loss: Annotated[
        Literal["implicit", "denoising"],
        Parameter(group=TRAINING, help="what is trained on: implicit or denoising score matching"),
    ] = "implicit",
    sigma: Annotated[
        float | None,
        Parameter(group=TRAINING, help="noise of --loss denoising, in standard deviations; default 0.05"),
    ] = None,
    residual: Annotated[
        float | None,
        Parameter(
            group=TRAINING,
            metavar="WEIGHT",
            help="weight of the residual of the stationary Fokker-Planck equation, added to the loss; "
            "needs a run with its drift",
        ),
    ] = None,
    ensemble: Annotated[
        int,
        Parameter(group=TRAINING, help="networks from seeds seed, seed + 1, ..., whose spread is an error"),
    ] = 1,
    steps: Annotated[
        int | None, Parameter(group=TRAINING, help="of the optimizer; default by the amount of data")
    ] = None,
    batch: Annotated[
        int | None, Parameter(group=TRAINING, help="snapshots a step; default by their size")
    ] = None,
    held_out: Annotated[
        float | None,
        Parameter(
            group=TRAINING,
            metavar="SHARE",
            help="share of time, the last one, that only tests; default 0.1",
        ),
    ] = None,
    output: Output = Output(),  # noqa: B008 - frozen
    training: Training = Training(),  # noqa: B008
    threads: Annotated[
        int | None, Parameter(group=OUTPUT, help="number of CPU threads; default 1 for mlp, else all")
    ] = None,
) -> None:
    """Train a score network: the gradient of the logarithm of the stationary density of a run.

    ergodica apply then gives the entropy production, and where it is made. Defaults follow from the run, and the
    network that was best on data held out is kept.
    """
    from ergodica.scripts.train_score import train_score

    train_score(
        file,
        output=output,
        loss=(loss, sigma),
        network_options=network_options or {},
        given={
            "network": network,
            "reference": reference,
            "residual": residual,
            "ensemble": ensemble,
            "steps": steps,
            "batch": batch,
            "held_out": held_out,
            **training.given(),
            "threads": threads,
        },
    )
