Feature: Agreed access
  How much of each mailbox the service account reaches, where less than full access was agreed: enough of it for the
  work, and no more. What must not work is tried as well, and only the refusal that is expected proves anything.

  Rule: OPS-02 With access to calendars only, the service account is Editor of every listed calendar

    The service account reaches each calendar as itself, by a permission on that one folder. Less than Editor, and
    interviews cannot be moved or withdrawn; a calendar without the permission does not open at all.

    @OPS-02v1 @must
    Scenario: Every listed calendar opens by a permission that lets events be written
      Given access to calendars only was agreed
      And the service account can sign in
      When it opens every listed calendar as itself
      Then each lets events be read and created
      And each lets the events in it be changed and deleted

  Rule: OPS-03 With access to free/busy times only, busy times can be read and nothing more

    The permission AvailabilityOnly tells when somebody is free, and not what for. Without it nobody can be scheduled;
    with more than it, subjects and places of private life become known that nobody agreed to tell.

    @OPS-03v1 @must
    Scenario: Busy times are read, and events are refused
      Given access to free/busy times only was agreed
      And the service account can sign in
      When it reads the busy times of every listed user, and tries for more
      Then all busy times are read
      And calendars and their events are refused
      And no details are told with the times

  Rule: SEC-02 The service account reaches no more than was agreed

    Where less than full access was agreed, mail and contacts are not the provider's to see. An assignment of
    ApplicationImpersonation that was left over reaches the whole mailbox, whatever the permissions on folders say: a
    role cannot be limited to a folder.

    @SEC-02v1 @must
    Scenario: Other folders and impersonation are refused
      Given less than full access was agreed
      And the service account can sign in
      When it tries other mail folders, and to act as their users
      Then every Inbox and every Contacts folder is refused
      And to act as a user is refused
