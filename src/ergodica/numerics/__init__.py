"""What every floor needs: compiled kernels, counter-based random numbers, threads, boxes and neighbours."""

from ergodica.numerics.arrays import Device, namespace, on_device, resolve_device, to_host
from ergodica.numerics.geometry import Box
from ergodica.numerics.kernel import Kernel, cuda_kernel, kernel, prange
from ergodica.numerics.nearest import nearest
from ergodica.numerics.neighbours import count_within, neighbours_within, pairs_within
from ergodica.numerics.random import normal, normal_pair, normals, philox4x32, uniform, uniform_pair, uniforms
from ergodica.numerics.threads import check_threads, using_threads
from ergodica.numerics.verlet import VerletList

__all__ = [
    "Box",
    "Device",
    "Kernel",
    "VerletList",
    "check_threads",
    "count_within",
    "cuda_kernel",
    "kernel",
    "namespace",
    "nearest",
    "neighbours_within",
    "normal",
    "normal_pair",
    "normals",
    "on_device",
    "pairs_within",
    "philox4x32",
    "prange",
    "resolve_device",
    "to_host",
    "uniform",
    "uniform_pair",
    "uniforms",
    "using_threads",
]
