"""How fast wellfit is, beside its rivals, in one run; see `command`."""
