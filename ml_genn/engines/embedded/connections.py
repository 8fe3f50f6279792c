"""Connectivity rules of users as what the plan connects."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ml_genn.access import SynapseMatrixConnectivity, SynapseMatrixType, SynapseMatrixWeight, VarAccess
from ml_genn.engines.embedded.declarations import refuse_unknown
from ml_genn.engines.embedded.library.connectivity import SPARSE_SNIPPETS, TOEPLITZ_SNIPPETS
from ml_genn.engines.embedded.models import WeightUpdateModel
from ml_genn.engines.embedded.parts import checked_params, parameter_values
from ml_genn.engines.embedded.plan.description import (
    DenseSynapses,
    FixedProbabilitySynapses,
    FixedTotalSynapses,
    GlobalParameter,
    OneToOneSynapses,
    SnippetSynapses,
    Synapses,
)
from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity
from ml_genn.engines.embedded.snippets import SparseConnectivityInit, ToeplitzConnectivityInit
from ml_genn.errors import DescriptionError, UnsupportedError

Tables = Mapping[str, np.ndarray | None]
Rule = SparseConnectivityInit | ToeplitzConnectivityInit

_STORED: dict[SynapseMatrixType, SynapseMatrixType] = {
    SynapseMatrixType.BITMASK: SynapseMatrixType.SPARSE,
    SynapseMatrixType.PROCEDURAL: SynapseMatrixType.SPARSE,
    SynapseMatrixType.DENSE_PROCEDURALG: SynapseMatrixType.DENSE,
    SynapseMatrixType.PROCEDURAL_KERNELG: SynapseMatrixType.TOEPLITZ,
}
_CHANGING = ("synapse_dynamics_code", "post_spike_syn_code", "post_event_syn_code")


def matrix_type(where: str, given: SynapseMatrixType | str) -> SynapseMatrixType:
    """The matrix type by name or value."""
    if isinstance(given, str):
        refuse_unknown(f"{where}: matrix type", (given,), [kind.name for kind in SynapseMatrixType])
        return SynapseMatrixType[given]
    return SynapseMatrixType(int(given))


def stored_as(kind: SynapseMatrixType) -> SynapseMatrixType:
    """DENSE, SPARSE or TOEPLITZ: other types, by which GPUs save memory, are one of these here, made when built."""
    return _STORED.get(kind, kind)


def check_weights(where: str, kind: SynapseMatrixType, model: WeightUpdateModel) -> None:
    """A model must not ask of synapses what PyGeNN's matrix type has no memory for, or cannot run."""
    if kind == SynapseMatrixType.BITMASK and model.vars:
        raise DescriptionError(
            f"{where}: synapses of a BITMASK matrix have no variables of their own, but '{model.name}' has "
            f"'{model.vars[0].name}'; use SPARSE"
        )
    if not kind & (SynapseMatrixConnectivity.PROCEDURAL | SynapseMatrixWeight.PROCEDURAL):
        return
    changing = [var.name for var in model.vars if var.access is not VarAccess.READ_ONLY]
    if changing and kind & SynapseMatrixWeight.PROCEDURAL:
        raise DescriptionError(
            f"{where}: variables of a {kind.name} matrix must be READ_ONLY, and '{changing[0]}' is not; "
            f"use {stored_as(kind).name}"
        )
    codes = [code for code in _CHANGING if getattr(model, code).strip()]
    if codes and kind & SynapseMatrixConnectivity.PROCEDURAL:
        raise DescriptionError(f"{where}: {codes[0]} cannot run on a {kind.name} matrix; use {stored_as(kind).name}")


def from_rule(
    where: str, kind: SynapseMatrixType, rule: Rule | None, dt: float, tables: Tables | None = None
) -> Synapses | None:
    """What a connectivity initialiser connects; None where connections still have to be listed.

    `tables` are the values of extra global parameters that a snippet's code indexes.
    """
    if stored_as(kind) == SynapseMatrixType.DENSE and rule is None:
        return DenseSynapses()
    if kind == SynapseMatrixType.SPARSE and rule is None:
        return None
    if kind == SynapseMatrixType.PROCEDURAL_KERNELG and isinstance(rule, SparseConnectivityInit):
        return _procedural_kernel(where, rule)
    if stored_as(kind) == SynapseMatrixType.SPARSE and isinstance(rule, SparseConnectivityInit):
        return sparse(where, rule, dt, tables or {})
    if kind == SynapseMatrixType.TOEPLITZ and isinstance(rule, ToeplitzConnectivityInit):
        return toeplitz(where, rule)
    raise DescriptionError(f"{where}: the connectivity initialiser of a {kind.name} matrix must be {_EXPECTED[kind]}")


_EXPECTED = {
    SynapseMatrixType.DENSE: "none",
    SynapseMatrixType.DENSE_PROCEDURALG: "none",
    SynapseMatrixType.SPARSE: "init_sparse_connectivity(...) or none",
    SynapseMatrixType.BITMASK: "init_sparse_connectivity(...)",
    SynapseMatrixType.PROCEDURAL: "init_sparse_connectivity(...)",
    SynapseMatrixType.PROCEDURAL_KERNELG: "init_sparse_connectivity(...)",
    SynapseMatrixType.TOEPLITZ: "init_toeplitz_connectivity(...)",
}


