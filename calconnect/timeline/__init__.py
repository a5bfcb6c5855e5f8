"""What ends when: dated facts with their sources, and what they come to for one organisation on one day."""
