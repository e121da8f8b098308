"""`ergodica train forecast` and `ergodica train koopman`: their options, which are the same."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Group, Parameter

from ergodica.scripts.training_options import OUTPUT, TRAINING, Output, Training

MODEL = Group("Model", sort_key=0)


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
        variables: Annotated[
            list[str] | None,
            Parameter(
                group=MODEL,
                metavar="NAME",
                negative="",
                help="variables or components to learn; several as a,b or by repeating the option; default the state",
            ),
        ] = None,
        leave_out: Annotated[
            int,
            Parameter(
                group=MODEL,
                metavar="SNAPSHOTS",
                help="last ones that are not learned from, for a test with ergodica apply --test",
            ),
        ] = 0,
        steps: Annotated[
            int | None, Parameter(group=TRAINING, help="of the optimizer; default that of the model")
        ] = None,
        batch: Annotated[
            int | None, Parameter(group=TRAINING, help="windows a step; default that of the model")
        ] = None,
        output: Output = Output(),  # noqa: B008 - frozen
        training: Training = Training(),  # noqa: B008
        threads: Annotated[
            int | None, Parameter(group=OUTPUT, help="number of CPU threads; default 1")
        ] = None,
    ) -> None:
        from ergodica.scripts.train_model import train_model

        train_model(
            file,
            kind,
            model,
            variables=variables,
            leave_out=leave_out,
            output=output,
            given={"steps": steps, "batch": batch, **training.given(), "threads": threads},
        )

    return run


forecast = _command("forecast", "nvar", "nvar(delays=2, degree=3)")
koopman = _command("koopman", "edmd", "edmd(dictionary=polynomial(degree=3))")
