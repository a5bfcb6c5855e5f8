"""The Exchange Online half of an organisation: Entra's directory, applications and their rights, EWS's end."""
