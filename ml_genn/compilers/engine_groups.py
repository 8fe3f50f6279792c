"""From model descriptions to groups of an engine's model."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, final

import numpy as np

from ..connection import Connection
from ..connectivity import ConnectivitySnippet
from ..errors import ShapeError, UnsupportedError
from ..model import CustomUpdateModel, NeuronModel, Param, SynapseModel, Var, VarRef, WeightUpdateModel
from ..population import Population
from ..values import is_initializer
from .delays import longest_delay

MAX_DELAY = 65535


def in_letters_of_c(name: str) -> str:
    """`name` with an underscore for all that no identifier in C may hold."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


@final
class EngineGroups:
    """Adds groups to a model of an engine.

    Args:
        engine: what `engines.select.get_engine` returned.
        genn_model: the model to add groups to.
    """

    def __init__(self, engine: Any, genn_model: Any) -> None:
        self.engine = engine
        self.genn_model = genn_model
        self._names: set[str] = set()
        self._models: list[Any] = []  # PyGeNN's groups do not keep their models alive

    def unique_name(self, name: str) -> str:
        """`name` as a C identifier that no other group of the model has."""
        base = in_letters_of_c(name)
        base = f"_{base}" if not base or base[0].isdigit() else base
        candidate, count = base, 1
        while candidate in self._names:
            count += 1
            candidate = f"{base}_{count}"
        self._names.add(candidate)
        return candidate

    def add_population(self, population: Population, model: NeuronModel) -> Any:
        """Add a neuron group."""
        return self._add_neurons(population.name, population.known_shape, model)

    def add_store(self, name: str, variables: tuple[Var, ...], count: int) -> Any:
        """Add a group that holds `count` numbers of each variable for custom updates, as neurons that do nothing."""
        return self._add_neurons(name, (count,), NeuronModel(vars=variables))

    def _add_neurons(self, owner: str, shape: tuple[int, ...], model: NeuronModel) -> Any:
        name = self.unique_name(owner)
        genn = self.engine.create_neuron_model(
            f"{name}Neuron",
            params=_declared(model.params),
            vars=[(var.name, var.type, var.access) for var in model.vars],
            sim_code=model.sim_code,
            threshold_condition_code=model.threshold_condition_code or None,
            reset_code=model.reset_code or None,
            extra_global_params=[(item.name, item.type) for item in model.extra_global_params],
            additional_input_vars=[(name, "scalar", 0.0) for name in model.input_vars],
        )
        values = {var.name: self._neuron_value(owner, shape, var) for var in model.vars}
        self._models.append(genn)
        group = self.genn_model.add_neuron_population(name, math.prod(shape), genn, _values(model.params), values)
        for param in model.params:
            if param.dynamic:
                group.set_param_dynamic(param.name)
        for item in model.extra_global_params:
            group.extra_global_params[item.name].set_init_values(item.value)
        self._set_initializer_arrays(model.vars, group.vars)
        return group

    def add_connection(
        self,
        connection: Connection,
        groups: tuple[Any, Any],
        snippet: ConnectivitySnippet,
        weight_update: WeightUpdateModel,
        synapse: SynapseModel,
    ) -> Any:
        """Add a synapse group between two neuron groups."""
        name = self.unique_name(connection.name)
        order = _synapse_order(snippet)
        extra: list[Any] = []
        if snippet.matrix_type == "TOEPLITZ":
            extra.append(self.engine.init_toeplitz_connectivity(snippet.init, dict(snippet.init_params)))
        elif snippet.init is not None:
            extra.append(self.engine.init_sparse_connectivity(snippet.init, dict(snippet.init_params)))
        group = self.genn_model.add_synapse_population(
            name,
            snippet.matrix_type,
            *groups,
            self._init_weight_update(name, weight_update, order, groups),
            self._init_postsynaptic(name, connection.describe(), connection.ends[1].known_shape, synapse),
            *extra,
        )
        group.pre_target_var = weight_update.pre_target
        if snippet.indices is not None:
            pre, post = (np.asarray(index)[order] for index in snippet.indices)
            group.set_sparse_connections(pre, post)
        self._set_initializer_arrays(weight_update.vars, group.vars)
        _set_delay(connection, group, snippet, weight_update)
        return group

    def add_plain_sum(
        self,
        name: str,
        groups: tuple[Any, Any],
        weight_update: WeightUpdateModel,
        synapse: SynapseModel,
        target: str,
        delay: int,
    ) -> None:
        """Connect all neurons of one group to all of another, with models without variables, to its input `target`."""
        name = self.unique_name(name)
        group = self.genn_model.add_synapse_population(
            name,
            "DENSE",
            *groups,
            self._init_weight_update(name, weight_update, None, groups),
            self._init_postsynaptic(name, name, (), synapse),
        )
        group.post_target_var = target
        group.axonal_delay_steps = delay

    def add_custom_update(self, population: Population, group_name: str, group: Any, model: CustomUpdateModel) -> Any:
        """Add a custom update of a population's variables, run by the name `group_name`."""
        values = {var.name: self._neuron_value(population.name, population.known_shape, var) for var in model.vars}
        refs = {ref.name: self.engine.create_var_ref(group, ref.target) for ref in model.var_refs}
        return self._add_update(f"{group_name}{population.name}", group_name, model, values, refs)

    def add_update(self, name: str, group_name: str, model: CustomUpdateModel) -> Any:
        """Add a custom update whose references the engine has made, run by the name `group_name`."""
        values = {var.name: self._value(var, var.value) for var in model.vars}
        return self._add_update(name, group_name, model, values, {ref.name: ref.target for ref in model.var_refs})

    def _add_update(
        self, name: str, group_name: str, model: CustomUpdateModel, values: dict[str, Any], refs: dict[str, Any]
    ) -> Any:
        name = self.unique_name(name)
        genn = self.engine.create_custom_update_model(
            f"{name}Update",
            params=_declared(model.params),
            vars=[(var.name, var.type, var.access) for var in model.vars],
            var_refs=[(ref.name, ref.type, ref.access) for ref in model.var_refs],
            update_code=model.update_code,
        )
        self._models.append(genn)
        group = self.genn_model.add_custom_update(name, group_name, genn, _values(model.params), values, refs)
        for param in model.params:
            if param.dynamic:
                group.set_param_dynamic(param.name)
        return group

    def _init_weight_update(
        self, name: str, model: WeightUpdateModel, order: np.ndarray | None, groups: tuple[Any, Any]
    ) -> Any:
        genn = self.engine.create_weight_update_model(
            f"{name}WeightUpdate",
            params=_declared(model.params),
            vars=[(var.name, var.type, var.access) for var in model.vars],
            pre_neuron_var_refs=_refs(model.pre_neuron_var_refs),
            post_neuron_var_refs=_refs(model.post_neuron_var_refs),
            pre_spike_syn_code=model.pre_spike_syn_code or None,
            pre_event_threshold_condition_code=model.pre_event_threshold_condition_code or None,
            pre_event_syn_code=model.pre_event_syn_code or None,
        )
        self._models.append(genn)
        values = {var.name: self._value(var, _reordered(var.value, order)) for var in model.vars}
        pre_refs, post_refs = (
            {ref.name: self.engine.create_var_ref(group, ref.target) for ref in refs}
            for group, refs in zip(groups, (model.pre_neuron_var_refs, model.post_neuron_var_refs), strict=True)
        )
        return self.engine.init_weight_update(
            genn, _values(model.params), values, pre_var_refs=pre_refs, post_var_refs=post_refs
        )

    def _init_postsynaptic(self, name: str, owner: str, shape: tuple[int, ...], model: SynapseModel) -> Any:
        genn = self.engine.create_postsynaptic_model(
            f"{name}Postsynaptic",
            params=_declared(model.params),
            vars=[(var.name, var.type, var.access) for var in model.vars],
            sim_code=model.sim_code,
        )
        self._models.append(genn)
        values = {var.name: self._neuron_value(owner, shape, var) for var in model.vars}
        return self.engine.init_postsynaptic(genn, _values(model.params), values)

    def _neuron_value(self, owner: str, shape: tuple[int, ...], var: Var) -> Any:
        if not isinstance(var.value, np.ndarray):
            return self._value(var, var.value)
        if var.value.size == math.prod(shape):
            return var.value.ravel()
        try:
            return np.broadcast_to(var.value, shape).ravel()
        except ValueError:
            raise ShapeError(
                f"{owner}: the values of {var.name} have shape {var.value.shape}, the population has shape {shape}"
            ) from None

    def _value(self, var: Var, value: Any) -> Any:
        if not is_initializer(value):
            return value.ravel() if isinstance(value, np.ndarray) else _number(value, var.type)
        snippet = value.get_snippet()
        return self.engine.init_var(snippet.snippet, dict(snippet.param_vals))

    @staticmethod
    def _set_initializer_arrays(variables: Iterable[Var], group_vars: Any) -> None:
        for var in variables:
            if is_initializer(var.value):
                for name, values in var.value.get_snippet().egp_vals.items():
                    group_vars[var.name].extra_global_params[name].set_init_values(np.asarray(values))


