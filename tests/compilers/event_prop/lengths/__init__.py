"""Examples whose trials have fewer timesteps than others of their batch, beside compilers for just as many.

What has to agree are bits, not numbers: nothing of what an example computes may depend on the others' lengths.
"""
