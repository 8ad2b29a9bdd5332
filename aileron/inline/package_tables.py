"""What is known of packages that programs use much, in the form of `python_tables`.

A module whose line ends in `*` holds only what computes, apart from names that
start with `_` and names of Python's own modules.
"""

from __future__ import annotations

from aileron.inline.words import names

COMPUTES = """
dotenv: load_dotenv find_dotenv
numpy: * linalg random fft ma polynomial testing.assert_allclose
numpy.linalg: *
numpy.random: *
numpy.fft: *
numpy.ma: array masked_array masked_where masked_invalid masked mean
numpy.polynomial: *
pandas: DataFrame Series Index MultiIndex concat merge to_datetime to_numeric to_timedelta isna
  isnull notna notnull cut qcut get_dummies pivot_table crosstab melt date_range Timestamp Timedelta
  NA NaT Categorical reset_option options unique factorize json_normalize
  wide_to_long Grouper period_range Interval IntervalIndex DatetimeIndex merge_asof show_versions
  NamedAgg value_counts array errors Int64Dtype StringDtype CategoricalDtype RangeIndex
pandas.api.types: *
scipy: stats signal optimize integrate interpolate linalg spatial special ndimage sparse fft
  cluster constants
scipy.stats: *
scipy.signal: *
scipy.optimize: *
scipy.integrate: *
scipy.interpolate: *
scipy.linalg: *
scipy.spatial: *
scipy.spatial.distance: *
scipy.special: *
scipy.ndimage: *
scipy.sparse: csr_matrix csc_matrix coo_matrix lil_matrix vstack hstack eye issparse linalg
scipy.sparse.linalg: *
scipy.fft: *
scipy.cluster.hierarchy: *
scipy.constants: *
sklearn: set_config
sklearn.cluster: *
sklearn.compose: *
sklearn.datasets: load_iris load_digits load_wine load_breast_cancer load_diabetes
  make_classification make_regression make_blobs make_moons make_circles
sklearn.decomposition: *
sklearn.dummy: *
sklearn.ensemble: *
sklearn.feature_extraction.text: *
sklearn.feature_selection: *
sklearn.gaussian_process: *
sklearn.impute: *
sklearn.linear_model: *
sklearn.manifold: *
sklearn.metrics: *
sklearn.metrics.pairwise: *
sklearn.mixture: *
sklearn.model_selection: *
sklearn.multiclass: *
sklearn.naive_bayes: *
sklearn.neighbors: *
sklearn.neural_network: *
sklearn.pipeline: *
sklearn.preprocessing: *
sklearn.svm: *
sklearn.tree: *
matplotlib: rcParams
matplotlib.pyplot: plot scatter bar barh hist figure subplots subplot title xlabel ylabel legend
  grid xlim ylim xticks yticks tight_layout close show axhline axvline fill_between errorbar
  imshow colorbar text annotate suptitle style cm contour contourf pie boxplot gca gcf clf cla axis
  loglog semilogx semilogy rcParams subplots_adjust step stem twinx violinplot hlines vlines
  pcolormesh quiver get_cmap
matplotlib.patches: *
matplotlib.ticker: *
matplotlib.dates: *
matplotlib.colors: *
matplotlib.cm: *
matplotlib.gridspec: *
PIL: ImageDraw ImageFilter ImageOps ImageEnhance ImageStat ImageChops UnidentifiedImageError
PIL.Image: new fromarray Resampling LANCZOS BICUBIC BILINEAR NEAREST frombytes merge blend
  composite Image MAX_IMAGE_PIXELS
PIL.ImageDraw: *
PIL.ImageFilter: *
PIL.ImageOps: *
PIL.ImageEnhance: *
PIL.ImageStat: *
PIL.ImageChops: *
torch: * nn cuda optim backends distributions autograd linalg fft special testing.assert_close
torch.nn: *
torch.nn.functional: *
torch.nn.init: *
torch.nn.utils: clip_grad_norm_ clip_grad_value_
torch.nn.utils.rnn: *
torch.cuda: *
torch.optim: *
torch.optim.lr_scheduler: *
torch.linalg: *
torch.fft: *
torch.distributions: *
torch.autograd: *
torch.backends: *
torch.backends.mps: *
torch.backends.cudnn: *
torch.utils.data: *
requests: Response RequestException codes
requests.exceptions: *
urllib3: disable_warnings
urllib3.exceptions: *
yaml: safe_load safe_load_all safe_dump safe_dump_all dump dump_all SafeLoader CSafeLoader YAMLError
  SafeDumper BaseLoader scan compose compose_all parse
bs4: BeautifulSoup Comment NavigableString Tag
lxml.html: fromstring tostring
tqdm: tqdm trange
tqdm.auto: tqdm
tabulate: tabulate
toml: loads dumps
tomli: loads load TOMLDecodeError
tomli_w: dumps dump
tomlkit: loads dumps parse
chardet: detect
imageio_ffmpeg: get_ffmpeg_exe get_ffmpeg_version
regex: *
dateutil.parser: *
dateutil.relativedelta: *
dateutil.tz: *
pytz: *
packaging.version: *
packaging.specifiers: *
packaging.requirements: *
jsonschema: validate Draft7Validator Draft202012Validator Draft4Validator ValidationError
  exceptions SchemaError
jsonschema.exceptions: *
networkx: Graph DiGraph shortest_path shortest_path_length connected_components is_connected
  topological_sort is_directed_acyclic_graph simple_cycles density degree_centrality
  betweenness_centrality pagerank number_of_nodes number_of_edges all_simple_paths
cv2: cvtColor resize threshold Canny GaussianBlur findContours boundingRect contourArea
  COLOR_BGR2GRAY COLOR_BGR2RGB COLOR_RGB2BGR COLOR_GRAY2BGR THRESH_BINARY THRESH_OTSU
  RETR_EXTERNAL CHAIN_APPROX_SIMPLE absdiff CAP_PROP_FPS CAP_PROP_FRAME_COUNT INTER_AREA
  CAP_PROP_FRAME_WIDTH CAP_PROP_FRAME_HEIGHT CAP_PROP_POS_FRAMES mean countNonZero matchTemplate
  minMaxLoc TM_CCOEFF_NORMED rectangle putText line circle FONT_HERSHEY_SIMPLEX inRange bitwise_and
pydantic: ValidationError
termcolor: colored
colorama: init Fore Style Back
rich: print
"""

