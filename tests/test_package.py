"""The package as a user gets it: what a wheel holds, that it runs elsewhere, and that importing is cheap."""

import fcntl
import importlib
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("data", "sims", "estimators", "models", "scripts")
HEAVY = ("numba", "xarray", "pandas", "matplotlib", "torch", "netCDF4", "zarr", "scipy")


def python(code, **options):
    """Standard output of a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from a source distribution, without network."""
    folder = tmp_path_factory.mktemp("dist")
    # a source distribution is gathered within the tree: by one worker of the tests at a time
    with (ROOT / "pyproject.toml").open() as tree:
        fcntl.flock(tree, fcntl.LOCK_EX)
        return built(folder)


def built(folder):
    """The wheel of a source distribution in a folder."""
    for kind, source in (("--sdist", ROOT), ("--wheel", None)):
        if source is None:
            archive = next(folder.glob("*.tar.gz"))
            subprocess.run(["tar", "-xzf", archive, "-C", folder], check=True)
            source = next(path for path in folder.iterdir() if path.is_dir())
        command = [sys.executable, "-m", "build", kind, "--no-isolation", "--outdir", folder, source]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def modules_of_the_tree():
    """Every module of the tree by its place in the package."""
    found = {
        f"ergodica/{p.relative_to(ROOT / 'src' / 'ergodica')}"
        for p in package_files(ROOT / "src" / "ergodica")
    }
    for floor in FLOORS:
        found |= {f"ergodica/{floor}/{p.relative_to(ROOT / floor)}" for p in package_files(ROOT / floor)}
    return found


def package_files(folder):
    """Python files below a folder that are part of a package, without following links."""
    for path in folder.rglob("*.py"):
        inside = path.relative_to(folder).parts[:-1]
        if not any((folder / Path(*inside[: i + 1])).is_symlink() for i in range(len(inside))) and (
            (path.parent / "__init__.py").exists()
        ):
            yield path


def test_wheel_holds_every_module_of_the_tree(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.endswith(".py")}
    assert held == modules_of_the_tree()


def test_wheel_is_typed_and_licensed(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "ergodica/py.typed" in names
    assert any(name.endswith("LICENSE") for name in names)


def test_wheel_runs_from_another_folder(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    code = f"""
import sys
sys.path.insert(0, {str(site)!r})
sys.meta_path = [f for f in sys.meta_path if "editable" not in repr(f).lower()]
import ergodica
assert ergodica.__file__.startswith({str(site)!r}), ergodica.__file__
from ergodica import estimators, sims
ds = sims.NLSE.preset("soliton", points=64, length=20.0, initial_parameters={{"amplitude": 1.0}}).run(
    t_end=0.1, snapshots=2, out="run.nc")
print(float(estimators.entropy(ergodica.open("run.nc").ergodica.psi, dim="x", space=estimators.SpatialDensity())[0]))
"""
    # -ln of an effective width: Shannon entropy 2 - ln(2 A dx), dx = 20/64
    assert float(python(code, cwd=tmp_path)) == pytest.approx(
        2 - __import__("math").log(2 * 20 / 64), abs=1e-4
    )


def test_every_package_of_the_tree_is_declared():
    declared = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    there = {
        name.removesuffix("/__init__.py").replace("/", ".")
        for name in modules_of_the_tree()
        if "__init__" in name
    }
    assert declared == there


@pytest.mark.parametrize("floor", ["ergodica", *(f"ergodica.{f}" for f in FLOORS), "ergodica.numerics"])
def test_importing_a_floor_loads_nothing_heavy(floor):
    loaded = python(f"import sys, {floor}; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)


def test_root_imports_nothing_beyond_the_language():
    loaded = python("import sys; a = set(sys.modules); import ergodica; print(*set(sys.modules) - a)").split()
    assert {name.split(".")[0] for name in loaded} <= {"ergodica", "typing", "_typing", "collections"}


def test_describing_a_system_loads_nothing_heavy():
    code = (
        "import sys; from ergodica import sims; sims.NLSE.preset('two-soliton').config(); print(*sys.modules)"
    )
    assert not set(HEAVY) & set(python(code).split())


def test_unknown_names_are_attribute_errors_with_a_remedy():
    import ergodica
    from ergodica import sims

    with pytest.raises(AttributeError, match="no attribute 'simms'"):
        _ = ergodica.simms
    with pytest.raises(AttributeError, match="did you mean 'NLSE'"):
        _ = sims.NLS


@pytest.mark.parametrize(
    "package",
    [
        "data",
        "sims.chaos",
        "models",
        "models.score",
        "models.forecast",
        "models.koopman",
        "models.koopman.dictionaries",
        "models.symbols",
    ],
)
def test_every_public_name_of_a_lazy_package_is_there_at_its_first_use(package):
    found = importlib.import_module(f"ergodica.{package}")
    assert dir(found) == sorted(found.__all__)
    for name in found.__all__:
        assert getattr(found, name) is not None
    with pytest.raises(AttributeError, match=f"module 'ergodica.{package}' has no attribute 'nothing'"):
        _ = found.nothing
