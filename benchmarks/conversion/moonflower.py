"""mnist_moonflower_keras on the whole MNIST test set, few-spike with 8 and 4 bits.

python benchmarks/conversion/moonflower.py
"""

from __future__ import annotations

from common import Bar, finish, moonflower, peak_memory_mib, row, run

BARS = {8: (0.9915, 0.999), 4: (0.9910, 0.998)}
SECONDS, MIB = 15.0, 2048.0

if __name__ == "__main__":
    job = moonflower()
    rows, bars = [], []
    for k, (accuracy, agreement) in BARS.items():
        result = run(job, method="few-spike", k=k)
        rows.append(row(f"K = {k}", result))
        bars.append(Bar(f"K = {k}: accuracy at least {100 * accuracy:.2f} %", result.snn.accuracy >= accuracy))
        bars.append(Bar(f"K = {k}: agreement at least {100 * agreement:.1f} %", (result.agreement or 0) >= agreement))
        if k == 8 and result.timing is not None:
            bars.append(Bar(f"K = 8: simulation under {SECONDS:g} s", result.timing.simulation_seconds < SECONDS))
    bars.append(Bar(f"memory under {MIB:,.0f} MiB, TensorFlow included", peak_memory_mib() < MIB))
    finish("moonflower", "mnist_moonflower_keras, few-spike, 10,000 MNIST test images", rows, bars)
