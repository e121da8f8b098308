"""The one way to compile: a decorator that compiles on the first call and keeps the machine code on disk.

Beyond `numba.njit(cache=True)`:

- A callee edited in another file never leaves its callers stale (see `ergodica.numerics.cache`).
- The cache folder is the user's, also when numba was imported before ergodica. The setting is changed while
  one kernel is being made and put back at once.
- numba is imported at the first call. Help pages and parameter checks never pay for it.
- One function, with its callees, serves the CPU (call the kernel), CUDA (`on_cuda`) and Python (`in_python`).
"""

from __future__ import annotations

import functools
import pickle
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any, cast, overload

from ergodica.numerics.cache import cache_folder, cache_root, folder_for
from ergodica.numerics.references import Function, fingerprint, rebound, referenced

__all__ = ["Kernel", "cache_folder", "cache_root", "cuda_kernel", "kernel", "prange"]

_CUDA_OPTIONS = ("fastmath", "inline")  # the options of njit that mean the same to cuda.jit


class prange:
    """`numba.prange` without importing numba: a kernel's module gets the real one when the kernel is made."""

    def __new__(cls, *args: int) -> Any:
        """The plain range, which is what a parallel loop is in Python."""
        return range(*args)


class Kernel:
    """A function that numba compiles when it is first called, from Python or from another kernel."""

    def __init__(self, function: Function, options: dict[str, Any]) -> None:
        self.function = function
        self.options = options
        self._dispatcher: Any = None
        self._call: Any = None
        functools.update_wrapper(cast("Function", self), function)

    @property
    def dispatcher(self) -> Any:
        """The numba dispatcher, made on first use; `dispatcher.stats` counts the cache's hits and misses."""
        if self._dispatcher is None:
            from numba.core.compiler_lock import global_compiler_lock

            # numba's own lock: a second one would be taken in the other order by a thread that is compiling
            with global_compiler_lock:
                if self._dispatcher is None:
                    self._dispatcher = self._make()
        return self._dispatcher

    @functools.cached_property
    def on_cuda(self) -> Any:
        """The same function as a CUDA device function, its callees too, to be called from a `cuda_kernel`."""
        from ergodica.numerics.guarded import numba_config

        return _translated(self, _cuda_device_function, {}, bool(numba_config("ENABLE_CUDASIM")))

    @functools.cached_property
    def in_python(self) -> Any:
        """The same function in plain Python, its callees too: slow, and steps through a debugger."""
        return _translated(self, lambda function, _: function, {}, True)

    def _make(self) -> Any:
        import numba

        from ergodica.numerics.guarded import GuardedCache, numba_setting, without_performance_warnings

        _register_with_numba()
        for name, value in referenced(self.function).items():
            if value is prange:
                self.function.__globals__[name] = numba.prange
        folder = folder_for(self.function)
        function = _named_apart(self.function)
        with numba_setting("CACHE_DIR", str(folder or "")):
            made: Any = numba.njit(cache=folder is not None, **self.options)(function)
        if made is function:  # NUMBA_DISABLE_JIT=1
            return made
        if folder is not None:
            made._cache = GuardedCache(made._cache)
        if self.options.get("parallel"):
            made.compile = without_performance_warnings(made.compile)
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the compiled function."""
        call = self._call
        if call is None:
            call = self._call = _in_turn(self) if _is_parallel(self, set()) else self.dispatcher
        return call(*args, **kwargs)

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickled as the global of its module that it is, like a function; one made inside another as its hash.

        That hash is for numba, which names the machine code of a kernel's callers by what they hold.
        """
        name = self.function.__qualname__
        return (_not_sent, (name, fingerprint(self.function))) if "<locals>" in name else name

    def __repr__(self) -> str:
        return f"<kernel {self.function.__module__}.{self.function.__qualname__}>"


def _not_sent(name: str, _: str) -> Any:
    raise pickle.UnpicklingError(f"{name}: a kernel made inside a function cannot be sent to another process")


def _named_apart(function: Function) -> Function:
    """The function itself, or for one whose name others bear a copy with a name that tells what it is made from.

    The symbol of machine code is made of the function's name and its number in the process that compiled it. Where
    code from disk brings a symbol that is there already, its address is from then on that of the newcomer.
    """
    assert isinstance(function, FunctionType)
    if not function.__closure__ and function.__module__ != "__main__":
        return function
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    functools.update_wrapper(copy, function)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__ = f"{function.__qualname__}_{fingerprint(function)}"
    return copy


