"""Communicators: several processes, called ranks, that work on one task."""

from .communicator import Communicator as Communicator
from .mpi import MPI as MPI
