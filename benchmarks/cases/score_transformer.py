"""The local score transformer, one core, against a plain rebuild of the same architecture from torch's modules.

Sizes: "published" is 64 neighbours, width 256, 4 layers, 4 heads, hidden 512, of 2.31 million weights, the number of
Boffi and Vanden-Eijnden 2023; how theirs are shared out among embeddings and layers is an assumption. "small" is the
network's own default. The rebuild passes +d and -d one after the other and computes its last layer for all tokens;
it has no weights of neighbours. Particles lie at random in a plane. Seconds are of the processor, which others on the
machine lengthen less than those of the clock.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

TITLE = "Scores of many particles by a local transformer"
PEER = "torch==2.13.0 numpy"
PACKAGES = ("ergodica", "numpy", "torch", "numba")
THREADS = 1
ROUNDS = 3

N = 4096
BOX = math.sqrt(N)
SIGMA = 0.1
SIZES: dict[str, dict[str, int]] = {
    "published": {"neighbours": 64, "width": 256, "layers": 4, "heads": 4, "hidden": 512},
    "small": {"neighbours": 16, "width": 64, "layers": 3, "heads": 4, "hidden": 128},
}
PARTICLES = {"published": 32, "small": 1024}
"""Evaluated in one call: a training step of so many random sites."""
MEMORY = (4096, 8192, 16384, 32768)
PRODUCTS = ("mm", "bmm", "addmm", "baddbmm", "_linear_pointwise", "addmm_")


def best(job: Callable[[], object], calls: int = 3) -> float:
    """Seconds of the processor of the fastest call."""
    found = math.inf
    for _ in range(calls):
        begin = time.process_time()
        job()
        found = min(found, time.process_time() - begin)
    return found


def states(n: int = N, seed: int = 0) -> Any:
    """Positions in a box of density 1 and propulsions, (n, 4)."""
    import torch

    torch.manual_seed(seed)
    x = torch.randn(n, 4)
    x[:, :2] = torch.rand(n, 2) * math.sqrt(n)
    return x


def loss(plus: Any, minus: Any, noise: Any) -> Any:
    """Antithetic denoising."""
    value = 0.25 * (plus.square() + minus.square()) + noise * (plus - minus) / (2 * SIGMA)
    return value.sum(-1).mean()


def network(size: str, n: int = N) -> Any:
    """Ours, with an output that is not zero."""
    import torch

    from ergodica.models.score import LocalScoreTransformer

    degrees = ("position_x", "position_y", "propulsion_x", "propulsion_y")
    found = LocalScoreTransformer(degrees=degrees, dimensions=2, reference="none", **SIZES[size])
    found.period[:2] = math.sqrt(n)
    torch.nn.init.normal_(found.last.weight, std=0.05)
    return found


def ours() -> Callable[[], dict[str, float]]:
    """Through the network's own methods."""
    import torch

    jobs: dict[str, tuple[Callable[[], object], int]] = {}
    x = states()[None]
    weights: dict[str, float] = {}
    for size in SIZES:
        net, count = network(size), PARTICLES[size]
        weights[f"{size}, weights"] = net.parameter_count
        sites = torch.randperm(N)[:count].sort().values[None]
        context, shift = net.context(x, sites), SIGMA * torch.randn(1, count, 4)
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-6)

        def train(net=net, context=context, shift=shift) -> None:
            net.zero_grad()
            plus, minus = (net(x, context, sign * shift) for sign in (1, -1))
            loss(plus, minus, shift / SIGMA).backward()

        def step(net=net, sites=sites, shift=shift, optimizer=optimizer, train=train) -> None:
            train(net, net.context(x, sites), shift)
            optimizer.step()

        jobs[f"{size}, neighbours"] = lambda net=net: net.context(x), N
        jobs[f"{size}, training"] = train, count
        jobs[f"{size}, step"] = step, count
        jobs[f"{size}, score"] = without_gradients(lambda net=net, c=context: net(x, c)), count
        jobs[f"{size}, divergence"] = (
            without_gradients(lambda net=net, c=context: net.divergence(x, c)),
            count,
        )
    fixed = {f"peak at N={n}": peak(n) for n in MEMORY}
    fixed |= {"outside products": outside_products(jobs["published, training"][0])}

    def repeat() -> dict[str, float]:
        return weights | fixed | rates() | {name: best(job) / count for name, (job, count) in jobs.items()}

    return repeat


def without_gradients(job: Callable[[], object]) -> Callable[[], object]:
    """The job with nothing kept for derivatives by weights."""
    import torch

    return torch.no_grad()(job)


def rates() -> dict[str, float]:
    """Products of float32 matrices that this core makes, in operations a second."""
    import torch

    from ergodica.models.score import products

    x, w = torch.randn(1040, 256), torch.randn(768, 256)
    operations = 2 * 1040 * 256 * 768
    found = {"oneDNN": lambda: products.linear(x, w), "MKL": lambda: x @ w.T}
    with torch.no_grad():
        return {name: operations / best(job, 50) for name, job in found.items()}


