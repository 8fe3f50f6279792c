"""Engines that execute GeNN model descriptions: the embedded one, and real PyGeNN where it is installed."""