# Names that a `*` above does not cover.
NOT = names("""
    numpy.load numpy.save numpy.savez numpy.savez_compressed numpy.savetxt numpy.loadtxt
    numpy.genfromtxt numpy.fromfile numpy.memmap numpy.fromregex numpy.DataSource numpy.f2py
    numpy.distutils numpy.testing numpy.ctypeslib numpy.core numpy.lib numpy.compat numpy.lookfor
    numpy.source numpy.info numpy.safe_eval numpy.deprecate numpy.test numpy.rec numpy.char
    numpy.matrixlib numpy.typing numpy.version numpy.exceptions numpy.get_include numpy.bench
    numpy.loads numpy.ndfromtxt numpy.mafromtxt numpy.recfromtxt numpy.recfromcsv numpy.setbufsize
    numpy.add_newdoc numpy.add_docstring numpy.record
    torch.load torch.save torch.hub torch.jit torch.ops torch.classes torch.utils torch.package
    torch.compile torch.onnx torch.distributed torch.multiprocessing torch.library torch.export
    torch.serialization torch.storage torch.version torch.functional torch.overrides torch.fx
    torch.profiler torch.testing torch.futures torch.types torch.torch_version torch.return_types
    torch.from_file torch.builtins torch.func torch.sys torch.os torch.ctypes torch.cpp
    torch.nn.utils torch.nn.modules torch.nn.parallel torch.nn.functional.torch torch.classproperty
    torch.cuda.Any torch.cuda.memory torch.cuda.profiler torch.cuda.nccl torch.cuda.cudart
    scipy.io scipy.misc scipy.datasets scipy.LowLevelCallable
    torch.utils.data.datapipes torch.utils.data.dataloader torch.utils.data.graph
    dateutil.tz.tzfile dateutil.tz.tzical pytz.open_resource re.sre_compile platform.popen
    """)

DOES = """
numpy.save write 0:file
numpy.savez write 0:file
numpy.savez_compressed write 0:file
numpy.savetxt write 0:fname
numpy.loadtxt source 0:fname
numpy.genfromtxt source 0:fname
numpy.fromfile read 0:file
numpy.memmap both 0:filename
pandas.read_csv source 0:filepath_or_buffer
pandas.read_table source 0:filepath_or_buffer
pandas.read_json source 0:path_or_buf
pandas.read_excel source 0:io
pandas.read_parquet source 0:path
pandas.read_feather source 0:path
pandas.read_fwf source 0:filepath_or_buffer
pandas.read_html source 0:io
pandas.read_xml source 0:path_or_buffer
pandas.read_orc source 0:path
pandas.read_stata source 0:filepath_or_buffer
pandas.read_sas source 0:filepath_or_buffer
pandas.ExcelFile source 0:path_or_buffer
pandas.ExcelWriter write 0:path
scipy.io.loadmat read 0:file_name
scipy.io.savemat write 0:file_name
scipy.io.wavfile.read read 0:filename
scipy.io.wavfile.write write 0:filename
scipy.sparse.load_npz read 0:file
scipy.sparse.save_npz write 0:file
matplotlib.pyplot.savefig write 0:fname
matplotlib.pyplot.imread source 0:fname
matplotlib.pyplot.imsave write 0:fname
matplotlib.image.imread source 0:fname
PIL.Image.open read 0:fp
torch.save write 1:f
joblib.dump write 1:filename
toml.load read 0:f
cv2.imread read 0:filename
cv2.imwrite write 0:filename
cv2.VideoCapture source 0:filename
cv2.VideoWriter write 0:filename
h5py.File both 0:name
pyarrow.parquet.read_table source 0:source
pyarrow.parquet.write_table write 1:where
openpyxl.load_workbook read 0:filename
docx.Document read 0:docx
PyPDF2.PdfReader read 0:stream
pypdf.PdfReader read 0:stream
dotenv.dotenv_values read 0:dotenv_path
soundfile.read read 0:file
soundfile.write write 0:file
"""

# Packages that run text or programs, or evaluate what they are given.
REFUSED = names("""
    IPython aiohttp asyncssh boto3 celery cffi click_shell cloudpickle cython delegator dill docker
    execnet fabric fire flask_script gevent git google hypothesis invoke ipdb jax jinja2
    jsonpickle kubernetes mako numba numexpr nox openai paramiko patchwork pexpect pip pkg_resources
    playwright plumbum pluggy psutil ptyprocess pudb py pyautogui pynput pytest pywinpty scapy
    selenium setuptools sh sshtunnel subprocess32 sympy telnetlib3 tox trio twisted uvloop
    virtualenv websocket websockets wheel xonsh zmq requests_html httpx anthropic smart_open fsspec
    """)
