"""Predators are in the picture of the school, dark and larger, where they are and along their headings."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from ergodica import sims
from ergodica.data import pictures
from ergodica.data.pictures.canvas import new_figure
from ergodica.data.pictures.crowd_marks import INK
from ergodica.data.pictures.select import variables

PREDATORS = 2


@pytest.fixture(scope="module", params=[(2, None), (2, 40.0), (3, None), (3, 40.0)], ids=str)
def hunted(request):
    d, box = request.param
    where = {"initial": "sphere"} if box is None else {"initial": "box", "box": box}
    school = sims.Couzin(particles=40, dimensions=d, predators=PREDATORS, **where)
    return school.run(t_end=2.0, snapshots=3, members=2, seed=3)


def corners(mark, d):
    """The tip of a dart and of a cone is its first corner; shape `(corners, d)`."""
    return mark.get_paths()[0].vertices if d == 2 else mark._faces.reshape(-1, 3)


def test_a_movie_and_the_picture_of_a_member_show_predators_with_their_headings(hunted):
    d = hunted.sizes["space"]
    ax = new_figure(5, 5).add_subplot(projection="3d" if d == 3 else None)
    movie = pictures.picture("agents").movie(variables(hunted)["position"], ax, np.arange(3), member=1)
    for frame in (2, 0, 1):
        movie.update(frame)
        agents, *predators = ax.collections
        assert len(predators) == PREDATORS
        for number, mark in enumerate(predators):
            place, heading = (
                hunted[f"predator_{what}"].values[1, frame, number] for what in ("position", "heading")
            )
            found = corners(mark, d)
            to_tip = found[0] - place
            # sums of a few doubles of size 40
            np.testing.assert_allclose(to_tip / np.linalg.norm(to_tip), heading, atol=1e-9)
            assert np.linalg.norm(to_tip) > 1.5 * half_length(agents, hunted.position.values[1, frame], d)
            # cones are shaded
            assert (mark.get_facecolor()[:, :3] <= np.add(to_rgb(INK), 0.1)).all()
    figure = pictures.figure(hunted, member=1)
    (shown,) = [one for one in figure.axes if one.get_xlabel() == "$x$"]
    assert len(shown.collections) == 1 + PREDATORS


def half_length(agents, places, d):
    """From the place of an individual to the tip of its dart or cone."""
    if d == 2:
        return np.linalg.norm(agents.get_paths()[0].vertices[0] - places[0])
    tips = agents._faces.reshape(len(places), -1, 3, 3)[:, 0, 0]
    return np.linalg.norm(tips - places, axis=1).min()
