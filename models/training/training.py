"""A training from its first step to its last, and what it keeps on the way."""

from __future__ import annotations

import math
import time
import warnings
from pathlib import Path
from typing import Any

from ergodica.models.checkpoint import restore
from ergodica.models.checkpoint import write as write_network
from ergodica.models.network import Network
from ergodica.models.torch_needed import torch
from ergodica.models.training import folder as folders
from ergodica.models.training.batches import Loss
from ergodica.models.training.best import MOST_SKIPPED, Best, Divergence
from ergodica.models.training.data import warn_of_few
from ergodica.models.training.distributed import World
from ergodica.models.training.held_out import HeldOut
from ergodica.models.training.metrics import Metrics, digest_of
from ergodica.models.training.optimizers import moments, set_moments
from ergodica.models.training.schedule import learning_rate
from ergodica.models.training.settings import Settings
from ergodica.models.training.step import Stepper
from ergodica.models.training.wholeness import Whole
from ergodica.numerics.errors import ParameterError

CHECKS, LINES_PER_CHECK = 40, 10
STEPS_PER_BATCH_CHECKED = 4  # so that checks take a small part of the time
SECONDS = 60.0  # between two checkpoints
SHARE_OF_TIME = 0.05  # that checkpoints may take
MOST_SKIPPED_SCALED = 50  # float16 finds its scale by trying


