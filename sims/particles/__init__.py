"""What simulations of particles share: regions, starts, and the dataset's variables."""
