"""How records look: as HTML in a notebook, as text in a terminal."""
