from lti_tool.pathways.buckets import Bucket, CutOffs, Placement, place
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.policy import Policy
from tests.pathways.factories import NOW, evidence, small_map


def placed(*pieces: Evidence, cut_offs: CutOffs | None = None) -> Placement:
    course = small_map()
    return place(
        estimate_mastery(pieces, course, now=NOW), pieces, course, Policy(), now=NOW, cut_offs=cut_offs
    )


def test_old_or_no_evidence_has_its_own_bucket() -> None:
    assert placed().bucket is Bucket.NO_RECENT_EVIDENCE
    assert placed(evidence("quiz-counting", 0.9, 20)).bucket is Bucket.NO_RECENT_EVIDENCE


def test_good_recent_scores_on_reached_skills_are_ready_to_extend() -> None:
    ready = placed(*(evidence("quiz-counting", 0.9, days) for days in (3, 2, 1)))
    assert ready.bucket is Bucket.READY_TO_EXTEND
    assert (ready.recent_scores, ready.skills_tried, ready.skills_reached) == (3, 1, 1)


def test_two_misses_of_the_last_three_need_a_hand() -> None:
    pieces = [evidence("quiz-counting", f, d) for f, d in ((0.9, 4), (0.5, 3), (0.9, 2), (0.55, 1))]
    assert placed(*pieces).bucket is Bucket.NEEDS_A_HAND


def test_the_rest_is_on_track_and_cut_offs_move_people() -> None:
    pieces = [evidence("quiz-counting", f, d) for f, d in ((0.7, 3), (0.65, 2))]
    assert placed(*pieces).bucket is Bucket.ON_TRACK
    assert placed(*pieces, cut_offs=CutOffs(hand_below=0.7)).bucket is Bucket.NEEDS_A_HAND
