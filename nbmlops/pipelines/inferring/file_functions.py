"""Which functions and methods of libraries read and write files, and in which argument the file stands."""

from __future__ import annotations

import functools
from fnmatch import fnmatchcase

PATH_WORDS = (
    "path filepath_or_buffer path_or_buf path_or_buffer filepath file filename fname fp f io source sources where "
    "excel_writer buf dest sink root_path base_dir output output_file output_filename file_name path_or_paths "
    "path_or_handle model_file save_path out_fname store target url uri"
).split()
"""Arguments by whose names a file is given."""

READ_FUNCTIONS: dict[str, int] = {
    "pandas.read_*": 0,
    "pandas.ExcelFile": 0,
    "pandas.HDFStore": 0,
    "geopandas.read_*": 0,
    "dask.dataframe.read_*": 0,
    "modin.pandas.read_*": 0,
    "polars.read_*": 0,
    "polars.scan_*": 0,
    "pyarrow.parquet.read_*": 0,
    "pyarrow.parquet.ParquetFile": 0,
    "pyarrow.parquet.ParquetDataset": 0,
    "pyarrow.feather.read_*": 0,
    "pyarrow.csv.read_csv": 0,
    "pyarrow.csv.open_csv": 0,
    "pyarrow.json.read_json": 0,
    "pyarrow.orc.*": 0,
    "pyarrow.dataset.dataset": 0,
    "pyarrow.memory_map": 0,
    "pyarrow.ipc.open_*": 0,
    "duckdb.read_*": 0,
    "duckdb.from_*": 0,
    "ibis.read_*": 0,
    "numpy.load": 0,
    "numpy.loadtxt": 0,
    "numpy.genfromtxt": 0,
    "numpy.fromfile": 0,
    "numpy.memmap": 0,
    "joblib.load": 0,
    "dill.load": 0,
    "cloudpickle.load": 0,
    "torch.load": 0,
    "torch.jit.load": 0,
    "safetensors.*.load_file": 0,
    "skops.io.load": 0,
    "skops.io.get_untrusted_types": 99,
    "keras.models.load_model": 0,
    "keras.saving.load_model": 0,
    "tensorflow.keras.models.load_model": 0,
    "tensorflow.saved_model.load": 0,
    "lightgbm.Booster": 99,
    "xgboost.DMatrix": 0,
    "lightgbm.Dataset": 0,
    "onnx.load": 0,
    "onnxruntime.InferenceSession": 0,
    "spacy.load": 0,
    "xarray.open_*": 0,
    "xarray.load_*": 0,
    "scipy.io.loadmat": 0,
    "scipy.io.wavfile.read": 0,
    "scipy.sparse.load_npz": 0,
    "anndata.read_*": 0,
    "scanpy.read*": 0,
    "nibabel.load": 0,
    "rasterio.open": 0,
    "fiona.open": 0,
    "cv2.imread": 0,
    "imageio.imread": 0,
    "imageio.v?.imread": 0,
    "skimage.io.imread": 0,
    "PIL.Image.open": 0,
    "matplotlib.pyplot.imread": 0,
    "matplotlib.image.imread": 0,
    "librosa.load": 0,
    "soundfile.read": 0,
    "networkx.read_*": 0,
    "gensim.models.*.load": 0,
    "gensim.models.KeyedVectors.load_word2vec_format": 0,
    "datasets.load_from_disk": 0,
    "nbformat.read": 0,
    "statsmodels.*.load": 0,
    "statsmodels.*.load_pickle": 0,
    "linecache.getlines": 0,
    "fileinput.input": 0,
    "runpy.run_path": 0,
    "importlib.util.spec_from_file_location": 1,
}

