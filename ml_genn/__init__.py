"""Describe spiking networks, compile them and run them on a GeNN engine."""
