"""The shape of a network."""

from __future__ import annotations

from dataclasses import dataclass

from wellfit.errors import SpecError, SpecTypeError
from wellfit.plurals import counted
from wellfit.spec.base import JsonSpec, check_choice, check_number, check_whole

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu")
ACTIVATION_ALIASES = {"logistic": "sigmoid"}
INITIALIZERS = (
    "auto",
    "zeros",
    "random_normal",
    "random_uniform",
    "xavier_normal",
    "xavier_uniform",
    "he_normal",
    "he_uniform",
    "glorot_normal",
    "glorot_uniform",
)


@dataclass(frozen=True)
class Network(JsonSpec):
    """The shape of a dense network: A[l] = g(A[l-1] W[l] + b[l]).

    Parameters
    ----------
    inputs : int
        Number of input columns.
    hidden : tuple of int
        Units of each hidden layer; empty for logistic and linear regression.
    outputs : int
        Units of the last layer: 1 for two classes or one target, else one a class, a label or a target.
    activation : str or tuple of str
        One for all hidden layers, or one for each (see `ACTIVATIONS`; ``logistic`` is an alias of ``sigmoid``).
    initializer : str
        See `INITIALIZERS`; ``auto`` is He (normal) for the ReLU family and Xavier (normal) for the others, layer by layer.
    initial_scale : float
        Factor of ``random_normal`` (its standard deviation) and ``random_uniform`` (its half width).

    Raises
    ------
    SpecError
        If a value is out of range or a name is unknown.

    Examples
    --------
    >>> Network(inputs=2, hidden=(20, 3), outputs=1).widths
    (2, 20, 3, 1)
    """

    inputs: int
    hidden: tuple[int, ...] = (100,)
    outputs: int = 1
    activation: str | tuple[str, ...] = "relu"
    initializer: str = "auto"
    initial_scale: float = 0.01

    def __post_init__(self) -> None:
        """Validate, and spell aliases out."""
        self._to_python()
        if not isinstance(self.hidden, tuple):
            raise SpecTypeError(f"hidden must be a sequence of whole numbers, found {self.hidden!r}.")
        check_whole("inputs", self.inputs, 1)
        check_whole("outputs", self.outputs, 1)
        for number, units in enumerate(self.hidden, start=1):
            check_whole(f"hidden layer {number}", units, 1)
        names = self.activation
        if not isinstance(names, str):
            if len(names) != len(self.hidden):
                raise SpecError(
                    f"activation must be one name or one for each of the {counted(len(self.hidden), 'hidden layer')}, found {len(names)}."
                )
        for name in (names,) if isinstance(names, str) else names:
            check_choice("activation", name, (*ACTIVATIONS, *ACTIVATION_ALIASES))
        if isinstance(names, str):
            object.__setattr__(self, "activation", ACTIVATION_ALIASES.get(names, names))
        else:
            object.__setattr__(self, "activation", tuple(ACTIVATION_ALIASES.get(name, name) for name in names))
        check_choice("initializer", self.initializer, INITIALIZERS)
        check_number("initial_scale", self.initial_scale, 0.0)

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of every layer, the input first."""
        return (self.inputs, *self.hidden, self.outputs)

    @property
    def activations(self) -> tuple[str, ...]:
        """One activation name for each hidden layer."""
        if isinstance(self.activation, str):
            return (self.activation,) * len(self.hidden)
        return self.activation

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """(fan in, fan out) of each layer with weights."""
        return tuple(zip(self.widths[:-1], self.widths[1:], strict=True))