class Training:
    """The state of a training.

    Attributes:
        stepper: network, optimizer and average.
        best: the best average so far.
        step: how many were taken.
        ended: by what: "steps", "patience" or "divergence"; "" while it goes on.
        metrics: the lines so far.
    """

    def __init__(
        self,
        network: Network,
        data: Any,
        held_out: Any,
        loss: Loss,
        settings: Settings,
        device: torch.device,
        world: World,
    ) -> None:
        self.stepper = Stepper(network, loss, settings, device, world)
        self.best, self.divergence, self.whole = Best(), Divergence(), Whole()
        self.step, self.ended, self.seconds = 0, "", 0.0
        self.metrics = Metrics(None, [])
        self._pending: list[torch.Tensor] = []
        self._data, self._loss, self._settings, self._world = data, loss, settings, world
        self._held_out = (
            None
            if held_out is None
            else HeldOut(
                held_out,
                batch=settings.batch,
                seed=settings.seed,
                stepper=self.stepper,
                device=device,
                world=world,
            )
        )
        batches = 0 if self._held_out is None else self._held_out.batches
        usual = max(1, settings.steps // CHECKS, STEPS_PER_BATCH_CHECKED * batches)
        self._check_every = settings.check_every or usual
        self._line_every = max(1, self._check_every // LINES_PER_CHECK)

    def go_on(self, held: folders.Held, lines: list[dict[str, Any]]) -> None:
        """Takes over the state of a training that stopped."""
        said = held.progress
        restore(self.stepper.network, held.part("network"), "the training")
        restore(self.stepper.average.network, held.part("average"), "the training")
        set_moments(self.stepper.optimizer, held.part("optimizer"))
        self.stepper.scaler.load_state_dict(said["scaler"])
        device = self.stepper.device
        best = {name: tensor.to(device) for name, tensor in held.part("best").items()}
        self.best = Best(
            best,
            said["best_step"],
            math.inf if said["best_loss"] is None else said["best_loss"],
            said["waited"],
        )
        self.divergence = Divergence(said["row"], said["skipped"])
        self.stepper.size = said["size"]
        self._pending = list(held.tensors["pending"].to(device)) if "pending" in held.tensors else []
        self.step, self.seconds, self._check_every = said["step"], said["seconds"], said["check_every"]
        self._line_every = max(1, self._check_every // LINES_PER_CHECK)
        more = self._settings.steps > said["steps"] and said["ended"] == "steps"
        self.ended = "" if more else said["ended"]
        self.metrics = Metrics(None, lines)

    def run(self, folder: Path | None, progress: bool | None) -> None:
        """Takes the steps that are left; writes to `folder` from process 0 alone.

        Raises:
            KeyboardInterrupt: as it came; what was trained until then is in the folder.
        """
        folder = folder if self._world.writes else None
        self.metrics = Metrics(folder, self.metrics.lines)
        self._began, self._saved, self._interval = time.perf_counter() - self.seconds, 0.0, SECONDS
        self._line_at = time.perf_counter()
        bar = self._bar(progress)
        try:
            with self.whole.watching(), self.stepper.precision.of_products():
                self._steps(folder, bar)
        except BaseException as error:
            if folder is not None and self.best.state and not self.whole.broken:
                self._save(folder)
                error.add_note(f"{self.step} of {self._settings.steps} steps are safe; resume=True goes on")
            raise
        finally:
            self.metrics.close()
            bar.close()

    def _steps(self, folder: Path | None, bar: Any) -> None:
        batches = self._data.batches(batch=self._settings.batch, seed=self._settings.seed, start=self.step)
        if not self.best.state:
            with self.whole:
                line = {"step": 0, **self._checked()}
                if len(line) > 1:
                    self.metrics.write(line)
                if folder is not None:
                    self._save(folder)
        for step in range(self.step + 1, self._settings.steps + 1):
            arrays = next(batches, None)
            if arrays is None:
                raise ParameterError(
                    f"data: batches must not end, got {step - 1}; give one pass after another"
                )
            if step == 1:
                warn_of_few(self._data, self.stepper.network, arrays)
            loss = self.stepper.differentiate(step, arrays)
            with self.whole:
                self._pending.append(self.stepper.update(step, loss))
                self.step = step
                self._after(bar)
                if folder is not None and (self.ended or self._since_saved() > self._interval):
                    self._save(folder)
            bar.update()
            if self.ended:
                return

    def _after(self, bar: Any) -> None:
        """A line, a check and the end, where one of them is due."""
        step, settings = self.step, self._settings
        check = step % self._check_every == 0 or step == settings.steps
        if not check and step % self._line_every:
            return
        rows = torch.stack(self._pending).tolist()
        self._pending.clear()
        most = MOST_SKIPPED_SCALED if self.stepper.scaler.is_enabled() else MOST_SKIPPED
        first = self.stepper.size or 0.0
        why = self.divergence.seen(step - len(rows) + 1, rows, first=first, most=most)
        line = {"step": step, **self._means(rows)}
        if why is not None:
            self.ended = "divergence"
            warnings.warn(
                f"training: stopped, {why}; the network of step {self.best.step} is kept; use a smaller learning_rate",
                stacklevel=2,
            )
        elif check:
            line |= self._checked()
            if settings.patience is not None and self.best.waited >= settings.patience:
                self.ended = "patience"
        if step == settings.steps and not self.ended:
            self.ended = "steps"
        if self.ended and self.ended != "divergence" and self.divergence.skipped and most == MOST_SKIPPED:
            warnings.warn(
                f"training: {self.divergence.skipped} of {step} steps were left out, since loss or gradient was not "
                "finite; look for outliers in the data",
                stacklevel=2,
            )
        self.metrics.write(line)
        said = [f"loss {line['loss']:.4g}"]
        if math.isfinite(self.best.loss):
            said.append(f"held out {self.best.loss:.4g} at best")
        bar.set_postfix_str(", ".join(said), refresh=False)

    def _means(self, rows: list[list[float]]) -> dict[str, float]:
        """What a line says of the steps since the one before."""
        finite = [row for row in rows if all(map(math.isfinite, row))]
        now = time.perf_counter()
        self.seconds, took, self._line_at = now - self._began, now - self._line_at, now
        rate = learning_rate(
            self.step,
            steps=self._settings.steps,
            peak=self._settings.learning_rate,
            warm_up=self._settings.warm_up,
        )
        return {
            "loss": sum(row[0] for row in finite) / len(finite) if finite else math.nan,
            "learning_rate": rate,
            "gradient_norm": sum(row[1] for row in finite) / len(finite) if finite else math.nan,
            "seconds": round(self.seconds, 3),
            "samples_per_second": round(len(rows) * self._settings.batch / took, 1),
        }

    def _checked(self) -> dict[str, float]:
        """Offers the average as the best network; its held-out loss and what it monitors."""
        network = self.stepper.average.network
        if self._held_out is None:
            self.best.offer(network, self.step, None)
            return {}
        loss = self._held_out.loss(self._loss)
        self.best.offer(network, self.step, loss)
        monitors = getattr(network, "monitors", dict)
        return {"held_out_loss": loss, **monitors()}

    def _since_saved(self) -> float:
        return time.perf_counter() - self._saved

    def write_network(self, folder: Path) -> None:
        """Writes the best network so far."""
        write_network(folder, self.stepper.network, self.best.state)

    def _save(self, folder: Path) -> None:
        start = time.perf_counter()
        self.seconds = start - self._began
        stepper, best, divergence = self.stepper, self.best, self.divergence
        # a network without a state is then one whose state is lost, and a training that has ended has its network
        begins = not (folder / folders.STATE).exists()
        if not begins:
            self.write_network(folder)
        parts = {
            "network": stepper.network.state_dict(),
            "average": stepper.average.network.state_dict(),
            "best": best.state,
            "optimizer": moments(stepper.optimizer),
        }
        tensors = {f"{part}.{name}": tensor for part, held in parts.items() for name, tensor in held.items()}
        if self._pending:
            tensors["pending"] = torch.stack(self._pending)
        folders.write(
            folder,
            tensors,
            {
                "step": self.step,
                "steps": self._settings.steps,
                "best_step": best.step,
                "best_loss": best.loss if math.isfinite(best.loss) else None,
                "waited": best.waited,
                "size": stepper.size,
                **vars(divergence),
                "seconds": self.seconds,
                "check_every": self._check_every,
                "scaler": stepper.scaler.state_dict(),
                "ended": self.ended,
                "lines": digest_of(self.metrics.lines),
            },
        )
        if begins:
            self.write_network(folder)
        self._saved = time.perf_counter()
        self._interval = max(SECONDS, (self._saved - start) / SHARE_OF_TIME)

    def _bar(self, progress: bool | None) -> Any:
        from tqdm import tqdm

        return tqdm(
            total=self._settings.steps,
            initial=self.step,
            desc=type(self.stepper.network).name,
            unit="step",
            disable=True if not self._world.writes else (None if progress is None else not progress),
            leave=False,
            mininterval=0.2,
        )
