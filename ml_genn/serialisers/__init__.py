"""Saving networks and reading them back."""

from .network_file import SavedNetwork as SavedNetwork
from .network_file import load_network as load_network
from .network_file import save_network as save_network
