"""Pictures: view → SVG → PNG."""
