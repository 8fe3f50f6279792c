"""cifar10_mlcommons_resnet8 on the 1,915 bit-exact CIFAR-10 test images, few-spike with 10 bits.

python benchmarks/conversion/resnet8.py
"""

from __future__ import annotations

from common import Bar, finish, resnet8, row, run

POINTS, AGREEMENT = 0.003, 0.995

if __name__ == "__main__":
    result = run(resnet8(), method="few-spike", k=10)
    difference = abs(result.snn.accuracy - result.ann.accuracy) if result.ann else 1.0
    bars = [
        Bar(f"within {100 * POINTS:.1f} points of the model", difference <= POINTS),
        Bar(f"agreement at least {100 * AGREEMENT:.1f} %", (result.agreement or 0) >= AGREEMENT),
    ]
    title = "cifar10_mlcommons_resnet8, few-spike, 1,915 CIFAR-10 test images"
    finish("resnet8", title, [row("K = 10", result)], bars)
