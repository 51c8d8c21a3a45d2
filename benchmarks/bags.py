"""The bigram bag on IMDB, from raw reviews to the test accuracy: seqlab, the course's notebook, scikit-learn, fastText.

Each is a whole process. They take turns, round by round; the table gives the median of wall and CPU seconds, the peak
memory of the largest process and the accuracy each printed. Needs `pip install -e ".[benchmarks]"`, the IMDB archive
in $SEQLAB_DATA_DIR/imdb, and Linux or macOS.

python benchmarks/bags.py [--rounds 3] [--json benchmarks/results/bags.json]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import sys
import tarfile
import tempfile
from pathlib import Path

from processes import carried_out, write_record

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
            "seqlab": [str(HERE / "bags" / "ours.py"), str(EPOCHS)],
            "notebook": [str(HERE / "bags" / "notebook.py"), str(reviews), str(EPOCHS)],
            "scikit-learn": [str(HERE / "bags" / "with_scikit_learn.py"), str(reviews)],
            "fastText": [str(HERE / "bags" / "with_fasttext.py"), str(reviews)],
        }
        measured: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
        for _ in range(chosen.rounds):
            for name, command in programs.items():
                measured[name].append(run(command))
                print(f"{name}: {measured[name][-1]}", file=sys.stderr)
    rows = {name: summary(runs) for name, runs in measured.items()}
    print(table(rows))
    if chosen.json:
        write_record(
            chosen.json, ["tensorflow", "keras", "seqlab", "scikit-learn"], {"epochs": EPOCHS, "programs": rows}
        )


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
    ended = carried_out(command)
    accuracy = float(re.findall(r"accuracy ([0-9.]+)", ended.output)[-1])
    return {
        "wall": round(ended.wall, 1),
        "cpu": round(ended.cpu, 1),
        "megabytes": round(ended.megabytes),
        "accuracy": accuracy,
    }


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
