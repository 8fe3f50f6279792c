"""Says why a spiking network differs from the ANN that it came from, layer by layer."""
