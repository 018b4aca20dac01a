"""What a comparison of two runs can be trusted with: false alarms, and how small a loss it sees.

    python benchmarks/comparing.py [--cases 500] [--pairs 100]

Runs are simulated: of CASES cases, 80 % are right, and a share of all is undecided, each run throwing a coin for the
answer of such a case, another for its passages and another for its citation, as a language model does that does not
always say the same. Between two runs of one system half of the undecided cases differ. The table shows which share of
PAIRS comparisons is flagged: of a system with itself, where every flag is a false alarm, and of a system with one that
loses one to five points of ``correct``.
"""

import argparse
import random

from rag.evaluation import Case, Item, Run, compare
from rag.evaluation.observation import Observation

RIGHT = 0.8
UNDECIDED = (0.0, 0.02, 0.06, 0.1, 0.2)
LOST = (0.0, 0.01, 0.02, 0.03, 0.05)
NEAR = (0.0, 0.0, 0.4, 0.7)  # F1 of a wrong answer: it may share characters with the right one
FLAGS = ("better", "worse", "mixed")


def simulated(cases: int, undecided: float, seed: int, lost: float = 0.0) -> Run:
    """Return one run of a system that is the same for every ``seed``, less the share ``lost`` of all its cases."""
    system, chance = random.Random(cases), random.Random(seed)
    losing = round(lost * cases)
    items = []
    for number in range(cases):
        sure = {name: system.random() < RIGHT for name in ("correct", "hit@5", "cite_covers")}
        near = system.choice(NEAR)
        tossed = system.random() < undecided
        said = {name: chance.random() < 0.5 if tossed else value for name, value in sure.items()}
        if losing and sure["correct"] and not tossed:
            losing, said["correct"] = losing - 1, False
        case = Case(f"q{number}", f"q{number}", ("9家",))
        scores = {name: float(value) for name, value in said.items()}
        f1 = 1.0 if said["correct"] else chance.choice(NEAR) if tossed else near
        items.append(Item(case, Observation(case.id, ()), {**scores, "f1": f1}, None))
    return Run("simulated", tuple(items), {})


def flagged(cases: int, undecided: float, pairs: int, lost: float = 0.0) -> int:
    """Return how many of ``pairs`` comparisons of two runs are flagged; the second of each loses ``lost``."""
    return sum(
        compare(simulated(cases, undecided, 2 * seed), simulated(cases, undecided, 2 * seed + 1, lost)).verdict in FLAGS
        for seed in range(pairs)
    )


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=100)
    arguments = parser.parse_args()
    print(f"| cases that differ | {' | '.join(f'{100 * lost:.0f} points' for lost in LOST)} |")
    print("|---" * (1 + len(LOST)) + "|")
    for undecided in UNDECIDED:
        shares = [flagged(arguments.cases, undecided, arguments.pairs, lost) / arguments.pairs for lost in LOST]
        print(f"| {100 * undecided / 2:.0f} % | {' | '.join(f'{100 * share:.0f} %' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
