"""What every floor needs: compiled kernels, counter-based random numbers, threads, array namespaces."""

from ergodica.numerics.arrays import Device, namespace, on_device, resolve_device, to_host
from ergodica.numerics.kernel import Kernel, cuda_kernel, kernel, prange
from ergodica.numerics.random import normal, normal_pair, normals, philox4x32, uniform, uniform_pair, uniforms
from ergodica.numerics.threads import check_threads, using_threads

__all__ = [
    "Device",
    "Kernel",
    "check_threads",
    "cuda_kernel",
    "kernel",
    "namespace",
    "normal",
    "normal_pair",
    "normals",
    "on_device",
    "philox4x32",
    "prange",
    "resolve_device",
    "to_host",
    "uniform",
    "uniform_pair",
    "uniforms",
    "using_threads",
]
