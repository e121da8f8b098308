"""What `ergodica train score` does once its options are read."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ergodica.numerics.errors import ParameterError, RunError
from ergodica.numerics.threads import check_threads
from ergodica.scripts import networks, outputs
from ergodica.scripts.inputs import open_run
from ergodica.scripts.options import table
from ergodica.scripts.resume_hint import hint_of_training

if TYPE_CHECKING:
    from ergodica.models.score.network import ScoreNetwork
    from ergodica.scripts.training_options import Output


def train_score(
    file: str,
    *,
    output: Output,
    loss: tuple[str, float | None],
    network_options: dict[str, str],
    given: dict[str, Any],
) -> None:
    """Check where to write, train, and say what came of it; what is None in `given` has the default of `train`."""
    open_run(file).close()
    check_threads(given["threads"])
    target = output.target(file)
    rank = int(os.environ.get("RANK", "0"))
    if rank == 0:
        # the other processes may see what this one has begun to write
        outputs.folder(str(target), markers=networks.MARKERS, what="a network", force=output.replaces)
    arguments = {name: value for name, value in given.items() if value is not None}
    arguments |= {"network_options": table(network_options), "loss": _loss(*loss)}
    if output.dry_run:
        from ergodica.scripts.train_dry_run import train_dry_run

        print(train_dry_run(file, target, arguments))
        return
    with warnings.catch_warnings():
        if rank > 0:
            warnings.simplefilter("ignore")
        _train(file, target, arguments, resume=output.resume, force=output.force, says=rank == 0)


def _loss(name: str, sigma: float | None) -> Any:
    """The loss of that name; None for the usual one."""
    if name != "denoising":
        if sigma is not None:
            raise ParameterError(f"sigma: is for --loss denoising, got {sigma:g} with {name}; leave it out")
        return None
    from ergodica.models.score import Denoising
    from ergodica.models.score.plan import SEEN_SITES

    return Denoising(sites=SEEN_SITES) if sigma is None else Denoising(sigma=sigma, sites=SEEN_SITES)


def _train(
    file: str, target: Path, arguments: dict[str, Any], *, resume: bool, force: bool, says: bool
) -> None:
    from ergodica.models.score import train

    start = time.monotonic()
    with hint_of_training(target):
        network = train(file, out=target, resume=resume, overwrite=force, **arguments)
    if says:
        print(summary(network, target, time.monotonic() - start))
    refuse_divergence(target)


def refuse_divergence(target: Path) -> None:
    """Raise RunError where a training in a folder ended since its loss grew beyond all bounds."""
    from ergodica.models.score.ensemble_folder import numbered
    from ergodica.models.training.folder import progress_of

    for folder in (target, *numbered(target)):
        said = progress_of(folder)
        if said.get("ended") == "divergence":
            step = said["best_step"]
            kept = f"the network of step {step} is kept" if step else "nothing was learned"
            raise RunError(
                f"training: {folder} diverged at step {said['step']} of {said['steps']}, {kept}; use a smaller "
                "--learning-rate with --force"
            )


def summary(network: ScoreNetwork, target: Path, seconds: float) -> str:
    """Where the network is, its size, and how it was found."""
    first = (
        f"{target}: {network.name}, {network.parameter_count} parameters, "
        f"{outputs.human(outputs.size(target))}, {outputs.duration(seconds)}"
    )
    return "\n".join([first, *networks.trained(target)])
