"""What all tests share."""

from hypothesis import settings

# No deadline: the first call of a kernel compiles it. Derandomised: the same examples on every machine and run.
settings.register_profile("wellfit", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("wellfit")
