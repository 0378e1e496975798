"""Callbacks that several tests pass to what trains."""

from wellfit.events import NetworkEnd


def once(do):
    """Return a callback that does something at the first result."""
    done = []

    def follow(event):
        if isinstance(event, NetworkEnd) and not done:
            done.append(event.index)
            do()

    return follow
