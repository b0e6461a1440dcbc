"""How long it takes to form groups, on one core, for classes of 30, 40 and 60: with room enough and with too little.

The class of 30 has 2 seconds. Too little room is the hard case: then it is also worked out which limit to loosen.
"""

from __future__ import annotations

import sys
import time

from lti_tool.pathways.grouping import GroupKind, GroupLimits, GroupRequest, form_groups
from tests.factories import ratios
from tests.pathways.classes import made_up_class

SIZES = (30, 40, 60)
SEEDS = (1, 2, 3)
MOST_SECONDS = 2.0


def main() -> int:
    """Prints seconds of processor time for each case; 1 when a class of 30 takes too long."""
    skill_map = ratios().skill_map
    too_long = False
    print("students kind     room       seconds (worst of three classes)   groups  left out")
    for size in SIZES:
        room = GroupLimits(places=size // 3)
        tight = GroupLimits(places=max(size // 4 - 1, 1), adults=0, largest=3)
        for kind in GroupKind:
            for said, limits in (("enough", room), ("too little", tight)):
                took, groups, out = [], 0, 0
                for seed in SEEDS:
                    learners = made_up_class(skill_map, size, seed)
                    started = time.process_time()
                    grouping = form_groups(GroupRequest(kind=kind, limits=limits), learners)
                    took.append(time.process_time() - started)
                    groups, out = groups + len(grouping.groups), out + len(grouping.left_out)
                too_long |= size == SIZES[0] and max(took) > MOST_SECONDS
                print(f"{size:8} {kind.value:8} {said:10} {max(took):8.2f} {groups / 3:32.1f} {out / 3:9.1f}")
    return int(too_long)


if __name__ == "__main__":
    sys.exit(main())
