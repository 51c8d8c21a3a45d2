"""The bigram bag on IMDB, from raw reviews to the test accuracy: seqlab, the course's notebook, scikit-learn, fastText.

Each is a whole process. They take turns, round by round; the table gives the median of wall and CPU seconds, the peak
memory of the largest process and the accuracy each printed. Needs `pip install -e ".[benchmarks]"`, the IMDB archive
in $SEQLAB_DATA_DIR/imdb, and Linux or macOS.

python benchmarks/bags.py [--rounds 3] [--json benchmarks/results/bags.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
EPOCHS = 4


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--json", type=Path)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        reviews = unpacked(Path(folder))
        programs = {
            "seqlab": [sys.executable, str(HERE / "bags" / "ours.py"), str(EPOCHS)],
            "notebook": [sys.executable, str(HERE / "bags" / "notebook.py"), str(reviews), str(EPOCHS)],
            "scikit-learn": [sys.executable, str(HERE / "bags" / "with_scikit_learn.py"), str(reviews)],
            "fastText": [sys.executable, str(HERE / "bags" / "with_fasttext.py"), str(reviews)],
        }
        measured: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
        for _ in range(chosen.rounds):
            for name, command in programs.items():
                measured[name].append(run(command))
                print(f"{name}: {measured[name][-1]}", file=sys.stderr)
    rows = {name: summary(runs) for name, runs in measured.items()}
    print(table(rows))
    if chosen.json:
        machine = {"cores": os.cpu_count(), "platform": platform.platform(), "python": platform.python_version()}
        record = {"date": datetime.now(UTC).date().isoformat(), "machine": machine, "epochs": EPOCHS, "programs": rows}
        chosen.json.parent.mkdir(exist_ok=True)
        chosen.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def unpacked(folder: Path) -> Path:
    """The reviews as a folder of files with the course's validation split moved out: what the notebook starts from.

    Its making is not timed: the notebook and the others get it for nothing, seqlab reads the archive itself.
    """
    archive = Path(os.environ["SEQLAB_DATA_DIR"]) / "imdb" / "aclImdb_v1.tar.gz"
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    reviews = folder / "aclImdb"
    for category in ("neg", "pos"):
        names = sorted(path.name for path in (reviews / "train" / category).iterdir())
        random.Random(1337).shuffle(names)
        target = reviews / "val" / category
        target.mkdir(parents=True)
        for name in names[-len(names) // 5 :]:
            (reviews / "train" / category / name).rename(target / name)
    return reviews


def run(command: list[str]) -> dict[str, float]:
    """Wall and CPU seconds, peak memory and accuracy of one process."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output, tempfile.TemporaryFile() as noise:
        process = subprocess.Popen(command, stdout=output, stderr=noise)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        if status:
            noise.seek(0)
            raise SystemExit(f"{command} failed:\n{noise.read().decode(errors='replace')[-2000:]}")
        output.seek(0)
        accuracy = float(re.findall(r"accuracy ([0-9.]+)", output.read())[-1])
    megabytes = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    cpu = usage.ru_utime + usage.ru_stime
    return {"wall": round(wall, 1), "cpu": round(cpu, 1), "megabytes": round(megabytes), "accuracy": accuracy}


def summary(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(each[key] for each in runs) for key in runs[0]}


def table(rows: dict[str, dict[str, float]]) -> str:
    ours = rows["seqlab"]
    lines = [
        "| program | wall s | CPU s | peak MB | test accuracy | wall / ours | memory / ours |",
        "|---|" + "---:|" * 6,
    ]
    for name, row in rows.items():
        ratios = f"{row['wall'] / ours['wall']:.2f} | {row['megabytes'] / ours['megabytes']:.2f}"
        figures = f"{row['wall']:.1f} | {row['cpu']:.1f} | {row['megabytes']:,.0f} | {row['accuracy']:.4f}"
        lines.append(f"| {name} | {figures} | {ratios} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
