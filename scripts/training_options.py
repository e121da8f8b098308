"""Options that all trainings share, each with its words."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Group, Parameter

MODEL = Group("Model", sort_key=0)
TRAINING = Group("Training", sort_key=1)
OUTPUT = Group("Output", sort_key=2)

LearningRate = Annotated[
    float | None,
    Parameter(group=TRAINING, help="largest one, after the warm-up; default 0.001"),
]
Optimizer = Annotated[
    Literal["adamw", "radam"] | None,
    Parameter(group=TRAINING, show_default=False, help="default adamw"),
]
WeightDecay = Annotated[float | None, Parameter(group=TRAINING, help="default 0")]
Average = Annotated[
    float | None, Parameter(group=TRAINING, help="decay of the average of the weights; default 0.999")
]
HeldOut = Annotated[
    float | None,
    Parameter(
        group=TRAINING, metavar="SHARE", help="share of time, the last one, that only tests; default 0.1"
    ),
]
Patience = Annotated[
    int | None,
    Parameter(group=TRAINING, help="checks of the held-out loss without a better one until it ends"),
]
Device = Annotated[
    str, Parameter(group=TRAINING, help="cpu, cuda, cuda:N, or auto for a GPU if there is one")
]
Precision = Annotated[
    Literal["float32", "float64", "tf32", "bfloat16", "float16"] | None,
    Parameter(
        group=TRAINING, show_default=False, help="of products of matrices; default float32, tf32 for GPUs"
    ),
]
Compile = Annotated[
    bool,
    Parameter(
        group=TRAINING,
        negative="",
        show_default=False,
        help="compile the loss with torch.compile: a minute at first, then faster on a GPU",
    ),
]
Out = Annotated[
    str | None,
    Parameter(
        name=("--out", "-o"), metavar="FOLDER", group=OUTPUT, help="folder to write; default nets/FILE"
    ),
]
Force = Annotated[
    bool,
    Parameter(negative="", show_default=False, group=OUTPUT, help="replace the network when it is there"),
]
Resume = Annotated[
    bool,
    Parameter(
        negative="", show_default=False, group=OUTPUT, help="go on with a training that was interrupted"
    ),
]
DryRun = Annotated[
    bool,
    Parameter(
        negative="",
        show_default=False,
        group=OUTPUT,
        help="show network, data, steps and time; write nothing",
    ),
]
Progress = Annotated[bool | None, Parameter(group=OUTPUT, help="show a progress bar; default on a terminal")]
Variables = Annotated[
    list[str] | None,
    Parameter(
        group=MODEL,
        metavar="NAME",
        negative="",
        help="variables or components to learn; several as a,b or by repeating the option; default the state",
    ),
]
LeaveOut = Annotated[
    int,
    Parameter(
        group=MODEL,
        metavar="SNAPSHOTS",
        help="last ones that are not learned from, for a test with ergodica apply --test",
    ),
]
Steps = Annotated[int | None, Parameter(group=TRAINING, help="of the optimizer; default that of the model")]
Batch = Annotated[int | None, Parameter(group=TRAINING, help="windows a step; default that of the model")]
