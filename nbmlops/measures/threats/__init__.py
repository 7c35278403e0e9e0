"""Threats: rows that are none of what a model was trained on, and rows that somebody may have put in."""

from nbmlops.measures.threats.finding import Threat, Threats, threats_in

__all__ = ["Threat", "Threats", "threats_in"]
