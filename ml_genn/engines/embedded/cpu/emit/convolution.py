"""Convolutions: by gathering where the code is plain arithmetic, else by scattering."""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.convolution_gather import convolution_gather
from ml_genn.engines.embedded.cpu.emit.convolution_scatter import convolution_scatter
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel
from ml_genn.engines.embedded.cpu.emit.tiles import is_arithmetic
from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity


def convolution(delivery: Delivery, connectivity: ConvolutionConnectivity) -> None:
    """Writes the loops of a convolution."""
    delivery.spikes(delivery.kernel.body)
    delivery.kernel.part("gen_num_post")
    sizes(delivery.kernel, connectivity, delivery.kernel.body)
    if is_arithmetic(delivery.propagation):
        convolution_gather(delivery, connectivity)
    else:
        convolution_scatter(delivery)


def sizes(kernel: Kernel, connectivity: ConvolutionConnectivity, out: Buffer) -> None:
    """Declares sizes, in 32 bits: divisions by them are then twice as fast."""
    numbers = {
        "channels": connectivity.in_shape[2],
        "pre_width": connectivity.pre_shape[1],
        "in_height": connectivity.in_shape[0],
        "in_width": connectivity.in_shape[1],
        "out_height": connectivity.out_shape[0],
        "out_width": connectivity.out_shape[1],
        "filters": connectivity.out_shape[2],
        "kernel_y": connectivity.kernel[0],
        "kernel_x": connectivity.kernel[1],
        "stride_y": connectivity.strides[0],
        "stride_x": connectivity.strides[1],
        "pad_y": connectivity.padding[0],
        "pad_x": connectivity.padding[1],
        "pool_height": connectivity.pool[0],
        "pool_width": connectivity.pool[1],
    }
    for name, value in numbers.items():
        out.line(f"const int32_t gen_{name} = (int32_t){kernel.size(name, value)};")
