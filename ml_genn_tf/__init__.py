"""Convert trained Keras models into spiking networks."""
