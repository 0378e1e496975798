"""Kernels are laid out for the processor that Numba compiles for, and agree with the reference on each."""

import os
import subprocess
import sys

import pytest
from numba.core.registry import cpu_target

from wellfit.engines.kernels.processor import IS_FUSED, VECTOR_BYTES, vectors_of

TRIPLE = cpu_target.target_context.codegen().magic_tuple()[0]
is_x86 = pytest.mark.skipif(not TRIPLE.startswith("x86_64"), reason=f"names processors of another architecture than {TRIPLE}")

PROCESSORS = {"nehalem": (32, False), "haswell": (32, True), "znver3": (32, True), "skylake-avx512": (64, True), "znver4": (64, True)}


@is_x86
@pytest.mark.parametrize("name", PROCESSORS)
def test_vectors_of_a_processor(name):
    assert vectors_of(TRIPLE, name, "") == PROCESSORS[name]


def test_kernels_are_laid_out_for_the_processor_at_hand():
    assert vectors_of(*cpu_target.target_context.codegen().magic_tuple()) == (VECTOR_BYTES, IS_FUSED)


@is_x86
def test_kernels_follow_the_processor_that_numba_compiles_for():
    code = "from wellfit.engines.kernels.processor import IS_FUSED, VECTOR_BYTES; print(VECTOR_BYTES, IS_FUSED)"
    environment = os.environ | {"NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["32", "False"]
