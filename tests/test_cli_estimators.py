"""Any estimator by name: listed, read from text, taken of files and stores."""

import json
import math

import numpy as np
import pytest

import ergodica
from ergodica import estimators as est
from ergodica import sims
from ergodica.estimators.expressions import parse, pieces
from ergodica.estimators.registry import around, estimators, find
from ergodica.scripts.main import run


@pytest.fixture(scope="module")
def orbits():
    return sims.Flow(system="lorenz63").run(t_end=20.0, snapshots=401, members=2, seed=1)


@pytest.fixture(scope="module")
def folder(orbits, tmp_path_factory):
    """The same run as a file and as a store."""
    folder = tmp_path_factory.mktemp("runs")
    flow = sims.Flow(system="lorenz63")
    for name in ("run.nc", "store.zarr"):
        flow.run(t_end=20.0, snapshots=401, members=2, seed=1, out=folder / name)
    return folder


def test_several_estimators_over_files_and_stores_give_what_the_functions_give(orbits, folder, capsys):
    files = [str(folder / name) for name in ("run.nc", "store.zarr")]
    code = run(
        ["measure", *files, "-q", "spectral_entropy", "-q", "mutual_information(x, y, estimator=KSG(k=4))"]
    )
    assert code == 0, capsys.readouterr().err
    for name in ("run-entropy.nc", "store-entropy.nc"):
        tree = ergodica.open(folder / name)
        np.testing.assert_array_equal(
            tree["spectral_entropy/state"], est.spectral_entropy(orbits.state, dim="t")
        )
        x, y = (orbits.ergodica[component] for component in "xy")
        wanted = est.mutual_information(x, y, dim="t", estimator=est.KSG(k=4))
        found = tree["mutual_information/x_y"]
        np.testing.assert_array_equal(found, wanted)
        assert found.attrs["quantity"] == "mutual_information(x, y, estimator=KSG(k=4))"
        assert found.dims == ("member",)
        tree.close()


def test_the_base_is_that_of_the_command_unless_the_estimator_names_its_own(orbits):
    tree = est.measure(orbits, base=2, quantities=["spectral_entropy", "spectral_entropy(base=10)"])
    assert set(tree.children) == {"spectral_entropy", "spectral_entropy_2"}
    assert tree["spectral_entropy/state"].attrs["units"] == "bit"
    assert tree["spectral_entropy_2/state"].attrs["units"] == "dit"


@pytest.mark.filterwarnings("ignore::ergodica.estimators.ResamplingWarning")
def test_intervals_are_asked_for_around_any_estimator(orbits):
    texts = [
        "confidence(mutual_information(x, y, estimator=GaussianCopula()), method=BlockJackknife(blocks=4), level=0.9)",
        "confidence(permutation_entropy(order=3), method=MemberBootstrap(), seed=3)",
    ]
    with pytest.raises(ValueError, match="4 members or more"):
        est.measure(orbits, quantities=texts[1:])
    tree = est.measure(orbits, quantities=texts[:1])
    x, y = (orbits.ergodica[component] for component in "xy")
    wanted = est.confidence(
        est.mutual_information,
        x,
        y,
        method=est.BlockJackknife(blocks=4),
        level=0.9,
        estimator=est.GaussianCopula(),
    )
    found = tree["mutual_information_confidence"]
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[f"x_y_{name}"], values)
        assert found[f"x_y_{name}"].attrs["quantity"] == texts[0]
    # an option of the same name as one of the interval's is told to the estimator
    rates = "confidence(entropy_rate(symbol, method=Markov(order=1)), method=BlockJackknife(blocks=4))"
    steps = orbits.assign(symbol=(orbits.state.isel(component=0) > 0).astype(int))
    tree = est.measure(steps, quantities=[rates])
    assert (tree["entropy_rate_confidence/symbol_standard_error"] > 0).all()


def test_scales_and_surrogates_are_asked_for_around_an_estimator_too(orbits):
    texts = [
        "multiscale(sample_entropy(x, order=1), scales=(1, 3), method=RefinedComposite())",
        "surrogate_test(mutual_information(x, y, estimator=GaussianCopula()), method=CircularShift(), count=19)",
        "multiscale(permutation_entropy(x, order=3))",
    ]
    tree = est.measure(orbits, quantities=texts)
    x, y = (orbits.ergodica[component] for component in "xy")
    wanted = est.multiscale(
        est.sample_entropy, x, dim="t", scales=(1, 3), method=est.RefinedComposite(), order=1
    )
    np.testing.assert_array_equal(tree["sample_entropy_multiscale/x"], wanted)
    assert tree["permutation_entropy_multiscale/x"].sizes["scale"] == 20
    test = est.surrogate_test(
        est.mutual_information,
        x,
        y,
        method=est.CircularShift(),
        count=19,
        seed=2,
        estimator=est.GaussianCopula(),
    )
    np.testing.assert_array_equal(tree["mutual_information_surrogate_test/x_y_p_value"], test.p_value)


