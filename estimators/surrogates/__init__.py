"""Series that share some properties of the data and are random beyond: what a test of a hypothesis compares with."""

__all__: list[str] = []
