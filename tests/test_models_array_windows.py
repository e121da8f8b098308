"""Windows of arrays are those of a dataset with the same values."""

import numpy as np
import pytest

from ergodica import data
from ergodica.models.array_windows import ArrayWindows
from ergodica.numerics.errors import ParameterError

VALUES = np.random.default_rng(0).normal(size=(2, 40, 3))


def test_windows_are_cut_from_single_members_in_order_of_time() -> None:
    windows = ArrayWindows(VALUES, 7, stride=2)
    (batch,) = windows.in_order(batch=len(windows))
    direct = [VALUES[k % 2, k // 2 : k // 2 + 13 : 2] for k in range(len(windows))]
    assert len(windows) == 2 * (40 - 12)
    assert np.array_equal(batch["values"], np.float32(direct))


def test_batches_are_those_of_windows_over_a_dataset() -> None:
    ds = data.from_arrays(
        {"values": VALUES[0]},
        title="noise",
        t=np.arange(40.0),
        dims={"values": ("t", "component")},
        units={"values": "1"},
    )
    ours, theirs = ArrayWindows(VALUES[:1], 5), data.Windows(ds, ["values"], length=5)
    for made, known, _ in zip(
        ours.batches(batch=16, seed=3), theirs.batches(batch=16, seed=3), range(4), strict=False
    ):
        assert np.array_equal(made["values"], np.float32(known["values"]))


def test_later_changes_of_the_array_do_not_reach_the_windows() -> None:
    values = VALUES.copy()
    windows = ArrayWindows(values, 3)
    values[:] = 0
    assert abs(windows.sample(1)["values"]).max() > 0


@pytest.mark.parametrize(
    ("values", "length", "said"),
    [
        (VALUES[0], 3, r"values: must be \(members, snapshots, features\).*values\[None\]"),
        (VALUES, 41, "length: a window takes 41 snapshots, got 40"),
        (np.where(VALUES > 2, np.nan, VALUES), 3, "values: must be finite"),
    ],
)
def test_what_cannot_be_cut_is_refused(values: np.ndarray, length: int, said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        ArrayWindows(values, length)
