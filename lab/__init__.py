"""The lab: a fleet of small virtual machines that the scenarios and the demo run on."""