def _set_delay(connection: Connection, group: Any, snippet: ConnectivitySnippet, model: WeightUpdateModel) -> None:
    """Constant delays are axonal; those of single synapses need a ring for the longest of them."""
    longest = longest_delay(connection, snippet.delay)
    if longest > MAX_DELAY:
        raise UnsupportedError(f"{connection.describe()}: delays above {MAX_DELAY} timesteps are not supported")
    if model.longest_delay is None:
        group.axonal_delay_steps = longest
    else:
        group.max_dendritic_delay_timesteps = 1 + model.longest_delay


def _synapse_order(snippet: ConnectivitySnippet) -> np.ndarray | None:
    """Order by (pre, post) for synapses given one by one."""
    return None if snippet.indices is None else np.lexsort(snippet.indices[::-1])


def _reordered(value: Any, order: np.ndarray | None) -> Any:
    return value if order is None or not isinstance(value, np.ndarray) else value[order]


def _declared(params: Iterable[Param]) -> list[tuple[str, str]]:
    return [(param.name, param.type) for param in params]


def _values(params: Iterable[Param]) -> dict[str, float]:
    return {param.name: _number(param.value, param.type) for param in params}


def _number(value: Any, kind: str) -> Any:
    return int(value) if "int" in kind else float(value)


def _refs(refs: Iterable[VarRef]) -> list[tuple[str, str, Any]]:
    return [(ref.name, ref.type, ref.access) for ref in refs]
