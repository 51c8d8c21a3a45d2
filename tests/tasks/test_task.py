"""The tasks by name, and what their models can do."""

from dataclasses import replace

import pytest

from seqlab.tasks import CLASSIFICATION, LANGUAGE_MODELING, TASKS, TRANSLATION, register, tasks_able_to


def test_capabilities_name_the_tasks_that_have_them():
    assert tasks_able_to("generate") == [LANGUAGE_MODELING.name]
    assert tasks_able_to("translate") == [TRANSLATION.name]
    assert tasks_able_to("fly") == []


def test_a_name_is_taken_once(monkeypatch):
    monkeypatch.setattr("seqlab.tasks.task.TASKS", dict(TASKS))
    assert register(CLASSIFICATION) is CLASSIFICATION
    with pytest.raises(ValueError, match=f"already another task called '{TRANSLATION.name}'"):
        register(replace(CLASSIFICATION, name=TRANSLATION.name))
