"""The whole cloud in one seeded simulation: real functions and adapters over simulated services.

`python -m tests.simulation SEED` repeats one run. Everything that happens, the faults included, is
drawn from the seed, in one thread; so what fails once fails again.
"""
