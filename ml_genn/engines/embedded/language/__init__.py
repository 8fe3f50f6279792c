"""Typed trees of the GeNN modelling language, from code strings; knows nothing of engines or networks."""