def _procedural_kernel(where: str, init: SparseConnectivityInit) -> ConvolutionConnectivity:
    """Synapses that share entries of a kernel as a convolution does, which is the only built-in way."""
    snippet = init.snippet
    if snippet is not SPARSE_SNIPPETS["Conv2D"]:
        raise UnsupportedError(
            f"{where}: a PROCEDURAL_KERNELG matrix needs the snippet Conv2D, not '{snippet.name}'; use SPARSE, and "
            "init_var('Kernel') for synapses that start from entries of a kernel"
        )
    return _convolution(
        {name: int(value) for name, value in checked_params(where, snippet.params, init.params).items()}
    )


def sparse(where: str, init: SparseConnectivityInit, dt: float, tables: Tables) -> Synapses:
    """What a sparse connectivity initialiser connects."""
    snippet = init.snippet
    params = checked_params(f"{where} ({snippet.name})", snippet.params, init.params)
    code = snippet.row_build_code or snippet.col_build_code
    if code or SPARSE_SNIPPETS.get(snippet.name) is not snippet:
        parameters = parameter_values(snippet.params, snippet.derived_params, params, dt)
        pointers = tuple(
            GlobalParameter(one.name, one.type, tables.get(one.name)) for one in snippet.extra_global_params
        )
        kernel = () if snippet.kernel_size is None else tuple(int(size) for size in snippet.kernel_size(params))
        return SnippetSynapses(code, not snippet.row_build_code, parameters, pointers, kernel)
    if snippet.name == "OneToOne":
        return OneToOneSynapses()
    if snippet.name == "FixedNumberTotalWithReplacement":
        return FixedTotalSynapses(int(params["num"]))
    probability = float(params["prob"])
    if not 0.0 <= probability <= 1.0:
        raise DescriptionError(f"{where}: the probability of {snippet.name} must lie in [0, 1], got {probability}")
    return FixedProbabilitySynapses(probability, self_connections=snippet.name == "FixedProbability")


def toeplitz(where: str, init: ToeplitzConnectivityInit) -> ConvolutionConnectivity:
    """The convolution that a Toeplitz connectivity initialiser describes."""
    snippet = init.snippet
    if TOEPLITZ_SNIPPETS.get(snippet.name) is not snippet:
        raise UnsupportedError(
            f"{where}: Toeplitz connectivity snippets of your own ('{snippet.name}') are not supported yet; "
            f"use one of {', '.join(TOEPLITZ_SNIPPETS)}"
        )
    where = f"{where} ({snippet.name})"
    given = checked_params(where, snippet.params, init.params, snippet.optional)
    numbers = {name: int(value) for name, value in given.items()}
    for name, value in numbers.items():
        if value < 0 if name.startswith("conv_pad") else value < 1:
            raise DescriptionError(f"{where}: {name} must be positive, got {value}")
    return _average_pooled(where, numbers) if snippet.name == "AvgPoolConv2D" else _convolution(numbers)


def _convolution(numbers: dict[str, int]) -> ConvolutionConnectivity:
    in_shape = (numbers["conv_ih"], numbers["conv_iw"], numbers["conv_ic"])
    strides = (numbers.get("conv_sh", 1), numbers.get("conv_sw", 1))
    kernel = (numbers["conv_kh"], numbers["conv_kw"])
    out_shape = (numbers["conv_oh"], numbers["conv_ow"], numbers["conv_oc"])
    default = [_padding(*sizes) for sizes in zip(in_shape[:2], kernel, out_shape[:2], strides, strict=True)]
    padding = (numbers.get("conv_padh", default[0]), numbers.get("conv_padw", default[1]))
    return ConvolutionConnectivity(in_shape, in_shape, out_shape, kernel, strides, padding)


def _average_pooled(where: str, numbers: dict[str, int]) -> ConvolutionConnectivity:
    pool = (numbers["pool_kh"], numbers["pool_kw"])
    if pool != (numbers["pool_sh"], numbers["pool_sw"]):
        raise UnsupportedError(
            f"{where}: the stride of pooling must equal its size, {pool}; others are not supported yet"
        )
    pre_shape = (numbers["pool_ih"], numbers["pool_iw"], numbers["pool_ic"])
    in_shape = (pre_shape[0] // pool[0], pre_shape[1] // pool[1], pre_shape[2])
    kernel = (numbers["conv_kh"], numbers["conv_kw"])
    out_shape = (numbers["conv_oh"], numbers["conv_ow"], numbers["conv_oc"])
    padding = tuple(_padding(*sizes, 1) for sizes in zip(in_shape[:2], kernel, out_shape[:2], strict=True))
    return ConvolutionConnectivity(pre_shape, in_shape, out_shape, kernel, (1, 1), (padding[0], padding[1]), pool)


def _padding(size: int, kernel: int, out: int, stride: int) -> int:
    """PyGeNN's rule: half of what the output needs beyond the input, the larger half before it."""
    total = (out - 1) * stride + kernel - size
    return -(-total // 2)
