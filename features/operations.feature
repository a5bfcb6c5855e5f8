Feature: Operations
  What the connection is for: reading when people are free, and writing interviews into their calendars.

  Rule: OPS-01 The configuration has been tested: an event can be created, read, updated and deleted

    To open a calendar proves the right to look. Scheduling an interview writes into it, and must be able to change and
    withdraw what it wrote.

    @OPS-01v1 @must
    Scenario: A test event is created, read, changed and deleted
      Given writing events was agreed
      And the calendar of the e-mail to impersonate opens
      When a test event is taken through its life there
      Then every step of it succeeds, and nothing is left behind

  Rule: OPS-06 The events and the free/busy times of every listed calendar can be read

    Interviews are offered when people are free. A calendar whose events or busy times cannot be read shows its owner as
    free all day.

    @OPS-06v1 @must
    Scenario: Events and busy times of every listed calendar are read
      Given reading events was agreed
      And the agreed access reaches calendars
      When the coming days of every listed calendar are looked at
      Then the events of each calendar are listed
      And the busy times of each calendar are read

  Rule: OPS-04 Rooms can be listed, where they are wanted

    Rooms come from room lists, and only a service account with a mailbox may ask for them. A distribution group that is
    not marked as a room list is not shown.

    @OPS-04v1 @should
    Scenario: The rooms are listed
      Given rooms are wanted
      When the service account asks for the rooms
      Then there are room lists, and each has rooms

  Rule: OPS-05 Throttling leaves room for the connection

    Exchange counts what an account asks at once and how much it takes of the server. Under too tight a policy the
    provider is turned away while it reads many calendars, and interviews are offered by stale times. With no limit
    at all, one client can take the server down.

    @OPS-05v1 @should
    Scenario: Nothing that is asked is throttled
      When the coming days of every listed calendar are looked at
      And the throttling policy is read, where it is supplied
      Then none of this run's questions was throttled
      And the policy leaves room, and is not unlimited
