"""Run the tests as on an older x86-64 processor: ``python tests/as_processor.py haswell tests/engines -n 2``.

OpenBLAS, NumPy and the kernels then round as they do there. A processor older than the one named cannot imitate it, and one that is as
old needs no imitation: there the tests do not run again.
"""

import os
import subprocess
import sys

import numpy as np

# What the processor lacks, as the kernel's /proc/cpuinfo and NumPy name it.
PROCESSORS = {"haswell": ("avx512f", ("X86_V4", "AVX512")), "nehalem": ("avx2", ("X86_V3", "X86_V4", "AVX", "FMA", "F16C"))}


def main(name: str, *arguments: str) -> int:
    lacks, features = PROCESSORS[name]
    with open("/proc/cpuinfo") as file:
        flags = next((line.split() for line in file if line.startswith("flags")), [])
    if lacks not in flags:
        print(f"this processor has no {lacks} itself: its own tests cover what {name} would show")
        return 0
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    environment = os.environ | {
        "OPENBLAS_CORETYPE": name.capitalize(),
        "NUMBA_CPU_NAME": name,
        "NUMBA_CPU_FEATURES": "",
        "NPY_DISABLE_CPU_FEATURES": " ".join(feature for feature in found if feature.startswith(features)),
    }
    print(f"as on a {name}: {' '.join(arguments)}", flush=True)
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
