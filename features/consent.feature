Feature: Consent
  What takes the place of the service account's sign-in in Exchange Online: an administrator consents to what the
  vendor's application may do there.

  Rule: GR-01 The vendor's application has exactly the four permissions that it needs, and no more

    In Exchange Online an administrator's consent takes the place of the service account and of impersonation. With a
    permission missing, calendars, names or rooms cannot be read; with one too many, the vendor's application reaches
    what nobody agreed to.

    @GR-01v1 @must
    Scenario: The consent is whole, and no wider
      When the vendor's application is looked up in the tenant
      And its roles are read, where they are supplied
      Then it has exactly the four permissions

  Rule: GR-05 Nobody counts on Conditional Access to hold the vendor's application, and no policy keeps out who must sign in

    Conditional Access for workload identities covers applications of the own tenant alone. The vendor's is a
    multi-tenant one, so a list of its fixed IP addresses cannot be held against it there: whoever relies on that is
    protected by nothing. A person who signs in is covered, and may be shut out.

    @GR-05v1 @should
    Scenario: Whoever must sign in is not kept out
      Given somebody is named who must sign in to Exchange Online
      When it is asked what Conditional Access would do with their sign-in
      Then no policy keeps them out, and nothing is expected of it for the vendor's application
