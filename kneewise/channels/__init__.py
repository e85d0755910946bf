"""Input channels; `credentials.yml` names those that are on."""
