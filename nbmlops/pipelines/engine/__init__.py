"""The papermill engine; this package imports papermill, and nothing above it does."""

# papermill loads our engine, by its entry point, while it is being imported itself: it has to be the one that begins
import papermill as papermill