class CudaKernel:
    """A function launched on a CUDA device as `name[blocks, threads](...)`; made on the first launch."""

    def __init__(self, function: Function, options: dict[str, Any]) -> None:
        self.function = function
        self.options = options
        functools.update_wrapper(cast("Function", self), function)

    @functools.cached_property
    def dispatcher(self) -> Any:
        """What `numba.cuda.jit` makes of it, with every kernel that it calls as a device function."""
        from numba import cuda

        jit: Any = cuda.jit
        copy = rebound(self.function, lambda value: value.on_cuda if isinstance(value, Kernel) else None)
        copy.__globals__.setdefault("cuda", cuda)
        copy.fill()  # type: ignore[attr-defined]
        return jit(**self.options)(copy)

    def __getitem__(self, launch: Any) -> Any:
        return self.dispatcher[launch]


def _translated(
    kernel: Kernel, wrap: Callable[[Function, Kernel], Any], made: dict[int, Any], interpreted: bool
) -> Any:
    """`wrap` of the function's copy in which every kernel is translated likewise.

    Where Python runs the code, an intrinsic is replaced by the function that it has as `in_python`.
    """

    def replace(value: Any) -> Any | None:
        if isinstance(value, Kernel):
            return made[id(value)] if id(value) in made else _translated(value, wrap, made, interpreted)
        return getattr(value, "in_python", None) if interpreted else None

    copy = rebound(kernel.function, replace)
    made[id(kernel)] = wrap(copy, kernel)
    copy.fill()  # type: ignore[attr-defined]
    return made[id(kernel)]


def _cuda_device_function(function: Function, kernel: Kernel) -> Any:
    from numba import cuda

    jit: Any = cuda.jit
    options = {name: kernel.options[name] for name in _CUDA_OPTIONS if name in kernel.options}
    return jit(device=True, **options)(function)


def _is_parallel(kernel: Kernel, seen: set[int]) -> bool:
    """Whether the kernel, or one that it calls, starts threads."""
    seen.add(id(kernel))
    callees = (v for v in referenced(kernel.function).values() if isinstance(v, Kernel) and id(v) not in seen)
    return bool(kernel.options.get("parallel")) or any(_is_parallel(callee, seen) for callee in callees)


_turns = threading.RLock()


def _in_turn(kernel: Kernel) -> Any:
    """What calls a parallel kernel: numba's `workqueue` threads end the process when two launches overlap."""
    import numba

    numba.get_num_threads()  # starts the threads, which settles the layer
    layer: Any = vars(numba)["threading_layer"]
    if layer() != "workqueue":
        return kernel.dispatcher

    def call(*args: Any, **kwargs: Any) -> Any:
        with _turns:
            return kernel.dispatcher(*args, **kwargs)

    return call


@functools.cache
def _register_with_numba() -> None:
    """Let a compiled kernel call a `Kernel` by its global name."""
    from numba import types
    from numba.extending import typeof_impl

    @typeof_impl.register(Kernel)
    def typeof_kernel(value: Kernel, context: Any) -> Any:
        return types.Dispatcher(value.dispatcher)


@overload
def kernel(function: Function, /) -> Kernel: ...
@overload
def kernel(**options: Any) -> Callable[[Function], Kernel]: ...


def kernel(function: Function | None = None, /, **options: Any) -> Any:
    """Compile a function with numba on its first call, and keep the result on disk for the next process.

    Options are those of `numba.njit` except `cache`, which is always on: `parallel`, `fastmath`, `inline`,
    `boundscheck`. `fastmath` is off unless asked for, because it allows sums to be reordered. For parallel
    loops use `prange` from `ergodica.numerics`, so that importing the module does not import numba.

    A kernel may call other kernels by their own name. Module-level constants are frozen when it is compiled.
    """
    if function is None:
        return lambda f: Kernel(f, options)
    return Kernel(function, options)


@overload
def cuda_kernel(function: Function, /) -> CudaKernel: ...
@overload
def cuda_kernel(**options: Any) -> Callable[[Function], CudaKernel]: ...


def cuda_kernel(function: Function | None = None, /, **options: Any) -> Any:
    """A CUDA entry function that may call any `@kernel` by its own name; options as for `numba.cuda.jit`.

    The name `cuda` in its body is `numba.cuda`, which need not be imported in the module:

        if TYPE_CHECKING:
            from numba import cuda

        @cuda_kernel
        def fill(out, seed):
            i = cuda.grid(1)
            if i < out.size:
                out[i] = uniform(seed, 0, 0, i, 0)

        fill[blocks, threads](out, seed)

    Its compiled code lives as long as the process.
    """
    if function is None:
        return lambda f: CudaKernel(f, options)
    return CudaKernel(function, options)
