from __future__ import annotations

import gc

import pytest

from dpnb.orchestrator.collector import PATIENCE, PatientCollector


@pytest.fixture
def thresholds():
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("thresholds")
def test_a_patient_collector_waits_until_the_last_of_its_blocks_has_ended():
    patient = PatientCollector()
    with patient:
        with patient:
            assert gc.get_threshold() == (PATIENCE, 10, 10)
        assert gc.get_threshold() == (PATIENCE, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.usefixtures("thresholds")
def test_what_is_set_meanwhile_stands():
    with PatientCollector():
        gc.set_threshold(5, 6, 7)
    assert gc.get_threshold() == (5, 6, 7)


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("own", [(0, 10, 10), (PATIENCE + 1, 10, 10)])
def test_a_collector_that_is_off_or_yet_more_patient_stays_so(own):
    gc.set_threshold(*own)
    with PatientCollector():
        assert gc.get_threshold() == own
    assert gc.get_threshold() == own
