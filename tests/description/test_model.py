"""Checked model descriptions."""

from __future__ import annotations

import pytest

from ml_genn.errors import DescriptionError
from ml_genn.model import NeuronModel, Param, Var
from ml_genn.neurons import LeakyIntegrate, PoissonInput
from ml_genn.population import Population
from ml_genn.readouts import AvgVar, FirstSpikeTime, SpikeCount, SumVar
from ml_genn.readouts import Var as VarReadout


def test_names_must_be_identifiers() -> None:
    with pytest.raises(DescriptionError, match="'2V' cannot name a Var of a model; use a C identifier"):
        NeuronModel(vars=(Var("2V"),))


def test_names_occur_once() -> None:
    with pytest.raises(DescriptionError, match="the model uses the name 'V' twice; rename one of the two"):
        NeuronModel(vars=(Var("V"),), params=(Param("V", 1.0),))


def test_readouts_extend_a_copy() -> None:
    model = NeuronModel(vars=(Var("V"),), sim_code="V += Isyn;", output_var_name="V")
    extended = SumVar().add_readout_logic(model)
    assert model.var("VSum") is None
    assert extended.var("VSum") is not None
    assert extended.sim_code.endswith("VSum += V;")


@pytest.mark.parametrize(
    ("readout", "model", "message"),
    [
        (SumVar(), NeuronModel(), "SumVar readout can only be used with models with state variables"),
        (
            AvgVar(),
            NeuronModel(vars=(Var("V"),)),
            "AvgVar readout requires that models specify an output variable name",
        ),
        (
            VarReadout(),
            NeuronModel(vars=(Var("V"),), output_var_name="W"),
            "Model does not have variable W to read",
        ),
        (SpikeCount(), NeuronModel(vars=(Var("V"),)), "SpikeCount readout can only be used with spiking models"),
        (
            FirstSpikeTime(),
            NeuronModel(vars=(Var("V"),)),
            "FirstSpikeTime readout can only be used with spiking models",
        ),
    ],
)
def test_readout_that_does_not_fit(readout: SumVar, model: NeuronModel, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        readout.add_readout_logic(model)


def test_neuron_without_readout() -> None:
    with pytest.raises(DescriptionError, match="Cannot get readout from neuron without readout strategy"):
        LeakyIntegrate().get_readout(None, 1, (1,))


def test_input_that_varies_in_time_is_looked_up() -> None:
    population = Population(PoissonInput(input_frames=3, input_frame_timesteps=2), 4, add_to_model=False)
    model = population.neuron.get_model(population, 1.0, 5)
    assert model.extra_global_params[0].value.size == 3 * 5 * 4
