"""PyTorch's dense convolution 32x32x64 -> 64, 3x3, batch 32, channels last, one thread; times are per image."""

from __future__ import annotations

import torch
from serve import serve

BATCH, REPEATS = 32, 3


def main() -> None:
    """Answers until told to end."""
    torch.set_num_threads(1)
    layer = torch.nn.Conv2d(64, 64, 3, padding=1).to(memory_format=torch.channels_last)
    images = torch.rand(BATCH, 64, 32, 32).to(memory_format=torch.channels_last)

    def work() -> None:
        with torch.inference_mode():
            for _ in range(REPEATS):
                layer(images)

    serve(work, version=torch.__version__, images=BATCH * REPEATS, onednn=torch.backends.mkldnn.is_available())


main()
