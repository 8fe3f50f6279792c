"""NIR, the Neuromorphic Intermediate Representation, in and out (Pedersen et al. 2024, doi:10.1038/s41467-024-52259-9).

A network becomes a graph whose nodes are differential equations and linear maps. `docs/nir.md` says how steps of time,
thresholds, resets and the order of neurons are told, so that another reader gets the same spikes.
"""

from .files import load_graph as load_graph
from .files import save_graph as save_graph
from .reading import ImportedNetwork as ImportedNetwork
from .reading import import_nir as import_nir
from .writing import export_nir as export_nir
