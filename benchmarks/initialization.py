"""Print how large activations and gradients are before the first step: every model with default options, every layer.

python benchmarks/initialization.py [--only TASK]
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "initialization"), str(HERE / "gpu")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="the models of one task")
    arguments = parser.parse_args()
    from deviations import deviations, models

    for task, model in models():
        if arguments.only not in (None, task):
            continue
        found = deviations(task, model)
        options = ", ".join(f"{key}: {value}" for key, value in model.items() if key != "name")
        print(f"\n### {task}: {model['name']}{f', {options}' if options else ''} (loss {found.loss:.3f})\n")
        print("| layer | deviation of what it gives |\n| --- | ---: |")
        for layer, deviation in found.activations.items():
            print(f"| {layer} | {deviation:.3g} |")
        print("\n| weights | deviation of the gradient |\n| --- | ---: |")
        for weight, deviation in found.gradients.items():
            print(f"| {weight} | {deviation:.2g} |")


if __name__ == "__main__":
    main()
