"""Procedures drawn: a graph of what can happen, for the terminal, as Mermaid text and as SVG."""
