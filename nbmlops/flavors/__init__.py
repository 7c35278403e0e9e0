"""One file for each model library: recognise, save, load without running code, predict; and signatures."""

from nbmlops.flavors._protocol import Flavor
from nbmlops.flavors._select import flavor_for, get_flavor
from nbmlops.flavors.signature import check_signature, sample_rows, signature_of

__all__ = ["Flavor", "check_signature", "flavor_for", "get_flavor", "sample_rows", "signature_of"]