WRITE_FUNCTIONS: dict[str, int] = {
    "pandas.ExcelWriter": 0,
    "pandas.to_pickle": 1,
    "pyarrow.parquet.write_table": 1,
    "pyarrow.parquet.write_to_dataset": 1,
    "pyarrow.parquet.write_metadata": 1,
    "pyarrow.parquet.ParquetWriter": 0,
    "pyarrow.feather.write_feather": 1,
    "pyarrow.csv.write_csv": 1,
    "pyarrow.orc.write_table": 1,
    "pyarrow.dataset.write_dataset": 1,
    "pyarrow.OSFile": 0,
    "duckdb.write_*": 1,
    "numpy.save": 0,
    "numpy.savez": 0,
    "numpy.savez_compressed": 0,
    "numpy.savetxt": 0,
    "joblib.dump": 1,
    "dill.dump": 1,
    "cloudpickle.dump": 1,
    "torch.save": 1,
    "torch.jit.save": 1,
    "torch.onnx.export": 2,
    "safetensors.*.save_file": 1,
    "skops.io.dump": 1,
    "keras.models.save_model": 1,
    "keras.saving.save_model": 1,
    "tensorflow.saved_model.save": 1,
    "onnx.save": 1,
    "scipy.io.savemat": 0,
    "scipy.io.wavfile.write": 0,
    "scipy.sparse.save_npz": 0,
    "cv2.imwrite": 0,
    "imageio.imwrite": 0,
    "imageio.v?.imwrite": 0,
    "imageio.mimsave": 0,
    "skimage.io.imsave": 0,
    "matplotlib.pyplot.savefig": 0,
    "matplotlib.pyplot.imsave": 0,
    "matplotlib.image.imsave": 0,
    "matplotlib.backends.backend_pdf.PdfPages": 0,
    "plotly.io.write_*": 1,
    "plotly.offline.plot": 99,
    "bokeh.plotting.output_file": 0,
    "bokeh.io.output_file": 0,
    "soundfile.write": 0,
    "networkx.write_*": 1,
    "nbformat.write": 1,
    "yaml.dump": 1,
    "urllib.request.urlretrieve": 1,
    "wget.download": 1,
    "gdown.download": 1,
    "sklearn.tree.export_graphviz": 1,
    "shutil.make_archive": 0,
}

READ_METHODS: dict[str, int] = {
    "load_model": 0,
    "load_weights": 0,
    "load_state_dict": 99,
    "read_csv": 0,
    "read_parquet": 0,
    "read_json": 0,
    "from_parquet": 0,
    "read_excel": 0,
    "read_text": 0,
    "from_csv": 0,
    "load_from_disk": 0,
    "textFile": 0,
    "from_disk": 0,
}

WRITE_METHODS: dict[str, int] = {
    **dict.fromkeys(
        (
            "to_csv to_parquet to_pickle to_json to_excel to_feather to_hdf to_html to_latex to_markdown to_stata "
            "to_orc to_xml to_string to_netcdf to_zarr to_file to_disk to_arrow write_csv write_parquet write_json "
            "write_ndjson write_ipc write_excel write_avro sink_csv sink_parquet sink_ipc sink_ndjson write_html "
            "write_image savefig save_model save_weights tofile save_pretrained save_to_disk write_h5ad "
            "saveAsTextFile save_npz dump_model write_table export_model write_delta to_arrow_file"
        ).split(),
        0,
    ),
}

SPARK_WORDS = frozenset({"csv", "parquet", "json", "orc", "text", "save", "load", "delta", "table"})
"""Of ``df.write`` and ``spark.read``."""

SUFFIXES = {
    "numpy.save": ".npy",
    "numpy.savez": ".npz",
    "numpy.savez_compressed": ".npz",
    "scipy.sparse.save_npz": ".npz",
}
"""What a function puts behind a name that has no ending of its own."""

OPENERS = frozenset(
    (
        "builtins.open io.open codecs.open gzip.open bz2.open lzma.open zipfile.ZipFile tarfile.open h5py.File "
        "tables.open_file netCDF4.Dataset shelve.open smart_open.open fsspec.open pyarrow.OSFile uproot.open zarr.open"
    ).split()
)
"""Functions whose second argument, or ``mode``, says what they do."""

WAYS = {"h5py.File": "r", "shelve.open": "a", "zarr.open": "a"}
"""The mode of those who do not read by default."""

COPIES = frozenset(
    (
        "shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move os.rename os.replace os.link os.symlink "
        "shutil.unpack_archive"
    ).split()
)

DATABASES = {
    "sqlite3.connect": "database",
    "sqlite_utils.Database": "database",
    "duckdb.connect": "duckdb",
    "sqlalchemy.create_engine": "database",
    "sqlalchemy.ext.asyncio.create_async_engine": "database",
    "adbc_driver_sqlite.dbapi.connect": "database",
    "apsw.Connection": "database",
    "dataset.connect": "database",
    "ibis.sqlite.connect": "database",
    "ibis.duckdb.connect": "duckdb",
    "ibis.connect": "database",
}


@functools.lru_cache(maxsize=4096)
def position_in(table: str, name: str) -> int | None:
    """Return where the file stands among the arguments of a function, None where it takes none.

    Examples
    --------
    >>> position_in("read", "pandas.read_csv"), position_in("write", "joblib.dump"), position_in("read", "math.sin")
    (0, 1, None)
    """
    functions = READ_FUNCTIONS if table == "read" else WRITE_FUNCTIONS
    if name in functions:
        return functions[name]
    return next((at for pattern, at in functions.items() if "*" in pattern and fnmatchcase(name, pattern)), None)
