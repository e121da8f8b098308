"""Options that trainings share, each with its words, and handed on together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from ergodica.numerics.errors import ParameterError

TRAINING = Group("Training", sort_key=1)
OUTPUT = Group("Output", sort_key=2)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Training:
    """How a network is trained; what is None has its usual value."""

    learning_rate: Annotated[
        float | None, Parameter(group=TRAINING, help="largest one, after the warm-up; default 0.001")
    ] = None
    optimizer: Annotated[
        Literal["adamw", "radam"] | None,
        Parameter(group=TRAINING, show_default=False, help="default adamw"),
    ] = None
    weight_decay: Annotated[float | None, Parameter(group=TRAINING, help="default 0")] = None
    ema: Annotated[
        float | None, Parameter(group=TRAINING, help="decay of the average of the weights; default 0.999")
    ] = None
    patience: Annotated[
        int | None,
        Parameter(group=TRAINING, help="checks of the held-out loss without a better one until it ends"),
    ] = None
    seed: Annotated[
        int | None, Parameter(group=TRAINING, help="of first weights, batches and noise; default 0")
    ] = None
    device: Annotated[
        str | None,
        Parameter(group=TRAINING, help="cpu, cuda, cuda:N, or auto for a GPU if there is one; default cpu"),
    ] = None
    precision: Annotated[
        Literal["float32", "float64", "tf32", "bfloat16", "float16"] | None,
        Parameter(
            group=TRAINING, show_default=False, help="of products of matrices; default float32, tf32 for GPUs"
        ),
    ] = None
    compile: Annotated[
        bool | None,
        Parameter(
            group=TRAINING,
            negative="",
            show_default=False,
            help="compile the loss with torch.compile: a minute at first, then faster on a GPU",
        ),
    ] = None
    progress: Annotated[
        bool | None, Parameter(group=OUTPUT, help="show a progress bar; default on a terminal")
    ] = None

    def given(self) -> dict[str, Any]:
        """Those that were given, by name."""
        return {name: value for name, value in vars(self).items() if value is not None}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Output:
    """Where a network goes."""

    out: Annotated[
        str | None,
        Parameter(
            name=("--out", "-o"), metavar="FOLDER", group=OUTPUT, help="folder to write; default nets/FILE"
        ),
    ] = None
    force: Annotated[
        bool,
        Parameter(negative="", show_default=False, group=OUTPUT, help="replace the network when it is there"),
    ] = False
    resume: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, group=OUTPUT, help="go on with a training that was interrupted"
        ),
    ] = False
    dry_run: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            group=OUTPUT,
            help="show network, data, steps and time; write nothing",
        ),
    ] = False

    @property
    def replaces(self) -> bool:
        """Whether something may lie there already."""
        return self.force or self.resume or self.dry_run

    def target(self, file: str) -> Path:
        """The folder for what learns from a run.

        Raises ParameterError where --force and --resume contradict.
        """
        if self.force and self.resume:
            raise ParameterError(
                "force: must not be given with --resume; --force starts anew, --resume goes on"
            )
        return Path("nets") / Path(file).stem if self.out is None else Path(self.out)
