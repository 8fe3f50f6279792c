"""What experiments record of single trials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.errors import UsageError
from ml_genn.experiments import Training, find_experiment
from ml_genn.experiments.records import RUN
from ml_genn.serialisers import HDF5

from .test_latency_mnist import folder as folder
from .test_latency_mnist import training as latency

SMALL = {"n_epochs": 2, "n_train": 96, "n_test": 32, "num_hidden": 12, "dt_ms": 0.5}


def yin_yang(**given: Any) -> Training:
    return Training(find_experiment("yin-yang"), {**SMALL, **given})


def read(run: Path, epoch: int, trial: int) -> dict[str, np.ndarray]:
    with np.load(run / "recordings" / f"{epoch}-{trial}.npz") as found:
        return dict(found)


def test_weights_from_time_to_time(tmp_path: Path) -> None:
    run = tmp_path / "run"
    yin_yang(w_report_interval=2, w_epoch_interval=1).run(run, command="")
    assert sorted(path.name for path in (run / "recordings").iterdir()) == ["0-0.npz", "0-2.npz", "1-0.npz", "1-2.npz"]
    first, last = read(run, 0, 0), read(run, 1, 2)
    assert {name: found.shape for name, found in first.items()} == {"in_to_hid_w": (5, 12), "hid_to_out_w": (12, 3)}
    assert (first["in_to_hid_w"] != last["in_to_hid_w"]).any()
    again = yin_yang(n_epochs=3, w_epoch_interval=2, w_report_interval=100).run(tmp_path / "more", command="")
    assert again.epochs == 3
    final = HDF5(run).deserialise(("weights", "Conn_Pop0_Pop1", "g"))
    assert (read(tmp_path / "more", 2, 0)["in_to_hid_w"].ravel() == final).all()  # what the next epoch begins with


def test_spikes_and_voltages_of_all_trials(tmp_path: Path) -> None:
    given: Any = {"rec_spikes": "input,hidden,output", "rec_neurons": "hidden.V", "rec_synapses": "in_to_hid.w"}
    plain = yin_yang().run(tmp_path / "plain", command="")
    result = yin_yang(**given).run(tmp_path / "run", command="")
    assert (result.training_loss, result.test.correct) == (plain.training_loss, plain.test.correct)
    assert len(list((tmp_path / "run" / "recordings").iterdir())) == 6
    found = read(tmp_path / "run", 1, 2)
    assert found["hidden_V"].shape == (32, 60, 12)
    assert found["in_to_hid_w"].shape == (5, 12)
    for example in range(32):  # each of the four values and the bias are a spike, but where it lies beyond the trial
        of_example = found["input_ids"][found["input_examples"] == example]
        assert len(of_example) == len(set(of_example.tolist())) >= 3
    spikes = zip(found["hidden_examples"], found["hidden_times"], found["hidden_ids"], strict=True)
    below = [found["hidden_V"][example, round(time / 0.5), neuron] < 1.0 for example, time, neuron in spikes]
    assert below
    assert all(below)  # a spike resets


def test_chosen_trials(folder: Path) -> None:
    given: Any = {"rec_spikes": "hidden", "rec_spikes_epoch_trial": "[[0,1]]", "w_output_epoch_trial": [[0, 0]]}
    latency(folder, recurrent=True, **given).run(folder / "run", command="")
    assert set(read(folder / "run", 0, 0)) == {"in_to_hid_w", "hid_to_hid_w", "hid_to_out_w"}
    assert set(read(folder / "run", 0, 1)) == {"hidden_times", "hidden_ids", "hidden_examples"}
    assert len(list((folder / "run" / "recordings").iterdir())) == 2
    latency(folder).run(folder / "none", command="")
    assert not (folder / "none" / "recordings").exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rec_spikes": "middle"}, "rec_spikes=middle is not known; it can name input, hidden, output"),
        ({"rec_neurons": "hidden"}, "rec_neurons=hidden must name a variable, as hidden.V"),
        ({"rec_neurons": "hidden.X"}, "rec_neurons=hidden.X: hidden has the variables .*V"),
        ({"rec_synapses": "hid_to_hid.w"}, "rec_synapses=hid_to_hid is not known; it can name in_to_hid, hid_to_out"),
        ({"rec_synapses": "in_to_hid.g"}, "rec_synapses=in_to_hid.g must name its weights, in_to_hid.w"),
    ],
)
def test_refused(given: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        yin_yang(**given).run(tmp_path / "run", command="")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["rec_spikes", "rec_neurons", "rec_synapses"])
def test_trials_without_what_to_record(name: str, folder: Path) -> None:
    given = {f"{name}_epoch_trial": "[[0,1]]"}
    with pytest.raises(UsageError, match=f"{name}_epoch_trial says when to record, but {name} names nothing; say what"):
        latency(folder, **given).run(folder / "run", command="")


def test_runs_may_be_older_than_parameters(tmp_path: Path) -> None:
    """What a run does not know had the default."""
    yin_yang(n_epochs=1).run(tmp_path / "run", command="")
    record = json.loads((tmp_path / "run" / RUN).read_text())
    del record["parameters"]["rec_spikes"]
    (tmp_path / "run" / RUN).write_text(json.dumps(record))
    with pytest.raises(UsageError, match=r"has rec_spikes=\(\), not \('hidden',\); only n_epochs may change"):
        yin_yang(rec_spikes="hidden").run(tmp_path / "run", command="", resume=True)
    assert yin_yang().run(tmp_path / "run", command="", resume=True).epochs == 2
