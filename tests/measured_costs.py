"""What a plan could have measured, in figures that can be added by hand."""

from seqlab.experiment.cost_estimate import Amounts, Costs
from seqlab.experiment.cost_of_evaluation import EvaluationCost
from seqlab.experiment.cost_of_steps import StepCost

STEPS = StepCost((0.1, 0.3, 0.2, 0.9, 0.1), steps=4, compiling=7.0, between=0.5)
COSTS = Costs(
    start=6.0,
    importing=2.0,
    steps=STEPS,
    validation=EvaluationCost(1.0, 0.01, compiling=2.0, measured=100),
    evaluation=EvaluationCost(0.0, 0.1, compiling=3.0, measured=100),
    report=4.0,
    weights=0.25,
    checkpoint=0.0,
    planning=0.125,
    averaging=0.375,
)
AMOUNTS = Amounts(
    epochs=4, steps=40, steps_per_epoch=10, examples=300, tokens=900, validation=100, test=50, refit_steps=0
)
