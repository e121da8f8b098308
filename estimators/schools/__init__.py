"""Measures of schools and swarms."""

from ergodica.estimators.schools.entropies import school_entropies
from ergodica.estimators.schools.neighbours import cluster_count, nearest_neighbour_statistics
from ergodica.estimators.schools.order import group_speed, polarization, rotation
from ergodica.estimators.schools.published import published_school_entropies

__all__ = [
    "cluster_count",
    "group_speed",
    "nearest_neighbour_statistics",
    "polarization",
    "published_school_entropies",
    "rotation",
    "school_entropies",
]
