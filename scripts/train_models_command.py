"""`ergodica train forecast` and `ergodica train koopman`: their options, which are the same."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from ergodica.scripts import training_options as options
from ergodica.scripts.training_options import MODEL, OUTPUT, TRAINING


def _command(kind: str, usual: str, example: str) -> Callable[..., Any]:
    def run(
        file: Annotated[str, Parameter(help="run with evenly spaced snapshots: NetCDF file or Zarr store")],
        /,
        *,
        model: Annotated[
            str,
            Parameter(
                group=MODEL,
                help=f"name, with settings as {example!r}; ergodica list networks names all",
            ),
        ] = usual,
        variables: options.Variables = None,
        leave_out: options.LeaveOut = 0,
        steps: options.Steps = None,
        batch: options.Batch = None,
        learning_rate: options.LearningRate = None,
        optimizer: options.Optimizer = None,
        weight_decay: options.WeightDecay = None,
        ema: options.Average = None,
        patience: options.Patience = None,
        seed: Annotated[
            int | None, Parameter(group=TRAINING, help="of first weights and batches; default 0")
        ] = None,
        device: Annotated[
            str | None,
            Parameter(
                group=TRAINING, help="cpu, cuda, cuda:N, or auto for a GPU if there is one; default cpu"
            ),
        ] = None,
        precision: options.Precision = None,
        compile: options.Compile = False,
        out: options.Out = None,
        force: options.Force = False,
        resume: options.Resume = False,
        threads: Annotated[
            int | None, Parameter(group=OUTPUT, help="number of CPU threads; default 1")
        ] = None,
        progress: options.Progress = None,
    ) -> None:
        from ergodica.scripts.train_model import train_model

        train_model(
            file,
            kind,
            model,
            variables=variables,
            leave_out=leave_out,
            out=out,
            force=force,
            resume=resume,
            given={
                "steps": steps,
                "batch": batch,
                "learning_rate": learning_rate,
                "optimizer": optimizer,
                "weight_decay": weight_decay,
                "ema": ema,
                "patience": patience,
                "seed": seed,
                "device": device,
                "precision": precision,
                "compile": compile or None,
                "threads": threads,
                "progress": progress,
            },
        )

    return run


forecast = _command("forecast", "nvar", "nvar(delays=2, degree=3)")
koopman = _command("koopman", "edmd", "edmd(dictionary=polynomial(degree=3))")
