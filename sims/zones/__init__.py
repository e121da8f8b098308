"""What the individuals of Couzin's model do in their zones: the rule, its loops, and what they are made of."""
