"""Tables of the host."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Profile(models.Model):  # type: ignore[misc]  # Django stands in the peer's own environment
    """The roster looks people's profiles up together with their accounts."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile")
    course_role = models.CharField(max_length=20)


class Grade(models.Model):  # type: ignore[misc]
    """What reached the course's own grades."""

    block = models.CharField(max_length=255)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    fraction = models.FloatField()
    comment = models.TextField(default="")
