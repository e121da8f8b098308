"""Integrators for ordinary, delay and stochastic differential equations, each compiled once for all systems.

A right-hand side is handed over by the address of its compiled code (`calls`), so that a new system compiles
its own few lines and nothing else. Members are independent: each has its own time and step, and its numbers
are the same bits in an ensemble of any size and on any number of threads. A member that cannot go on is set
to NaN, with a code and a time in the state; the others go on.
"""
