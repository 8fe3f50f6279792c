"""The public names, by the import paths that users of earlier versions know."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

import ml_genn
import ml_genn.runtime

NAMES = {
    "ml_genn": (
        "Connection InputLayer Layer Network Population SequentialNetwork callbacks communicators compilers "
        "connectivity initializers losses metrics neurons optimisers readouts serialisers synapses utils"
    ),
    "ml_genn.callbacks": (
        "BatchProgressBar Callback CallbackList Checkpoint ConnVarRecorder CustomUpdateOnBatchBegin "
        "CustomUpdateOnBatchEnd CustomUpdateOnEpochBegin CustomUpdateOnEpochEnd CustomUpdateOnTimestepBegin "
        "CustomUpdateOnTimestepEnd Decay EMASchedule EarlyStopping EaseIn OptimiserParamSchedule RunLog "
        "SilentNeuronLift SilentNeuronRewiring SpikeRecorder VarRecorder WeightAverage default_callbacks"
    ),
    "ml_genn.communicators": "Communicator MPI",
    "ml_genn.compilers": "Compiler EventPropCompiler FewSpikeCompiler InferenceCompiler Trainable loss_gradient",
    "ml_genn.connectivity": (
        "AvgPool2D AvgPoolConv2D AvgPoolDense2D Connectivity Conv2D Conv2DTranspose Dense FixedProbability MaxPool2D "
        "OneToOne Sparse default_connectivity"
    ),
    "ml_genn.evaluation": "evaluate_file",
    "ml_genn.initializers": "Initializer InitializerSnippet Normal Uniform Wrapper default_initializers",
    "ml_genn.losses": (
        "FirstSpikeCrossentropy LabelLoss Loss MeanSquareError PerTimestepCrossentropy RelativeMeanSquareError "
        "SparseCategoricalCrossentropy default_losses"
    ),
    "ml_genn.metrics": (
        "MeanAbsoluteError MeanSquareError Metric PerOutputMeanSquareError SparseCategoricalAccuracy "
        "SparseTopKCategoricalAccuracy default_metrics"
    ),
    "ml_genn.neurons": (
        "AdaptiveLeakyIntegrateFire BernoulliInput BinarySpikeInput CurrentInput FewSpikeMaxPool FewSpikeRelu "
        "FewSpikeReluInput Input InputBase IntegrateFire IntegrateFireInput LeakyIntegrate LeakyIntegrateFire "
        "LeakyIntegrateFireInput Neuron PoissonInput SignedIntegrateFire SpikeInput SpikeMaxPool default_neurons"
    ),
    "ml_genn.optimisers": "Adam AdamW Optimiser SGD default_optimisers",
    "ml_genn.readouts": ("AvgVar AvgVarExpWeight FirstSpikeTime MaxVar Readout SpikeCount SumVar Var default_readouts"),
    "ml_genn.serialisers": "HDF5 Numpy SavedNetwork Serialiser default_serialisers load_network save_network",
    "ml_genn.synapses": "Delta Exponential Synapse default_synapses",
    "ml_genn.utils.data": (
        "PreprocessedSpikes batch_dataset batch_spikes calc_latest_spike_time calc_max_spikes calc_start_spikes "
        "generate_yin_yang_dataset get_dataset_size linear_latency_encode_data log_latency_encode_data permute_dataset "
        "preprocess_spikes preprocess_tonic_spikes preprocess_tonic_spikes_separate split_dataset"
    ),
    "ml_genn.utils.callback_list": "CallbackList",
    "ml_genn.utils.connectivity": "PadMode get_conv_same_padding get_param_2d",
    "ml_genn.utils.filter": "ExampleFilter get_neuron_filter_mask",
    "ml_genn.utils.model": "CustomUpdateModel NeuronModel SynapseModel WeightUpdateModel",
    "ml_genn.utils.network": "get_network_dag get_underlying_conn get_underlying_pop",
    "ml_genn.utils.snippet": "InitializerSnippet",
    "ml_genn.utils.value": (
        "InitValue Value ValueDescriptor get_genn_var_name is_value_array is_value_constant is_value_initializer"
    ),
}

SIGNATURES = {
    "Network": "default_params",
    "Network.load": "self, keys=(), serialiser='numpy'",
    "Network.summary": "self, print_fn=None",
    "serialisers.HDF5": "path=''",
    "serialisers.Numpy": "path=''",
    "Population": "neuron, shape, record_spikes, record_spike_events, name, add_to_model",
    "Connection": "source, target, connectivity, synapse, name, max_delay_steps, add_to_model",
    "InputLayer": "neuron, shape, record_spikes, record_spike_events, name",
    "Layer": "connectivity, neuron, shape, synapse, record_spikes, record_spike_events, max_delay_steps, name",
    "neurons.AdaptiveLeakyIntegrateFire": (
        "v_thresh=1.0, v_reset=0.0, v=0.0, a=0.0, beta=0.0174, tau_mem=20.0, tau_refrac=None, tau_adapt=2000.0, "
        "relative_reset=True, integrate_during_refrac=True, readout=None"
    ),
    "neurons.BinarySpikeInput": "signed_spikes=False, input_frames=1, input_frame_timesteps=1",
    "neurons.FewSpikeRelu": "k=10, alpha=25, readout=None",
    "neurons.FewSpikeReluInput": "k=10, alpha=25, signed_input=False",
    "neurons.IntegrateFire": "v_thresh=1.0, v_reset=0.0, v=0.0, readout=None",
    "neurons.IntegrateFireInput": "v_thresh=1.0, v_reset=0.0, v=0.0, input_frames=1, input_frame_timesteps=1",
    "neurons.LeakyIntegrate": "v=0.0, bias=0.0, tau_mem=20.0, scale_i=False, readout=None",
    "neurons.LeakyIntegrateFire": (
        "v_thresh=1.0, v_reset=0.0, v=0.0, tau_mem=20.0, tau_refrac=None, relative_reset=True, "
        "integrate_during_refrac=True, scale_i=False, readout=None"
    ),
    "neurons.LeakyIntegrateFireInput": (
        "v_thresh=1.0, v_reset=0.0, v=0.0, tau_mem=20.0, tau_refrac=None, relative_reset=True, "
        "integrate_during_refrac=True, scale_i=False, input_frames=1, input_frame_timesteps=1"
    ),
    "neurons.PoissonInput": "signed_spikes=False, input_frames=1, input_frame_timesteps=1",
    "neurons.SpikeInput": "max_spikes=1000000",
    "synapses.Exponential": "tau=5.0, scale_i=False",
    "connectivity.Dense": "weight, delay=0",
    "connectivity.OneToOne": "weight, delay=0",
    "connectivity.FixedProbability": "p, weight, allow_self_connections=False, delay=0",
    "connectivity.Conv2D": (
        "weight, filters, conv_size, flatten=False, conv_strides=None, conv_padding='valid', delay=0"
    ),
    "connectivity.Conv2DTranspose": (
        "weight, filters, conv_size, flatten=False, conv_strides=None, conv_padding='valid', delay=0"
    ),
    "connectivity.AvgPool2D": "pool_size, flatten=False, pool_strides=None, delay=0",
    "connectivity.AvgPoolConv2D": (
        "weight, filters, pool_size, conv_size, flatten=False, pool_strides=None, conv_strides=None, "
        "conv_padding='valid', delay=0"
    ),
    "connectivity.AvgPoolDense2D": "weight, pool_size, pool_strides=None, delay=0",
    "initializers.Normal": "mean=0.0, sd=1.0",
    "initializers.Uniform": "min=0.0, max=1.0",
    "optimisers.Adam": "alpha=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08",
    "readouts.AvgVar": "window_start=None, window_end=None",
    "losses.MeanSquareError.add_to_neuron": "self, model, shape, batch_size, example_timesteps",
    "losses.MeanSquareError.set_target": "self, genn_pop, y_true, shape, batch_size, example_timesteps",
    "losses.RelativeMeanSquareError": "delta",
    "optimisers.Adam.get_model": "self, gradient_ref, var_ref, zero_gradient, clamp_var=None",
    "optimisers.Adam.set_step": "self, genn_cu, step",
    "utils.data.preprocess_spikes": "times, ids, num_neurons",
    "utils.data.preprocess_tonic_spikes": "events, ordering, shape, time_scale=0.001, dt=None, histogram_thresh=None",
    "utils.data.linear_latency_encode_data": "data, max_time, min_time=0.0, thresh=1",
    "utils.data.log_latency_encode_data": "data, tau_eff, thresh",
    "utils.data.generate_yin_yang_dataset": "size, scale, offset=0.0, bias=True, r_small=0.1, r_big=0.5",
    "callbacks.Checkpoint": "serialiser='numpy', epoch_interval=1",
    "callbacks.ConnVarRecorder": (
        "conn, genn_var, key=None, example_filter=None, src_neuron_filter=None, trg_neuron_filter=None"
    ),
    "callbacks.CustomUpdateOnBatchBegin": "name, filter_fn=None",
    "callbacks.OptimiserParamSchedule": "param_name, func",
    "callbacks.SpikeRecorder": "pop, key=None, example_filter=None, neuron_filter=None, record_counts=False",
    "callbacks.VarRecorder": "pop, var=None, key=None, example_filter=None, neuron_filter=None, genn_var=None",
    "compilers.InferenceCompiler": (
        "evaluate_timesteps, dt=1.0, batch_size=1, rng_seed=0, kernel_profiling=False, prefer_in_memory_connect=True, "
        "reset_time_between_batches=True, reset_vars_between_batches=True, reset_in_syn_between_batches, "
        "communicator=None"
    ),
    **{
        f"runtime.{network}.{method}": arguments
        for network in ("CompiledInferenceNetwork", "CompiledFewSpikeNetwork", "CompiledTrainingNetwork")
        for method, arguments in {
            "evaluate": "self, x, y, metrics='sparse_categorical_accuracy', callbacks",
            "evaluate_batch": "self, x, y, metrics='sparse_categorical_accuracy', callbacks=()",
            "evaluate_batch_iter": (
                "self, inputs, outputs, data, num_batches=None, metrics='sparse_categorical_accuracy', callbacks"
            ),
            "predict": "self, x, outputs, callbacks",
            "set_input": "self, inputs",
            "get_readout": "self, outputs",
            "custom_update": "self, name",
            "step_time": "self, callback_list=None",
            "reset_time": "self",
            "save": "self, keys=(), serialiser='numpy'",
            "save_connectivity": "self, keys=(), serialiser='numpy'",
        }.items()
    },
    "compilers.EventPropCompiler": (
        "example_timesteps, losses, optimiser='adam', reg_lambda_upper, reg_lambda_lower, reg_nu_upper=0.0, "
        "max_spikes=500, strict_buffer_checking=False, per_timestep_loss=False, dt=1.0, ttfs_alpha=0.01, "
        "softmax_temperature=1.0, batch_size=1, rng_seed=0, kernel_profiling=False, communicator=None, "
        "delay_optimiser=None, delay_learn_conns, deep_r_conns, deep_r_l1_strength=0.01, deep_r_record_rewirings"
    ),
    "runtime.CompiledTrainingNetwork.train": (
        "self, x, y, num_epochs, start_epoch=0, shuffle=True, metrics='sparse_categorical_accuracy', callbacks, "
        "validation_callbacks, validation_split=0.0, validation_x=None, validation_y=None"
    ),
    "runtime.CompiledTrainingNetwork.train_batch_iter": (
        "self, inputs, outputs, data, num_epochs, start_epoch=0, num_batches=None, "
        "metrics='sparse_categorical_accuracy', callbacks"
    ),
    "runtime.CompiledTrainingNetwork.validate": "self, x, y, metrics='sparse_categorical_accuracy', callbacks",
    "compilers.FewSpikeCompiler": (
        "k=10, dt=1.0, batch_size=1, rng_seed=0, kernel_profiling=False, prefer_in_memory_connect=True, "
        "communicator=None"
    ),
}


@pytest.mark.parametrize("module", NAMES)
def test_names(module: str) -> None:
    found = importlib.import_module(module)
    missing = [name for name in NAMES[module].split() if not hasattr(found, name)]
    assert not missing


@pytest.mark.parametrize("path", SIGNATURES)
def test_signature(path: str) -> None:
    """Positional arguments come in this order, with these defaults where one is given here."""
    item: object = ml_genn
    for name in path.split("."):
        item = getattr(item, name)
    parameters = list(inspect.signature(item).parameters.values())  # type: ignore[arg-type]
    expected = [part.partition("=") for part in SIGNATURES[path].split(", ")]
    for parameter, (name, given, default) in zip(parameters, expected, strict=False):
        assert parameter.name == name
        assert parameter.kind == parameter.POSITIONAL_OR_KEYWORD
        if given:
            assert repr(parameter.default) == default
    assert len(parameters) >= len(expected)


def test_public_names_are_listed() -> None:
    assert set(ml_genn.__all__) <= set(dir(ml_genn))
    with pytest.raises(AttributeError, match="module 'ml_genn' has no attribute 'nothing'"):
        _ = ml_genn.nothing


def test_import_loads_nothing_heavy() -> None:
    code = (
        "import sys, ml_genn; ml_genn.Population; "
        "heavy = ('keras', 'tensorflow', 'pygenn', 'h5py', 'rich', 'matplotlib'); "
        "print([name for name in heavy if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
