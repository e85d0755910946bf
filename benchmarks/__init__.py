"""What is measured: how well messages are understood, how fast, against stock Rasa."""
