"""The gradients of EventProp's compiler beside those of exact spike times, rule by rule.

A row of the table (`rows`) is a network of the exact reference with a loss; `described` makes of it a network that the
compiler takes. `test_convergence`: as timesteps get shorter, gradients become the exact ones. `test_precision`: single
precision gives the gradients of double precision. `test_registries`: every rule that is registered has a row.
"""