def test_vectors_are_taken_whole_and_scalars_one_by_one(orbits):
    tree = est.measure(
        orbits, quantities=["entropy_production(estimator=LinearFit())", "permutation_entropy(order=4)"]
    )
    assert tree["entropy_production/state"].dims == ("member",)
    assert tree["permutation_entropy/state"].dims == ("member", "component")


def test_measures_of_schools_take_the_whole_run():
    school = sims.Couzin.preset(particles=20).run(t_end=1.0, snapshots=3)
    tree = est.measure(school, quantities=["polarization", "cluster_count(radius=2.0)"])
    np.testing.assert_array_equal(tree["polarization/polarization"], est.polarization(school))
    np.testing.assert_array_equal(
        tree["cluster_count"].to_dataset()["cluster_count"], est.cluster_count(school, radius=2.0)
    )


def test_text_becomes_pieces_and_numbers_and_nothing_else_is_run():
    request = parse('entropy(psi, dim="x", space=ValueBins(bins=8, range=(-1, 1.5)), of=Renyi(q=inf))')
    assert request.entry is find("entropy")
    assert request.variables == ("psi",)
    assert request.options == {
        "dim": "x",
        "space": est.ValueBins(bins=8, range=(-1, 1.5)),
        "of": est.Renyi(q=math.inf),
    }
    assert parse("spectral_entropy").options == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("permutation_entropi", "did you mean permutation_entropy"),
        ("permutation_entropy(order=", "must read like"),
        ("permutation_entropy(order=5)(3)", "must read like"),
        ("permutation_entropy(order=__import__('os'))", "must be made of known pieces"),
        ("permutation_entropy(order=4, order=5)", "must be given once, got order twice"),
        ("entropy(x, of=Renyi(q=1, q=2))", "must be given once, got q twice"),
        ('permutation_entropy(order=-"a")', "must be numbers, texts or pieces"),
        ("entropy(x, space=SpectralPower)", "; write SpectralPower()"),
        ("entropy(x, dim=horizontal)", "put quotes around any other word"),
        ("permutation_entropy(order=[].append)", "must be numbers, texts or pieces"),
        ("permutation_entropy(**{})", "must be name=value"),
        ("permutation_entropy(5)", "names of variables"),
        ("entropy(of=Reny(q=2))", "did you mean Renyi"),
        ("entropy(of=Renyi(2))", "must be named"),
        ("entropy(of=Renyi(r=2))", "it has q"),
        ("spectral_entropy(colour=3)", "has no option colour"),
        ("spectral_entropy(w)", "known are"),
        ("spectral_entropy(x, y)", "takes x, got 2"),
        ("mutual_information", "name them"),
        ("permutation_entropy(order=1)", "permutation_entropy: order"),
        ("multiscale(sample_entropy(x), scales=range(1, 3.5))", "range takes 1 to 3 whole numbers"),
        ("multiscale(sample_entropy(x), scales=range(10**9))", "must be numbers, texts or pieces"),
        ("multiscale(sample_entropy(x), scales=range(1000000000))", "range must hold at most"),
        ("polarization(x)", "takes the whole run"),
        ("confidence", "takes one estimator"),
        ("confidence(permutation_entropy, x)", "takes one estimator"),
        ("confidence(x)", "must be a known name"),
        ("confidence(permutation_entropy(x), order=3)", "confidence has no option order"),
        ("confidence(confidence(permutation_entropy(x)))", "name one of them"),
        ("-" * 3000 + "1", "too deep"),
        ("confidence(permutation_entropy(x), method=3)", "method: must be one such as"),
        ("confidence(permutation_entropy(x), level=95)", "level: must be between 0 and 1"),
    ],
)
def test_what_cannot_be_read_or_taken_says_so_in_one_line(orbits, text, words):
    with pytest.raises(ValueError, match=": ") as caught:
        est.measure(orbits, quantities=[text])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_shell_tells_a_slip_before_anything_is_written(folder, tmp_path, capsys):
    assert run(["measure", str(folder / "run.nc"), "-q", "nosuch", "-o", str(tmp_path / "e.nc")]) == 2
    assert "nosuch" in capsys.readouterr().err
    two = [str(folder / "run.nc"), str(folder / "store.zarr")]
    assert run(["measure", *two, "-o", str(tmp_path / "e.nc")]) == 2
    assert "out: must be left out for several runs" in capsys.readouterr().err
    assert not (tmp_path / "e.nc").exists()


