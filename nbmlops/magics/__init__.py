"""The magics: each parses its line, calls one method of the workspace, and shows what comes back."""
