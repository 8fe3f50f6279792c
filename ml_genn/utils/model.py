"""Checked descriptions of GeNN models, for neurons, synapses, losses and readouts of your own."""

from ..model import CustomUpdateModel as CustomUpdateModel
from ..model import NeuronModel as NeuronModel
from ..model import SynapseModel as SynapseModel
from ..model import WeightUpdateModel as WeightUpdateModel
