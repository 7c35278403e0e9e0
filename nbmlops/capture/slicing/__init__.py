"""The exact slice: which executions of cells a tracked cell depends on.

`history.History` follows the cells. For each execution it keeps a `trace.Trace`: what was bound, deleted, read and
changed, told from the text (`flow`, `mutations`), the namespace before and after (identities), and the content of what
could be reached (`graph`). Nothing is traced while the cell runs, and a check of content only ever serves to leave a
cell out.
"""
