"""Moving numbers from rows to columns, a square of registers at a time.

    turn          out[c, r] = table[r, c]
    turn_rows     out[c, r] = table[rows[r], c]

A square of n x n numbers, n registers of n lanes, is transposed in log2(n) rounds of swaps between registers (Eklundh 1972,
"A fast computer method for matrix transposing"): one shuffle for n numbers where a loop needs n loads and n stores.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from wellfit.engines.kernels.vectors import WORD, Memory

# A square of 8 x 8 float32, or 4 x 4 float64: 32 bytes a register on every machine.
SQUARE_BYTES = 32
LANE = ir.IntType(32)


def _swap(builder: Any, a: Any, b: Any, distance: int) -> tuple[Any, Any]:
    """Exchange the lanes of a whose number has the bit `distance` with those of b whose number has it not."""
    n = a.type.count
    kind = ir.VectorType(LANE, n)
    upper = [lane if not lane & distance else n + lane - distance for lane in range(n)]
    lower = [lane + distance if not lane & distance else n + lane for lane in range(n)]
    return tuple(builder.shuffle_vector(a, b, ir.Constant(kind, order)) for order in (upper, lower))


def _transposed(builder: Any, square: list[Any]) -> list[Any]:
    """Return the columns of a square of vectors."""
    square, distance = list(square), len(square) // 2
    while distance:
        for row in range(len(square)):
            if not row & distance:
                square[row], square[row + distance] = _swap(builder, square[row], square[row + distance], distance)
        distance //= 2
    return square


def _vector_at(builder: Any, memory: Memory, offset: Any, kind: Any) -> Any:
    return builder.bitcast(builder.gep(memory.base, [offset]), kind.as_pointer())


def _move_square(builder: Any, table: Memory, starts: list[Any], out: Memory, place: Any, out_row: Any) -> None:
    """Read one vector at each start; write the transposed square at place, place + out_row, ..."""
    kind = ir.VectorType(table.element, len(starts))
    align = table.bits // 8
    read = [builder.load(_vector_at(builder, table, start, kind), align=align) for start in starts]
    for number, column in enumerate(_transposed(builder, read)):
        where = builder.add(place, builder.mul(out_row, ir.Constant(WORD, number)))
        builder.store(column, _vector_at(builder, out, where, kind), align=align)


@intrinsic
def turn_square(typing_context: Any, table: Any, start: Any, row: Any, out: Any, place: Any, out_row: Any) -> Any:
    """Emit turn_square(table, start, row, out, place, out_row): one square of rows `row` apart."""
    n = types.intp
    signature = types.void(table, n, n, out, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table_value, start, row, out_value, place, out_row = arguments
        table = Memory(builder, signature.args[0], table_value)
        out = Memory(builder, signature.args[3], out_value)
        side = SQUARE_BYTES * 8 // table.bits
        starts = [builder.add(start, builder.mul(row, ir.Constant(WORD, number))) for number in range(side)]
        _move_square(builder, table, starts, out, place, out_row)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def turn_rows_square(
    typing_context: Any, table: Any, width: Any, rows: Any, first: Any, column: Any, out: Any, place: Any, out_row: Any
) -> Any:
    """Emit turn_rows_square(table, width, rows, first, column, out, place, out_row): rows[first], rows[first + 1], ... of a table."""
    n = types.intp
    signature = types.void(table, n, rows, n, n, out, n, n)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table_value, width, rows, first, column, out_value, place, out_row = arguments
        table = Memory(builder, signature.args[0], table_value)
        out = Memory(builder, signature.args[5], out_value)
        side = SQUARE_BYTES * 8 // table.bits
        starts = []
        for number in range(side):
            index = builder.load(builder.gep(rows, [builder.add(first, ir.Constant(WORD, number))]))
            starts.append(builder.add(builder.mul(index, width), column))
        _move_square(builder, table, starts, out, place, out_row)
        return context.get_dummy_value()

    return signature, generate
