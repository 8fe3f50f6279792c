"""Input neurons: how a batch of examples reaches the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

import numpy as np

from ..access import VarAccess
from ..errors import DataError
from ..model import ExtraGlobalParam, NeuronModel, Param, Var
from ..values import Value


class Input(ABC):
    """A neuron that takes input data."""

    @abstractmethod
    def set_input(self, genn_pop: Any, batch_size: int, shape: tuple[int, ...], input: Any) -> None:
        """Give the engine a batch of examples.

        Args:
            genn_pop: the engine's neuron group.
            batch_size: examples per batch; fewer are filled up with empty ones.
            shape: shape of the population.
            input: the examples.

        Raises:
            DataError: the data do not fit the population.
        """

    def on_clock(self, input: Any, dt: float) -> Any:
        """Examples with their times as the engine's clock can meet them; input that has no times stays as it is.

        Args:
            input: the examples.
            dt: timestep [ms].
        """
        return input


class InputBase(Input):
    """Input given as an array: one value per neuron, held for the whole trial, or one per frame.

    Static input has shape (examples,) + population shape; for a batch size of 1 the first axis may be left out.
    Input of several frames has a further axis after the first: (examples, frames) + population shape; the frame shown
    at time t is min(t / (input_frame_timesteps dt), input_frames - 1), rounded down.

    Args:
        input_frames: frames per example.
        input_frame_timesteps: timesteps that each frame is shown for.
    """

    input_frames = Value(whole=True, low=1)
    input_frame_timesteps = Value(whole=True, low=1)
    input_name = "Input"

    def __init__(self, input_frames: int = 1, input_frame_timesteps: int = 1) -> None:
        self.input_frames = input_frames
        self.input_frame_timesteps = input_frame_timesteps

    def add_input_logic(self, model: NeuronModel, batch_size: int, shape: tuple[int, ...]) -> NeuronModel:
        """A copy of `model` in whose code the word Input is the present input of the neuron."""
        if self.input_frames == 1:
            return model.with_var(Var(self.input_name, 0.0, access=VarAccess.READ_ONLY_DUPLICATE))
        frames = np.zeros((self.input_frames, batch_size, *shape), np.float32).ravel()
        lookup = (
            # in whole timesteps, because t / dt may lie just below a whole number
            f"const int InputFrame = min(((int)((t / dt) + 0.5)) / InputFrameTimesteps, {self.input_frames - 1});\n"
            f"const int InputRow = (InputFrame * {batch_size}) + batch;\n"
            f"const scalar {self.input_name} = InputFrames[(InputRow * num_neurons) + id];\n"
        )
        return replace(
            model,
            sim_code=lookup + model.sim_code,
            params=(*model.params, Param("InputFrameTimesteps", self.input_frame_timesteps, "int")),
            extra_global_params=(*model.extra_global_params, ExtraGlobalParam("InputFrames", frames)),
        )

    def set_input(self, genn_pop: Any, batch_size: int, shape: tuple[int, ...], input: Any) -> None:
        frame_axis = () if self.input_frames == 1 else (self.input_frames,)
        values = fill_batch(input, batch_size, shape, frame_axis)
        if self.input_frames == 1:
            variable = genn_pop.vars[self.input_name]
            variable.view[:] = values.reshape(variable.view.shape)
        else:
            variable = genn_pop.extra_global_params["InputFrames"]
            variable.view[:] = values.swapaxes(0, 1).ravel()
        variable.push_to_device()


def fill_batch(input: Any, batch_size: int, shape: tuple[int, ...], frame_axis: tuple[int, ...] = ()) -> np.ndarray:
    """The examples as an array of shape (batch_size,) + frame_axis + shape, missing ones zero.

    Raises:
        DataError: dtype or shape do not fit.
    """
    values = np.asarray(input)
    if values.dtype.kind not in "biuf":
        raise DataError(f"input must be an array of real numbers, got dtype {values.dtype}")
    if batch_size == 1 and values.shape == (*frame_axis, *shape):
        values = values[np.newaxis]
    axes = len(frame_axis)
    if values.shape[1 + axes :] != shape or values.ndim != 1 + axes + len(shape):
        raise DataError(f"Input shape {values.shape} does not match population shape {shape}" + _hint(frame_axis))
    if frame_axis and values.shape[1] != frame_axis[0]:
        raise DataError(f"Input shape {values.shape} does not match timesteps {frame_axis[0]}")
    if values.shape[0] > batch_size:
        raise DataError(f"Input shape {values.shape} does not match batch size {batch_size}")
    if values.shape[0] == batch_size:
        return values
    filled = np.zeros((batch_size, *values.shape[1:]), values.dtype)
    filled[: values.shape[0]] = values
    return filled


def _hint(frame_axis: tuple[int, ...]) -> str:
    if frame_axis:
        return f"; expected (examples, {frame_axis[0]} frames) + population shape"
    return "; expected (examples,) + population shape; for input that varies in time give the neuron input_frames"
