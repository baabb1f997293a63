"""People and service accounts, their roles, and the tokens they hold."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractUser, BaseUserManager, Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from accounts.roles import Role


def folded(email: str) -> str:
    """Return the one form of an address that accounts are told apart by."""
    return email.lower()


class UserManager(BaseUserManager["User"]):
    """Find and make accounts by their e-mail address."""

    def get_by_natural_key(self, email: str | None) -> "User":
        """Find the account that signs in with an address, whatever its case."""
        return self.at_address(email or "").get()

    def at_address(self, email: str) -> "QuerySet[User]":
        """Keep the account with an address, whatever its case.

        At most one, by the constraint. PostgreSQL's own comparison without case takes
        more letters for the same one, and so would find what the constraint tells apart
        and a lockout counts apart.
        """
        return self.alias(address=Lower("email")).filter(address=folded(email))

    def create_user(
        self,
        email: str,
        password: str | None = None,
        *,
        role: Role = Role.USER,
        **fields: Any,
    ) -> "User":
        """Make an account in a role; without a password nobody can sign in to it."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        user.groups.add(Group.objects.get(name=role))
        return user

    def with_roles(self) -> "QuerySet[User]":
        """Fetch the groups along, so that what they give asks for nothing more."""
        groups = Group.objects.filter(user=OuterRef("pk"))
        return self.annotate(
            group_names=ArraySubquery(groups.values("name")),
            known_group_ids=ArraySubquery(groups.values("pk")),
        )

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Make the first account of a hub: a CEO, who makes the others."""
        return self.create_user(email, password, role=Role.CEO, **fields)


class User(AbstractUser):
    """A person or a service, known by an e-mail address."""

    username = None  # type: ignore[assignment]  # AbstractUser's field is removed so
    email = models.EmailField("e-mail address", unique=True)
    generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    """How often a role was taken or the account closed, counted by PostgreSQL, and a
    second factor set up or taken off: what is given back brings back no token and no
    session of before."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    signed_in_by: "ServiceSecret | None" = None
    """The secret by which somebody has just signed in; None for a password."""

    objects = UserManager()  # type: ignore[assignment,misc]  # keyed by e-mail

    class Meta:
        ordering: ClassVar = ["email"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email",
                violation_error_message="There is an account with this address.",
            )
        ]

    def __str__(self) -> str:
        return self.email

    @cached_property
    def role(self) -> Role:
        """The mightiest of the roles whose groups the account is in."""
        names = getattr(self, "group_names", None)
        if names is None:
            names = set(self.groups.values_list("name", flat=True))
        return Role.mightiest(names)

    @property
    def group_ids(self) -> Sequence[int]:
        """The groups that the account is in."""
        known: Sequence[int] | None = getattr(self, "known_group_ids", None)
        if known is not None:
            return known
        return list(self.groups.values_list("pk", flat=True))

    def stamp(self, purpose: str) -> str:
        """Return a keyed digest of what tokens and sessions are given for.

        They carry it, each purpose its own, and end with the request after it changed.
        """
        given = (self.pk, self.password, self.role, self.is_active, self.generation)
        state = ":".join(map(str, given))
        return salted_hmac(purpose, state, algorithm="sha256").hexdigest()

    def get_session_auth_hash(self) -> str:
        """Let Django end sessions with the role as well, not the password alone."""
        return self.stamp("session")

    def outdate(self) -> None:
        """End all tokens and sessions that the account was given until now."""
        own = User.objects.filter(pk=self.pk)
        own.update(generation=F("generation") + 1)
        self.generation = own.values_list("generation", flat=True).get()

    def is_the_last_ceo(self) -> bool:
        """Say whether nobody could make accounts any more without this one."""
        ceos = User.objects.filter(groups__name=Role.CEO, is_active=True)
        return self.is_active and set(ceos) == {self}


class ServiceSecretQuerySet(models.QuerySet["ServiceSecret"]):
    """What is asked of secrets."""

    def live(self, now: datetime) -> "ServiceSecretQuerySet":
        """Keep those that still open their account."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now))


class ServiceSecret(models.Model):
    """A secret that a service signs in with; of the secret itself only a digest."""

    service = models.ForeignKey(User, models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField("made")
    expires_at = models.DateTimeField("ends", null=True)
    last_used_at = models.DateTimeField("last used", null=True)

    objects = ServiceSecretQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.service} since {self.created_at:%Y-%m-%d %H:%M}"

    def is_live(self, now: datetime) -> bool:
        """Say whether the secret still opens its account."""
        return self.expires_at is None or self.expires_at > now


class TokenFamilyQuerySet(models.QuerySet["TokenFamily"]):
    """What is asked of sign-ins."""

    def live(self, now: datetime) -> "TokenFamilyQuerySet":
        """Keep those that neither were revoked nor outlived their secret."""
        secret_is_live = Q(secret__expires_at=None) | Q(secret__expires_at__gt=now)
        return self.filter(secret_is_live, revoked_at=None)


class TokenFamily(models.Model):
    """The refresh tokens that descend from one sign-in; only the newest is good."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="token_families")
    secret = models.ForeignKey(
        ServiceSecret, models.CASCADE, null=True, related_name="token_families"
    )
    current = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = TokenFamilyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "token families"

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"

    def is_live(self, now: datetime) -> bool:
        """Say whether the family neither was revoked nor outlived its secret."""
        secret_is_live = self.secret is None or self.secret.is_live(now)
        return self.revoked_at is None and secret_is_live
