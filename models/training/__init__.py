"""The training loop of all networks."""
