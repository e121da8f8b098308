"""Networks that learn from datasets: score, Koopman and forecast models. None is here yet."""
