"""Content digests of data and of Python objects, the same in every process and fixed for ever.

``fingerprint`` digests a data object (frame, series, array, sparse matrix, tensor) as a tree: a leaf is one
column's block of 262,144 rows over validity, lengths and values; the root is the content address. The root
does not depend on the order of columns, on chunks, or on whether strings are Arrow or Python objects;
``order`` is a second digest. ``object_digest`` digests an object graph, such as a fitted estimator.

What counts as the same content:

- a missing value is one thing: None, NaN, NaT, ``pandas.NA`` and Arrow's null agree, whatever the NaN's
  bits;
- ``0.0`` and ``-0.0`` differ; ``int32`` and ``int64`` differ; ``Int64``, ``int64`` and Arrow's ``int64``
  agree;
- instants and durations agree across units (``ns``, ``us`` …) and differ across time zones;
- Python strings, ``string``, ``str`` and Arrow strings agree; so does a column in which everything is
  missing;
- a category column is its codes, its categories in their order, and whether it is ordered;
- an index 0, 1, 2 … without a name is no content; any other index is hashed like columns of a namespace of
  its own.

Importing this package loads no data library; types are told by what the caller has already imported.
"""

from nbmlops.capture.fingerprint._data import fingerprint
from nbmlops.capture.fingerprint._detect import is_data, is_shown, nbytes
from nbmlops.capture.fingerprint._objects import object_digest
from nbmlops.capture.fingerprint._record import BLOCK_ROWS, Fingerprint, Leaf
from nbmlops.capture.fingerprint._states import without_times

__all__ = [
    "BLOCK_ROWS",
    "Fingerprint",
    "Leaf",
    "fingerprint",
    "is_data",
    "is_shown",
    "nbytes",
    "object_digest",
    "without_times",
]
