"""Encoding of data as spikes and handling of data sets, by the import path of earlier versions."""

from ml_genn.data.dictionaries import batch_dataset as batch_dataset
from ml_genn.data.dictionaries import get_dataset_size as get_dataset_size
from ml_genn.data.dictionaries import permute_dataset as permute_dataset
from ml_genn.data.dictionaries import split_dataset as split_dataset
from ml_genn.data.latency import linear_latency_encode_data as linear_latency_encode_data
from ml_genn.data.latency import log_latency_encode_data as log_latency_encode_data
from ml_genn.data.spikes import PreprocessedSpikes as PreprocessedSpikes
from ml_genn.data.spikes import batch_spikes as batch_spikes
from ml_genn.data.spikes import calc_latest_spike_time as calc_latest_spike_time
from ml_genn.data.spikes import calc_max_spikes as calc_max_spikes
from ml_genn.data.spikes import calc_start_spikes as calc_start_spikes
from ml_genn.data.spikes import preprocess_spikes as preprocess_spikes
from ml_genn.data.tonic import preprocess_tonic_spikes as preprocess_tonic_spikes
from ml_genn.data.tonic import preprocess_tonic_spikes_separate as preprocess_tonic_spikes_separate
from ml_genn.data.yin_yang import generate_yin_yang_dataset as generate_yin_yang_dataset
