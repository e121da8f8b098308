"""Networks that learn from datasets: score, Koopman and forecast models. None is here yet."""

import ergodica.data  # noqa: F401 - registers ds.ergodica
