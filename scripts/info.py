"""`ergodica info`: what a file holds and how it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ergodica.scripts import info_network, networks
from ergodica.scripts.inputs import open_any
from ergodica.scripts.list_systems import table
from ergodica.scripts.outputs import human, size

if TYPE_CHECKING:
    import xarray as xr


def info(
    file: Annotated[str, Parameter(help="file to look at, finished or not, or folder of a network")],
    /,
    *,
    as_json: Annotated[
        bool, Parameter(name="--json", negative="", show_default=False, help="print JSON for programs")
    ] = False,
) -> None:
    """Show what a file holds and how it was made: dimensions, variables, units, parameters, history."""
    if networks.is_network(Path(file)):
        network = networks.described(Path(file))
        print(json.dumps(network, indent=2) if as_json else info_network.page(Path(file), network))
        return
    with open_any(file) as data:
        found = described(data, Path(file))
    print(json.dumps(found, indent=2) if as_json else _page(found))


def described(data: xr.Dataset | xr.DataTree, path: Path) -> dict[str, Any]:
    """Everything about a file but its values."""
    import xarray as xr

    from ergodica.data.parts import SUFFIX

    config = data.attrs.get("ergodica_config")
    unfinished = bool(getattr(data, "encoding", {}).get("unfinished"))
    parts = path.with_name(path.name + SUFFIX)
    found: dict[str, Any] = {
        "file": str(path),
        "finished": not unfinished,
        "bytes": size(path) + (size(parts) if unfinished and parts.is_dir() else 0),
        "attributes": {
            str(name): value if isinstance(value, (str, int, float)) else str(value)
            for name, value in data.attrs.items()
            if name != "ergodica_config"
        },
        "config": json.loads(config) if config else None,
    }
    if isinstance(data, xr.Dataset):
        return found | _dataset(data)
    nodes = {node.path.strip("/"): node.to_dataset() for node in data.subtree if node.data_vars}
    return found | {"groups": {name: _dataset(ds) for name, ds in nodes.items()}}


def _dataset(ds: xr.Dataset) -> dict[str, Any]:
    return {
        "dimensions": {str(name): int(count) for name, count in ds.sizes.items()},
        "coordinates": {str(name): _variable(one) for name, one in ds.coords.items()},
        "variables": {str(name): _variable(one) for name, one in ds.data_vars.items()},
    }


def _variable(one: xr.DataArray) -> dict[str, Any]:
    return {
        "dimensions": [str(dim) for dim in one.dims],
        "type": str(one.dtype),
        "units": one.attrs.get("units"),
        "long_name": one.attrs.get("long_name"),
        "kind": one.attrs.get("ergodica_kind"),
    }


def _page(found: dict[str, Any]) -> str:
    attributes = found["attributes"]
    state = "finished" if found["finished"] else "not finished"
    sections = [
        f"{found['file']}: {attributes.get('title', 'no title')}\n  {state}, {human(found['bytes'])}",
        *[_contents(name, one) for name, one in found.get("groups", {"": found}).items()],
    ]
    config = found["config"] or {}
    for key, title in (("parameters", f"Parameters of {config.get('system', 'the system')}"), ("run", "Run")):
        if isinstance(config.get(key), dict):
            sections.append(f"{title}:\n" + table(list(_flat(config[key]))))
    made = [
        (name, str(attributes[name])) for name in ("source", "history", "references") if attributes.get(name)
    ]
    if made:
        sections.append("Made by:\n" + table(made))
    return "\n\n".join(sections)


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    from ergodica.scripts.describe import shown

    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", shown(value)


def _contents(name: str, found: dict[str, Any]) -> str:
    sizes = ", ".join(f"{dim} {count}" for dim, count in found["dimensions"].items())
    rows = [
        (f"{variable}({', '.join(one['dimensions'])})", _words(one))
        for variable, one in {**found["coordinates"], **found["variables"]}.items()
    ]
    return f"{name or 'Dimensions'}: {sizes}\n{table(rows)}"


def _words(one: dict[str, Any]) -> str:
    unit = one["units"]
    words = [one["long_name"] or "", f"in {unit}" if unit not in (None, "1") else "", one["type"]]
    return ", ".join(filter(None, words))
