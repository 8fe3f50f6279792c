"""Saving networks and reading them back, whole or as arrays by name."""

from ..registry import SERIALISERS
from .hdf5 import HDF5 as HDF5
from .network_file import SavedNetwork as SavedNetwork
from .network_file import load_network as load_network
from .network_file import save_network as save_network
from .numpy import Numpy as Numpy
from .serialiser import Serialiser as Serialiser

SERIALISERS.add(HDF5, Numpy)
default_serialisers = SERIALISERS.default_classes
