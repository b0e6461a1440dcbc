"""A small OneRoster 1.2 export, written by hand from the headings of the specification.

All people, classes and results are invented; the text is free to use (CC0 1.0).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

MANIFEST = """propertyName,value
manifest.version,1.0
oneroster.version,1.2
file.academicSessions,absent
file.categories,absent
file.classes,bulk
file.enrollments,bulk
file.lineItems,bulk
file.results,bulk
file.users,bulk
source.systemName,Invented SIS
"""
USERS = """sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,\
sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,preferredFamilyName,\
primaryOrgSourcedId,pronouns
u-ana,,,true,ana.morales,"{LDAP:amorales},{LTI:lti-of-ana}",Ana,Morales,,S-1,ana@school.example,,,,06,,,,,,org,
u-ben,,,true,ben.carter,,Benjamin,Carter,,S-2,ben@school.example,,,,06,,,Ben,,,org,
u-chloe,,,true,chloe.dubois,,Chloé,Dubois,,S-3,,,,,06,,,,,,org,
u-nina,,,true,nina.nobody,,Nina,Nobody,,S-4,,,,,06,,,,,,org,
u-tess,,,true,tess.teacher,,Tess,Teacher,,T-1,,,,,,,,,,,org,
"""
CLASSES = """sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,\
termSourcedIds,subjects,subjectCodes,periods
c-math,,,Mathematics 6B,06,course,MATH6B,scheduled,,org,term,,,3
c-art,,,Art 6,06,course,ART6,scheduled,,org,term,,,5
"""
ENROLLMENTS = """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e-1,,,c-math,org,u-ana,student,,,
e-2,,,c-math,org,u-ben,student,,,
e-3,,,c-math,org,u-chloe,student,,,
e-4,,,c-math,org,u-tess,teacher,true,,
e-5,,,c-art,org,u-nina,student,,,
"""
LINE_ITEMS = """sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,categorySourcedId,\
academicSessionSourcedId,resultValueMin,resultValueMax,schoolSourcedId
li-quiz,,,Ratio quiz,,2026-02-01,2026-02-08,c-math,cat,term,0,10,org
li-poster,,,Poster,,2026-02-01,2026-02-15,c-math,cat,term,1,6,org
li-collage,,,Collage,,2026-02-01,2026-02-15,c-art,cat,term,0,20,org
"""
RESULTS_HEADING = (
    "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment,textScore,"
    "classSourcedId,inProgress,incomplete,late,missing\n"
)
RESULTS = (
    RESULTS_HEADING
    + """r-1,,,li-quiz,u-ana,fully graded,8,2026-02-09,Well done,,c-math,false,false,false,false
r-2,,,li-quiz,u-ben,fully graded,4.5,2026-02-10,,,c-math,false,false,true,false
r-3,,,li-quiz,u-chloe,exempt,,,,,c-math,false,false,false,false
r-4,,,li-poster,u-ana,fully graded,5,2026-02-16,,,c-math,false,false,false,false
r-5,,,li-poster,u-ben,partially graded,2,2026-02-16,,,c-math,false,false,false,false
r-6,,,li-poster,u-chloe,not submitted,,,,,c-math,false,false,false,true
r-7,,,li-collage,u-nina,fully graded,15,2026-02-16,,,c-art,false,false,false,false
"""
)
FILES: Mapping[str, str] = {
    "manifest.csv": MANIFEST,
    "users.csv": USERS,
    "classes.csv": CLASSES,
    "enrollments.csv": ENROLLMENTS,
    "lineItems.csv": LINE_ITEMS,
    "results.csv": RESULTS,
}


def packed(files: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """These files as a zip file."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return target.getvalue()


def oneroster(changed: Mapping[str, str | bytes | None] | None = None) -> bytes:
    """The export, with some files in place of its own; None leaves one out."""
    files = {**FILES, **(changed or {})}
    return packed({name: content for name, content in files.items() if content is not None})


def with_results(*rows: str, changed: Mapping[str, str | None] | None = None) -> bytes:
    """The export with other results, each as "line item,student,status,score,date,text,flag" from the left."""
    lines = []
    for number, row in enumerate(rows):
        item, student, status, score, day, text, flag = (row.split(",") + [""] * 7)[:7]
        flags = ",".join(
            str(flag == name).lower() for name in ("inProgress", "incomplete", "late", "missing")
        )
        lines.append(f"r-{number},,,{item},{student},{status},{score},{day},,{text},,{flags}\n")
    return oneroster({"results.csv": RESULTS_HEADING + "".join(lines), **(changed or {})})


def both_classes() -> bytes:
    """The export with the students of the one class in the other, too."""
    more = "".join(f"x-{name},,,c-art,org,u-{name},student,,,\n" for name in ("ana", "ben"))
    return oneroster({"enrollments.csv": ENROLLMENTS + more})
