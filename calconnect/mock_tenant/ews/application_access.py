"""On whose behalf an application asks Exchange Online's EWS, and whether it may: always by impersonation.

Source: https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-authenticate-an-ews-application-by-using-oauth
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calconnect.mock_tenant.ews.envelope import Envelope
from calconnect.mock_tenant.ews.impersonation import impersonated, impersonation_header
from calconnect.mock_tenant.state.directory import Account, Recipient
from calconnect.mock_tenant.state.errors import EwsError
from calconnect.mock_tenant.state.online.access import EWS_PERMISSION, Denied, Why, allowed
from calconnect.mock_tenant.state.online.directory import Application, Location, OnlineUser
from calconnect.mock_tenant.state.online.ews import ews_refusal
from calconnect.mock_tenant.state.online.half import OnlineHalf
from calconnect.mock_tenant.state.opening import no_mailbox
from calconnect.mock_tenant.state.organization import Organization


class PolicyRefusal(Exception):
    """EWS is off for the organisation or mailbox, or keeps the application out: HTTP 403, without SOAP."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """What ``X-EWS-Policy-Reason`` says."""


@dataclass(frozen=True, slots=True)
class ApplicationAccess:
    """One request of an application."""

    half: OnlineHalf
    application: Application
    user_agent: str
    at: datetime

    def acting(
        self, organization: Organization, _account: Account, envelope: Envelope
    ) -> tuple[Recipient | None, bool]:
        """Return whom the application acts as.

        Raises:
            PolicyRefusal: EWS does not answer it.
            EwsError: ``ErrorInvalidExchangeImpersonationHeaderData`` (it names nobody), ``ErrorNonExistentMailbox``
                (there is none in Exchange Online), ``ErrorAccessDenied`` (a policy keeps its consent from the
                mailbox), ``ErrorImpersonateUserDenied`` (neither consent nor a role), and those of the header.
        """
        try:
            header = impersonation_header(envelope)
            if header is None:
                raise EwsError(
                    "ErrorInvalidExchangeImpersonationHeaderData",
                    "ExchangeImpersonation SOAP header must be present for this type of OAuth token.",
                )
            target = impersonated(organization.directory, header)
        except EwsError:
            self._demand_ews(None)  # where EWS is off, nothing else is looked at
            raise
        user = self.half.user(target.email)
        self._demand_ews(user)
        if user is None or user.location is not Location.ONLINE:
            raise no_mailbox()
        decision = allowed(self.half, self.application, user, EWS_PERMISSION, self.at)
        if isinstance(decision, Denied):
            # Pages do not tell the codes apart; both are said for a missing right:
            # https://learn.microsoft.com/exchange/client-developer/web-service-reference/responsecode
            if decision.why is Why.NO_GRANT:
                raise EwsError(
                    "ErrorImpersonateUserDenied",
                    "The account does not have permission to impersonate the requested user.",
                )
            raise EwsError(decision.code, "Access is denied. Check credentials and try again.")
        return target, True

    def _demand_ews(self, user: OnlineUser | None) -> None:
        reason = ews_refusal(self.half, user, self.application.app_id, self.user_agent, self.at)
        if reason is not None:
            raise PolicyRefusal(reason)
