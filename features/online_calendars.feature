Feature: Calendars over Graph
  What the connection does on the calendars in Exchange Online.

  Rule: GR-13 An event can be created, read, followed, updated and deleted over Microsoft Graph

    To open a calendar proves the right to look. Scheduling an interview writes into it, must be able to change and
    withdraw what it wrote, and must hear of what others change.

    @GR-13v1 @must
    Scenario: A test event is created, read, followed, changed and deleted
      Given the trial's mailbox in Exchange Online opens
      When a test event is taken through its life in Exchange Online
      Then every step of it succeeds there, and nothing is left behind

  Rule: GR-15 The events and the free/busy times of every listed calendar can be read over Microsoft Graph

    Interviews are offered when people are free. A calendar whose events or busy times cannot be read shows its owner as
    free all day.

    @GR-15v1 @must
    Scenario: Events and busy times of every listed calendar are read
      When the coming days of every listed calendar in Exchange Online are looked at
      Then the events of each of these calendars are listed
      And the busy times of each of these calendars are read

  Rule: GR-14 Rooms can be listed over Microsoft Graph, where they are wanted

    Rooms come from room lists. A distribution group that is not marked as a room list is not shown.

    @GR-14v1 @should
    Scenario: The rooms are listed
      Given rooms are wanted
      When Exchange Online is asked for the rooms
      Then there are room lists in Exchange Online, and each has rooms