def outside_products(job: Callable[[], object]) -> float:
    """Share of the time of a job that is no product of matrices."""
    from torch.profiler import profile

    job()
    with profile() as found:
        job()
    times = {event.key.rpartition("::")[2]: event.self_cpu_time_total for event in found.key_averages()}
    return 1 - sum(times.get(name, 0.0) for name in PRODUCTS) / sum(times.values())


def peak(n: int) -> float:
    """Largest memory, in bytes, of a process that makes scores and divergences of n particles, small network."""
    code = (
        "import pathlib, sys, torch; sys.path[:0] = ['cases', '.']; import score_transformer as case\n"
        f"net, x = case.network('small', {n}), case.states({n})[None]\n"
        "with torch.no_grad(): net.divergence(x)\n"
        "lines = pathlib.Path('/proc/self/status').read_text().splitlines()\n"
        "print(1024 * next(int(line.split()[1]) for line in lines if line.startswith('VmHWM')))"
    )
    return float(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )


def peer() -> Callable[[], dict[str, float]]:
    """As one would write it down first."""
    import torch
    from plain_transformer import Plain

    jobs: dict[str, tuple[Callable[[], object], int]] = {}
    x = states()
    weights: dict[str, float] = {}
    for size, options in SIZES.items():
        net, count = Plain(box=BOX, **options), PARTICLES[size]
        weights[f"{size}, weights"] = sum(w.numel() for w in net.parameters())
        sites = torch.randperm(N)[:count].sort().values
        centre, near = x[sites], x[net.nearest(x, sites)]
        noise = torch.randn(count, 4)

        def train(net=net, centre=centre, near=near, noise=noise) -> None:
            net.zero_grad()
            plus, minus = (net(centre + sign * SIGMA * noise, near) for sign in (1, -1))
            loss(plus, minus, noise).backward()

        jobs[f"{size}, training"] = train, count
        jobs[f"{size}, score"] = without_gradients(lambda n=net, c=centre, a=near: n(c, a)), count
        jobs[f"{size}, divergence"] = (lambda n=net, c=centre, a=near: n.divergence(c, a)), count
        jobs[f"{size}, neighbours"] = (lambda n=net, s=sites: n.nearest(x, s)), count
    return lambda: weights | {name: best(job) / count for name, (job, count) in jobs.items()}


def operations(size: str) -> float:
    """Operations of an antithetic training pass of a particle, as ours does them."""
    k, w, layers, hidden = (SIZES[size][name] for name in ("neighbours", "width", "layers", "hidden"))
    token = 2 * w * w + (layers - 1) * (4 * w * w + 2 * w * hidden + 2 * (k + 1) * w)
    return 2 * 3 * 2 * (k + 1) * token  # + and -, a pass forward and twice that backward, multiply and add


def rows(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> list[dict[str, object]]:
    """Milliseconds a particle, the rates behind them, and memory."""
    mine = {name: min(r[name] for r in ours) for name in ours[0]}
    theirs = {name: min(r[name] for r in peer) for name in peer[0]}
    rate = {name: max(r[name] for r in ours) for name in ("oneDNN", "MKL")}
    found: list[dict[str, object]] = []
    for size in SIZES:
        of = f"score transformer of the {size} size, {mine[f'{size}, weights']:.0f} weights"
        search = {"ours": mine[f"{size}, neighbours"], "peer": theirs[f"{size}, neighbours"]}
        for words, job in {
            "antithetic training pass": "training",
            "score, with the search": "score",
            "score and divergence, with the search": "divergence",
        }.items():
            with_search = job != "training"
            here = mine[f"{size}, {job}"] + with_search * search["ours"]
            there = theirs[f"{size}, {job}"] + with_search * search["peer"]
            found.append(
                {
                    "job": f"{of}, {words}, N=4096, a particle",
                    "ours": f"{1e3 * here:.3g} ms",
                    "against": f"torch's modules, {theirs[f'{size}, weights']:.0f} weights: {1e3 * there:.3g} ms",
                    "ratio": there / here,
                }
            )
        count = PARTICLES[size]
        found.append(
            {
                "job": f"{of}, training steps of {count} particles",
                "ours": f"{1 / (count * mine[f'{size}, step']):.3g} a second, search and AdamW included",
                "against": "-",
                "ratio": None,
            }
        )
    reached = operations("published") / mine["published, training"]
    found.append(
        {
            "job": "score transformer of the published size, training pass, products of matrices a second",
            "ours": f"{reached / 1e9:.0f} GFLOP/s, {mine['outside products']:.0%} of the time outside of products",
            "against": f"the core: {rate['oneDNN'] / 1e9:.0f} by oneDNN, {rate['MKL'] / 1e9:.0f} by MKL",
            "ratio": reached / rate["oneDNN"],
        }
    )
    peaks = [mine[f"peak at N={n}"] / 2**20 for n in MEMORY]
    found.append(
        {
            "job": "score transformer of the small size, scores and divergences, "
            f"peak memory at N = {', '.join(map(str, MEMORY))}",
            "ours": " / ".join(f"{value:.0f}" for value in peaks) + " MiB, of the whole process",
            "against": f"{(peaks[-1] - peaks[0]) / (MEMORY[-1] - MEMORY[0]) * 1024:.1f} KiB a particle",
            "ratio": None,
        }
    )
    return found
