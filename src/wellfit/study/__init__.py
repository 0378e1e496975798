"""Results become decisions: errors with intervals, verdicts, and the choice of a network."""
