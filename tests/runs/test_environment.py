"""The environment recorded in a run."""

import sys
from pathlib import Path

from seqlab.runs.environment import changed_environment, current_environment, processor_instructions


def test_it_names_versions_host_and_command() -> None:
    found = current_environment()
    assert found["command"][1:] == sys.argv[1:]
    assert found["versions"]["seqlab"]
    assert found["versions"]["python"].startswith("3.")
    assert found["host"]["cores"] >= 1


def test_the_instructions_of_the_processor(tmp_path: Path) -> None:
    listing = tmp_path / "cpuinfo"
    listing.write_text(
        "processor\t: 0\nflags\t\t: fpu avx2 fma amx_tile avx512f avx512vl\nbugs\t: avx_vnni\n", encoding="utf-8"
    )
    assert processor_instructions(listing) == ["avx2", "fma", "avx512f", "amx_tile"]
    assert processor_instructions(tmp_path / "none") is None


def test_another_processor_is_a_change_and_one_that_was_not_recorded_is_none() -> None:
    recorded = current_environment()
    assert changed_environment(recorded) == {}
    now = recorded["host"].pop("instructions")
    assert changed_environment(recorded) == {}
    recorded["host"]["instructions"] = "avx9"
    assert changed_environment(recorded) == {"host.instructions": ("avx9", now)}
