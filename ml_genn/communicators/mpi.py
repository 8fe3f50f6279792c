"""Ranks that MPI started, as with `mpirun -n 4 python train.py`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, final

from ..errors import UnsupportedError
from .communicator import Communicator


@final
class MPI(Communicator):
    """All ranks of MPI's COMM_WORLD, by way of mpi4py.

    Raises:
        UnsupportedError: mpi4py is not installed, or finds no MPI library.
    """

    def __init__(self) -> None:
        try:
            mpi = import_module("mpi4py.MPI")
        except (ImportError, RuntimeError) as error:
            raise UnsupportedError(
                f"mpi4py is required to use MPI communicator, but cannot be imported ({error}); "
                "install an MPI library and `pip install mpi4py`"
            ) from error
        self._world = mpi.COMM_WORLD
        self._sum = mpi.SUM

    @property
    def rank(self) -> int:
        return int(self._world.Get_rank())

    @property
    def num_ranks(self) -> int:
        return int(self._world.Get_size())

    def barrier(self) -> None:
        self._world.Barrier()

    def broadcast(self, data: Any, root: int) -> Any:
        return self._world.bcast(data, root=root)

    def reduce_sum(self, value: Any) -> Any:
        return self._world.allreduce(value, op=self._sum)
