"""Checked descriptions of GeNN models: code strings, and the parameters and variables they use, with their values.

Values are numbers, numpy arrays (one number per neuron or synapse) or Initializer objects. All classes are immutable;
readouts and compilers extend a model by asking for a copy with something added.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from .access import CustomUpdateVarAccess, VarAccess, VarAccessMode
from .errors import DescriptionError

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z")


@final
@dataclass(frozen=True)
class Param:
    """A number that code reads by name; the same for all neurons or synapses.

    Args:
        dynamic: the number may be changed while the model is loaded.
    """

    name: str
    value: float
    type: str = "scalar"
    dynamic: bool = False


@final
@dataclass(frozen=True, eq=False)
class Var:
    """A number per neuron or synapse with its initial value: a number, an array or an Initializer."""

    name: str
    value: Any = 0.0
    type: str = "scalar"
    access: VarAccess | CustomUpdateVarAccess = VarAccess.READ_WRITE


@final
@dataclass(frozen=True, eq=False)
class ExtraGlobalParam:
    """An array of any length that code reads by index; `type` ends in "*"."""

    name: str
    value: np.ndarray
    type: str = "scalar*"


@final
@dataclass(frozen=True)
class VarRef:
    """Another group's variable `target`, which code reads or writes as `name`.

    Args:
        target: the variable's name in the one group that a model refers to, or a reference that the engine made.
    """

    name: str
    target: Any
    type: str = "scalar"
    access: VarAccessMode = VarAccessMode.READ_ONLY


@final
@dataclass(frozen=True, kw_only=True)
class NeuronModel:
    """What a population does in one step: `sim_code`, then a spike and `reset_code` where the threshold is reached.

    Args:
        output_var_name: the variable that readouts read.
        input_vars: further inputs besides Isyn, which start each step from 0; connections may be told to add to them.
        negative_event_var: a variable that is below zero in a step in which the neuron sends a negative spike.
    """

    sim_code: str = ""
    threshold_condition_code: str = ""
    reset_code: str = ""
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    output_var_name: str | None = None
    negative_event_var: str | None = None
    input_vars: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_names(self.params, self.vars, self.extra_global_params)

    def var(self, name: str) -> Var | None:
        """The variable called `name`, if there is one."""
        return next((var for var in self.vars if var.name == name), None)

    def with_var(self, var: Var) -> NeuronModel:
        """A copy with one more variable."""
        return replace(self, vars=(*self.vars, var))

    def with_param(self, param: Param) -> NeuronModel:
        """A copy with one more parameter."""
        return replace(self, params=(*self.params, param))

    def with_input_var(self, name: str) -> NeuronModel:
        """A copy with one more input besides Isyn."""
        return replace(self, input_vars=(*self.input_vars, name))

    def with_extra_global_param(self, param: ExtraGlobalParam) -> NeuronModel:
        """A copy with one more extra global parameter."""
        return replace(self, extra_global_params=(*self.extra_global_params, param))

    def with_sim_code(self, code: str) -> NeuronModel:
        """A copy that also runs `code` at the end of the step, before threshold and reset."""
        return replace(self, sim_code=f"{self.sim_code}\n{code}")

    def with_reset_code(self, code: str) -> NeuronModel:
        """A copy that also runs `code` after each spike."""
        return replace(self, reset_code=f"{self.reset_code}\n{code}")


@final
@dataclass(frozen=True, kw_only=True)
class SynapseModel:
    """A postsynaptic model: how the summed input `inSyn` of a connection reaches the neuron in each step."""

    sim_code: str
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()

    def __post_init__(self) -> None:
        check_names(self.params, self.vars)


@final
@dataclass(frozen=True, kw_only=True)
class WeightUpdateModel:
    """What a synapse does when its presynaptic neuron spikes or raises a spike-like event.

    Args:
        pre_target: the input of the presynaptic neuron that `addToPre` adds to.
        longest_delay: longest delay [timesteps] that the code gives to single synapses; None where it gives none, and a
            delay is that of all spikes of the presynaptic neuron.
    """

    pre_spike_syn_code: str = ""
    pre_event_threshold_condition_code: str = ""
    pre_event_syn_code: str = ""
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()
    pre_neuron_var_refs: tuple[VarRef, ...] = ()
    post_neuron_var_refs: tuple[VarRef, ...] = ()
    pre_target: str = "Isyn"
    longest_delay: int | None = None

    def __post_init__(self) -> None:
        check_names(self.params, self.vars, self.pre_neuron_var_refs, self.post_neuron_var_refs)


@final
@dataclass(frozen=True, kw_only=True)
class CustomUpdateModel:
    """Code that runs once per neuron on request, with references to the variables of a group."""

    update_code: str
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()
    var_refs: tuple[VarRef, ...] = ()

    def __post_init__(self) -> None:
        check_names(self.params, self.vars, self.var_refs)


def check_names(*members: Iterable[Param | Var | ExtraGlobalParam | VarRef]) -> None:
    """Check that all members of a model have names that code can use, each only once.

    Raises:
        DescriptionError: a name is no identifier or occurs twice.
    """
    seen: set[str] = set()
    for member in (member for group in members for member in group):
        if not _IDENTIFIER.match(member.name):
            raise DescriptionError(
                f"{member.name!r} cannot name a {type(member).__name__} of a model; use a C identifier"
            )
        if member.name in seen:
            raise DescriptionError(f"the model uses the name {member.name!r} twice; rename one of the two")
        seen.add(member.name)
