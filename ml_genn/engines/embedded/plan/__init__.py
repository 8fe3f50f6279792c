"""From a model description to a plan: arrays, kernels and the order in which a step runs them."""
