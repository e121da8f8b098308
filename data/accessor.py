"""`ds.ergodica`: what a dataset of ergodica knows beyond xarray."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ergodica.data.complex_pairs import WHOLE, complex_names, join_complex
from ergodica.data.configuration import from_json
from ergodica.data.schema import KIND

if TYPE_CHECKING:
    import xarray as xr

    from ergodica.data.checks import Problem

NAME = "ergodica"
COMPONENT = "component"
COMPONENT_NAME = "component_name"
RUN_ARGUMENTS = ("t_end", "snapshots", "seed", "members", "device", "record", "warm_up")


class ErgodicaAccessor:
    """Complex variables, components, provenance, pictures and checks of a dataset.

    ```python
    ds.ergodica.psi            # psi_real + i psi_imag
    ds.ergodica["x"]           # the component x of the state
    ds.ergodica.config         # every parameter of the run
    ds.ergodica.plot()         # a picture by the variable's kind
    ```
    """

    def __init__(self, dataset: "xr.Dataset") -> None:
        self._dataset = dataset

    def __getattr__(self, name: str) -> "xr.DataArray":
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return join_complex(self._dataset, name)
        except ValueError as error:
            raise AttributeError(str(error)) from None

    def __getitem__(self, name: str) -> "xr.DataArray":
        """A variable, a complex variable joined, or one component of the state by its name.

        Raises:
            KeyError: nothing has this name; the message lists what there is.
        """
        dataset = self._dataset
        if name in complex_names(dataset.data_vars):
            return join_complex(dataset, name)
        if name in dataset.data_vars:
            return dataset[name]
        components = self._components()
        if name in components:
            return self._component(name, components.index(name))
        if name in dataset.coords:
            return dataset[name]
        known = ", ".join([*self._known(), *components])
        raise KeyError(f"{name}: must be a variable or a component of the dataset; known are {known}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *complex_names(self._dataset.data_vars)})

    def __repr__(self) -> str:
        return f"<ergodica accessor: {', '.join([*self._known(), *self._components()])}>"

    @property
    def config(self) -> dict[str, Any]:
        """Every parameter, seed, device and precision of the run.

        Raises:
            ValueError: the dataset has none, or it cannot be read.
        """
        text = self._dataset.attrs.get("ergodica_config")
        if text is None:
            raise ValueError(
                "ergodica_config: the dataset must have this attribute, got none; "
                "xarray drops attributes in arithmetic: use the dataset as opened"
            )
        return from_json(text)

    @property
    def system(self) -> str:
        """The name of the simulated system, such as "nlse".

        Raises:
            ValueError: the dataset does not come from a simulation.
        """
        name = self.config.get("system")
        if not isinstance(name, str):
            raise ValueError(f"system: the dataset must come from a simulation, its config has {name!r}")
        return name

    @property
    def run_arguments(self) -> dict[str, Any]:
        """The arguments of `run` that made the dataset: `t_end`, `snapshots`, `seed`, `members` and so on.

        Raises:
            ValueError: the dataset does not come from a simulation.
        """
        arguments = self.config.get("run")
        if not isinstance(arguments, dict):
            raise ValueError(f"run: the dataset must come from a simulation, its config has {arguments!r}")
        found = {name: arguments[name] for name in RUN_ARGUMENTS if name in arguments}
        if "record" in found:
            found["record"] = tuple(found["record"])
        return found

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each variable, complex ones under their whole name."""
        return {
            str(one.attrs.get(WHOLE, name)): one.attrs[KIND]
            for name, one in self._dataset.data_vars.items()
            if KIND in one.attrs
        }

    def plot(self, *args: Any, **options: Any) -> Any:
        """A picture of the dataset by the kind of its variables, see `ergodica.data.pictures.plot`."""
        from ergodica.data.pictures import plot

        return plot(self._dataset, *args, **options)

    def check(self) -> "list[Problem]":
        """What the dataset lacks, see `ergodica.data.check`."""
        from ergodica.data.checks import check

        return check(self._dataset)

    def _known(self) -> Iterator[str]:
        dataset = self._dataset
        yield from complex_names(dataset.data_vars)
        yield from (str(name) for name, one in dataset.data_vars.items() if WHOLE not in one.attrs)

    def _components(self) -> list[str]:
        names = self._dataset.coords.get(COMPONENT_NAME)
        return [] if names is None or names.ndim != 1 else [str(name) for name in names.values]

    def _component(self, name: str, index: int) -> "xr.DataArray":
        dataset = self._dataset
        (dim,) = dataset[COMPONENT_NAME].dims
        holders = [str(key) for key, one in dataset.data_vars.items() if dim in one.dims]
        if "state" in holders:
            holders = ["state"]
        if len(holders) != 1:
            raise KeyError(f"{name}: must belong to one variable, got {holders}; select from one of these")
        chosen = dataset[holders[0]].isel({dim: index}).rename(name)
        chosen.attrs["long_name"] = name
        return chosen
