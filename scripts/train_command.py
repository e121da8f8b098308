"""`ergodica train`: networks that learn from a run; one subcommand a kind of network."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

NETWORK = Group("Network", sort_key=0)
TRAINING = Group("Training", sort_key=1)
OUTPUT = Group("Output", sort_key=2)

app = App(
    name="train",
    help="Train a network on a run and write it to a folder.",
    help_epilogue=(
        "ergodica train score run.nc -o nets/run; ergodica apply nets/run run.nc -o production.nc; "
        "ergodica plot production.nc.\n\n"
        "Several processes share each batch when started by torchrun: "
        "torchrun --nproc-per-node 2 -m ergodica train score run.nc -o nets/run.\n"
    ),
)


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
    learning_rate: Annotated[
        float | None, Parameter(group=TRAINING, help="largest one, after the warm-up; default 0.001")
    ] = None,
    optimizer: Annotated[
        Literal["adamw", "radam"] | None,
        Parameter(group=TRAINING, show_default=False, help="default adamw"),
    ] = None,
    weight_decay: Annotated[float | None, Parameter(group=TRAINING, help="default 0")] = None,
    ema: Annotated[
        float | None, Parameter(group=TRAINING, help="decay of the average of the weights; default 0.999")
    ] = None,
    held_out: Annotated[
        float | None,
        Parameter(
            group=TRAINING, metavar="SHARE", help="share of time, the last one, that only tests; default 0.1"
        ),
    ] = None,
    patience: Annotated[
        int | None,
        Parameter(group=TRAINING, help="checks of the held-out loss without a better one until it ends"),
    ] = None,
    seed: Annotated[int, Parameter(group=TRAINING, help="of first weights, batches and noise")] = 0,
    device: Annotated[
        str, Parameter(group=TRAINING, help="cpu, cuda, cuda:N, or auto for a GPU if there is one")
    ] = "cpu",
    precision: Annotated[
        Literal["float32", "float64", "tf32", "bfloat16", "float16"] | None,
        Parameter(
            group=TRAINING, show_default=False, help="of products of matrices; default float32, tf32 for GPUs"
        ),
    ] = None,
    compile: Annotated[
        bool,
        Parameter(
            group=TRAINING,
            negative="",
            show_default=False,
            help="compile the loss with torch.compile: a minute at first, then faster on a GPU",
        ),
    ] = False,
    out: Annotated[
        str | None,
        Parameter(
            name=("--out", "-o"), metavar="FOLDER", group=OUTPUT, help="folder to write; default nets/FILE"
        ),
    ] = None,
    force: Annotated[
        bool,
        Parameter(negative="", show_default=False, group=OUTPUT, help="replace the network when it is there"),
    ] = False,
    resume: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, group=OUTPUT, help="go on with a training that was interrupted"
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            group=OUTPUT,
            help="show network, data, steps and time; write nothing",
        ),
    ] = False,
    threads: Annotated[
        int | None, Parameter(group=OUTPUT, help="number of CPU threads; default 1 for mlp, else all")
    ] = None,
    progress: Annotated[
        bool | None, Parameter(group=OUTPUT, help="show a progress bar; default on a terminal")
    ] = None,
) -> None:
    """Train a score network: the gradient of the logarithm of the stationary density of a run.

    ergodica apply then gives the entropy production, and where it is made. Defaults follow from the run, and the
    network that was best on data held out is kept.
    """
    from ergodica.scripts.train_score import train_score

    train_score(
        file,
        out=out,
        force=force,
        resume=resume,
        dry_run=dry_run,
        loss=(loss, sigma),
        network_options=network_options or {},
        given={
            "network": network,
            "reference": reference,
            "residual": residual,
            "ensemble": ensemble,
            "steps": steps,
            "batch": batch,
            "learning_rate": learning_rate,
            "optimizer": optimizer,
            "weight_decay": weight_decay,
            "ema": ema,
            "held_out": held_out,
            "patience": patience,
            "seed": seed,
            "device": device,
            "precision": precision,
            "compile": compile,
            "threads": threads,
            "progress": progress,
        },
    )
