Feature: Connection settings
  What is entered when the calendar integration is configured, and how it is kept. Everything here is judged from the
  settings of this run; what the settings say is tried at the server in the other features.

  Rule: APP-02 The connection settings are complete and valid

    These are the fields that must be ready before the configuration is started. A value of the wrong form, or a
    password that is not where the settings say, ends it at the first page.

    @APP-02v1 @must
    Scenario: Every field of the form has a value of the right form
      When the connection settings are read
      Then every field is valid, or left out where it may be

  Rule: APP-06 The terms of service and the privacy policy are agreed to

    The form is not accepted without it, and somebody with the authority to do so has to decide it.

    @APP-06v1 @must
    Scenario: Somebody has agreed to the terms
      When the connection settings are read
      Then the terms of service and the privacy policy are agreed to

  Rule: SEC-01 The service account's details are kept securely

    Whoever has this password can read and write every calendar that impersonation covers. It must not stand in clear
    where others can read it, and must not be sent before the other end has proved who it is.

    @SEC-01v1 @must
    Scenario: The password is out of the reach of others
      When the connection settings are read
      Then the password is given by reference, and is its owner's alone
      And it was sent only where the server had proved who it is
