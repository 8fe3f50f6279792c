"""Encoding of data as spikes, by the import path of earlier versions."""

from ml_genn.data.spikes import PreprocessedSpikes as PreprocessedSpikes
from ml_genn.data.spikes import linear_latency_encode_data as linear_latency_encode_data
from ml_genn.data.spikes import log_latency_encode_data as log_latency_encode_data
from ml_genn.data.spikes import preprocess_spikes as preprocess_spikes