def test_no_run_of_several_is_measured_when_one_cannot_be(folder, tmp_path, capsys):
    for name in ("run.nc", "other.nc"):
        (tmp_path / name).write_bytes((folder / "run.nc").read_bytes())
    (tmp_path / "run.zarr").symlink_to(folder / "store.zarr")
    good, other, store = (str(tmp_path / name) for name in ("run.nc", "other.nc", "run.zarr"))
    asked = ["-q", "permutation_entropy(order=3)"]
    assert run(["measure", good, str(tmp_path / "nosuch.nc"), *asked]) == 2
    assert "nosuch.nc: no such file" in capsys.readouterr().err
    assert run(["measure", good, store, *asked, "--force"]) == 2
    assert "file: runs must go to files of their own" in capsys.readouterr().err
    assert not list(tmp_path.glob("*-entropy.nc"))
    assert run(["measure", other, *asked]) == 0
    assert run(["measure", good, other, *asked]) == 2
    assert "is there already" in capsys.readouterr().err
    assert not (tmp_path / "run-entropy.nc").exists()


def test_the_list_tells_what_each_needs_and_costs(capsys):
    assert run(["list", "estimators"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for entry in estimators().values():
        assert f"{entry.name}(" in text
        assert " ".join(entry.claims.needs.split()).rstrip(".") in text
        assert entry.claims.cost in text
    assert run(["list", "estimators", "--json"]) == 0
    assert {one["name"] for one in json.loads(capsys.readouterr().out)} == set(estimators())


def test_one_estimator_shows_its_options_formula_and_source(capsys):
    assert run(["list", "estimators", "permutation_entropy"]) == 0
    text = capsys.readouterr().out
    assert "order=" in text
    assert "Source:" in text
    assert run(["list", "estimators", "permutation"]) == 2
    assert "permutation_entropy" in capsys.readouterr().err
    assert run(["list", "nlse", "permutation_entropy"]) == 2
    assert "must follow the word estimators" in capsys.readouterr().err


def test_pieces_and_what_stands_around_have_a_page_too(capsys):
    for name in (*around(), *pieces()):
        assert run(["list", "estimators", name]) == 0
        text = capsys.readouterr().out
        assert text.startswith(f"{name}(")
        assert "Used as: " in text
    assert run(["list", "estimators", "KSG"]) == 0
    text = capsys.readouterr().out
    assert "k=3" in text
    assert "Needs " in text
    assert "Costs " in text
    assert run(["list", "estimators", "confidence", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["options"]) == {"method", "level", "seed"}


def test_ranges_of_whole_numbers_are_read():
    read = parse("multiscale(permutation_entropy(x), scales=range(2, 7, 2))").around_options["scales"]
    assert read == (2, 4, 6)


def test_states_are_not_taken_for_weights_unless_the_space_says_so():
    ring = sims.JumpProcess.preset("three-state-ring").run(t_end=50.0, snapshots=501, seed=1)
    for text in (
        "entropy",
        "entropy(state)",
        "entropy(state, estimator=PlugIn())",
        "statistical_complexity(state)",
    ):
        with pytest.raises(ValueError, match="space: must be named for whole numbers such as state"):
            est.measure(ring, quantities=[text])
    found = est.measure(
        ring, quantities=["entropy(state, space=Symbols())", "entropy(state, space=Weights())"]
    )
    assert found["entropy/state"] == est.entropy(ring.state, dim="t", space=est.Symbols())
    assert found["entropy_2/state"] == est.entropy(ring.state, dim="t")


def test_a_jump_process_is_measured_by_its_counts_and_by_its_states():
    run = sims.JumpProcess.preset("three-state-ring").run(t_end=200.0, snapshots=2001, seed=1, members=3)
    jumps = est.measure(run)["jumps"].to_dataset()
    assert jumps["entropy_production"].dims == ("member",)
    np.testing.assert_allclose(jumps["entropy_production"], run.entropy_production_rate, rtol=0.3)
    assert (jumps["entropy_production_corrected"] < jumps["entropy_production"]).all()
    assert (jumps["occupation"] <= math.log(3)).all()
    asked = ["entropy_production(estimator=Schnakenberg())", "schnakenberg(transitions, dwell_time)"]
    tree = est.measure(run, quantities=asked)
    assert list(tree["entropy_production"].data_vars) == ["state"]  # counts since the start are no samples
    counted = tree["schnakenberg"].to_dataset()["transitions_dwell_time"]
    np.testing.assert_array_equal(counted.isel(t=-1), jumps["entropy_production"])
    with pytest.raises(ValueError, match="transitions and dwell_time"):
        est.measure(run.drop_vars("transitions"))
