"""What is known of Python's own library: which names only compute, and which do something.

`COMPUTES`, one module a line: calling these, holding them and handing them on
does nothing outside the program.  `DOES`, one function a line: what it does to
which argument (number:name).  `source` is a file or a URL, `list` a folder whose
names are read.  What is in neither is unknown.
"""

from __future__ import annotations

from aileron.inline.words import names

COMPUTES = """
builtins: abs aiter all anext any ascii bin bool bytearray bytes callable chr classmethod complex
  dict divmod enumerate filter float format frozenset hash hex id int isinstance issubclass iter len
  list
  map max memoryview min next object oct ord pow print property range repr reversed round set slice
  sorted staticmethod str sum super tuple zip input exit quit hasattr dir type Ellipsis
  NotImplemented BaseException Exception ArithmeticError AssertionError AttributeError
  BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError
  ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError
  EnvironmentError ExceptionGroup FileExistsError FileNotFoundError FloatingPointError FutureWarning
  GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError
  IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError
  NotADirectoryError NotImplementedError OSError OverflowError PendingDeprecationWarning
  PermissionError ProcessLookupError RecursionError ReferenceError ResourceWarning RuntimeError
  RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit
  TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError
  UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError
__future__: annotations division print_function absolute_import unicode_literals generator_stop
abc: ABC ABCMeta abstractmethod
argparse: ArgumentParser Namespace ArgumentDefaultsHelpFormatter RawDescriptionHelpFormatter
  RawTextHelpFormatter REMAINDER ArgumentTypeError ArgumentError SUPPRESS BooleanOptionalAction
array: array
ast: literal_eval parse walk dump unparse iter_child_nodes iter_fields get_docstring NodeVisitor
  get_source_segment fix_missing_locations AST Module FunctionDef AsyncFunctionDef ClassDef Return
  Assign AugAssign AnnAssign For While If With Raise Try Assert Import ImportFrom Global Nonlocal
  Expr Pass Break Continue BoolOp BinOp UnaryOp Lambda IfExp Dict Set ListComp SetComp DictComp
  GeneratorExp Await Yield YieldFrom Compare Call JoinedStr Constant Attribute Subscript Starred
  Name List Tuple Slice Load Store Del alias arg arguments keyword ExceptHandler Str Num stmt expr
atexit: register
base64: b64encode b64decode urlsafe_b64encode urlsafe_b64decode standard_b64encode
  standard_b64decode b32encode b32decode b16encode b16decode b85encode b85decode a85encode a85decode
  encodebytes decodebytes
binascii: hexlify unhexlify crc32 a2b_hex b2a_hex a2b_base64 b2a_base64 Error
bisect: bisect bisect_left bisect_right insort insort_left insort_right
bz2: compress decompress
calendar: monthrange isleap month_name month_abbr day_name day_abbr monthcalendar timegm
cmath: *
codecs: encode decode BOM_UTF8 BOM_UTF16_LE BOM_UTF16_BE
collections: Counter defaultdict OrderedDict namedtuple deque ChainMap UserDict UserList UserString
collections.abc: *
colorsys: *
concurrent.futures: ThreadPoolExecutor as_completed wait TimeoutError
configparser: ConfigParser RawConfigParser SafeConfigParser Error NoSectionError NoOptionError
contextlib: contextmanager suppress redirect_stdout redirect_stderr closing nullcontext ExitStack
copy: copy deepcopy
csv: reader writer DictReader DictWriter Sniffer field_size_limit QUOTE_ALL QUOTE_MINIMAL
  QUOTE_NONE QUOTE_NONNUMERIC Error
dataclasses: dataclass field asdict astuple fields replace is_dataclass
datetime: datetime date time timedelta timezone tzinfo UTC MINYEAR MAXYEAR
decimal: *
difflib: unified_diff ndiff context_diff SequenceMatcher get_close_matches Differ HtmlDiff
email.utils: *
enum: Enum IntEnum Flag IntFlag auto unique StrEnum
errno: *
fnmatch: fnmatch filter fnmatchcase translate
fractions: Fraction
functools: reduce partial lru_cache cache wraps cmp_to_key cached_property total_ordering
gc: collect disable enable
getpass: getuser
glob: escape
graphlib: TopologicalSorter CycleError
gzip: compress decompress
hashlib: md5 sha1 sha224 sha256 sha384 sha512 blake2b blake2s sha3_256 sha3_512 new file_digest
  pbkdf2_hmac scrypt algorithms_available
heapq: *
hmac: new compare_digest digest
html: escape unescape
html.parser: HTMLParser
html.entities: *
http: HTTPStatus
importlib.metadata: version distribution distributions metadata packages_distributions files
  requires entry_points PackageNotFoundError
inspect: getsource getsourcelines getsourcefile getfile signature getdoc isclass isfunction
  ismethod ismodule Parameter Signature iscoroutinefunction isgeneratorfunction isabstract cleandoc
  isbuiltin getmro getfullargspec
io: StringIO BytesIO SEEK_SET SEEK_END
ipaddress: *
itertools: *
json: loads load dumps dump JSONDecodeError JSONEncoder JSONDecoder
keyword: iskeyword kwlist
linecache: clearcache
locale: setlocale getlocale getpreferredencoding LC_ALL
logging: getLogger info debug warning error critical exception log StreamHandler Formatter DEBUG
  INFO WARNING ERROR CRITICAL disable NullHandler getLevelName Logger
lzma: compress decompress
math: *
mimetypes: guess_type guess_extension
numbers: *
operator: add sub mul truediv floordiv mod neg pos and_ or_ xor not_ eq ne lt le gt ge itemgetter
  contains getitem concat index truth pow abs invert lshift rshift countOf indexOf is_ is_not
os: getcwd getpid getppid getuid getgid geteuid getegid getlogin uname cpu_count path sep linesep
  name curdir pardir extsep pathsep altsep devnull fspath fsencode fsdecode stat lstat access
  urandom getloadavg get_terminal_size stat_result strerror times R_OK W_OK X_OK F_OK isatty
  cpu_count sched_getaffinity getpgid getpgrp getgroups umask statvfs O_RDONLY O_WRONLY O_RDWR
  O_CREAT O_TRUNC O_APPEND O_EXCL SEEK_SET SEEK_CUR SEEK_END fsync close read write lseek fstat
  PathLike error DirEntry sysconf get_exec_path waitpid wait _exit nice WIFEXITED WEXITSTATUS
os.path: basename dirname join exists isfile isdir islink ismount getsize getmtime getctime getatime
  split splitext splitdrive abspath realpath normpath relpath expanduser expandvars commonpath
  commonprefix lexists samefile isabs sep normcase pardir curdir pathsep
pathlib: Path PurePath PosixPath PurePosixPath PureWindowsPath
pickle: dumps dump HIGHEST_PROTOCOL PickleError UnpicklingError
pkgutil: iter_modules walk_packages
platform: *
plistlib: loads load dumps dump
pprint: pprint pformat pp PrettyPrinter
queue: Queue LifoQueue PriorityQueue SimpleQueue Empty Full
random: random uniform randint choice choices sample shuffle seed gauss normalvariate randrange
  getrandbits betavariate expovariate Random SystemRandom triangular randbytes lognormvariate
re: *
reprlib: repr Repr
resource: getrusage RUSAGE_SELF RUSAGE_CHILDREN getrlimit RLIMIT_AS RLIMIT_STACK RLIMIT_NOFILE
secrets: *
shlex: split quote join shlex
shutil: which disk_usage get_terminal_size copyfileobj ignore_patterns Error SameFileError
signal: signal alarm SIGTERM SIGKILL SIGINT SIGALRM SIGHUP SIGUSR1 SIGUSR2 SIGPIPE SIG_DFL SIG_IGN
  Signals SIGQUIT SIGCHLD setitimer ITIMER_REAL
site: getsitepackages getusersitepackages getuserbase ENABLE_USER_SITE
socket: gethostname getfqdn
sqlite3: Row Error OperationalError IntegrityError DatabaseError version sqlite_version
  ProgrammingError PARSE_DECLTYPES
ssl: OPENSSL_VERSION
stat: *
statistics: *
string: ascii_letters ascii_lowercase ascii_uppercase digits hexdigits punctuation printable
  whitespace octdigits capwords Template
struct: *
sys: argv exit stdin stdout stderr version version_info platform executable maxsize path
  getsizeof byteorder flags prefix exec_prefix base_prefix implementation getrecursionlimit
  setrecursionlimit float_info int_info hexversion getdefaultencoding getfilesystemencoding
  builtin_module_names stdlib_module_names maxunicode getrefcount intern exc_info
  set_int_max_str_digits copyright api_version warnoptions orig_argv
sys.modules: keys
sysconfig: get_path get_paths get_config_var get_config_vars get_platform get_python_version
tempfile: gettempdir
textwrap: *
threading: Lock RLock Event Semaphore Condition Thread current_thread Barrier local Timer
  active_count enumerate get_ident
time: *
token: *
tokenize: tokenize generate_tokens untokenize TokenError NAME STRING NUMBER OP COMMENT NEWLINE
tomllib: loads load TOMLDecodeError
traceback: print_exc format_exc print_exception format_exception print_stack format_tb print_tb
  format_exception_only
tracemalloc: start stop get_traced_memory is_tracing
types: SimpleNamespace GeneratorType MappingProxyType NoneType
typing: Any Optional Union List Dict Tuple Set FrozenSet Callable Iterable Iterator Sequence
  Mapping Literal TypedDict NamedTuple Protocol TypeVar Generic cast Final ClassVar Annotated
  Generator Type IO TextIO BinaryIO overload TYPE_CHECKING NoReturn Self DefaultDict Deque
  MutableMapping MutableSequence Hashable Sized Counter OrderedDict NewType get_args get_origin
unicodedata: *
urllib.error: HTTPError URLError
urllib.parse: *
uuid: *
warnings: filterwarnings simplefilter warn catch_warnings resetwarnings
weakref: ref proxy WeakValueDictionary WeakKeyDictionary WeakSet
xml.dom.minidom: parseString
xml.etree.ElementTree: fromstring tostring Element SubElement ParseError
  indent XML dump register_namespace tostringlist QName Comment
xml.sax.saxutils: escape unescape quoteattr
zipfile: is_zipfile BadZipFile ZIP_DEFLATED ZIP_STORED ZipInfo
zlib: *
zoneinfo: ZoneInfo available_timezones ZoneInfoNotFoundError
"""

DOES = """
os.listdir list 0:path
os.scandir list 0:path
os.walk list 0:top
os.fwalk list 0:top
os.readlink read 0:path
os.remove delete 0:path
os.unlink delete 0:path
os.rmdir delete 0:path
os.removedirs delete 0:name
os.rename delete 0:src write 1:dst
os.renames delete 0:old write 1:new
os.replace delete 0:src write 1:dst
os.mkdir write 0:path
os.makedirs write 0:name
os.mkfifo write 0:path
os.mknod write 0:path
os.truncate write 0:path
os.chmod write 0:path
os.lchmod write 0:path
os.chown write 0:path
os.lchown write 0:path
os.utime write 0:path
os.setxattr write 0:path
os.removexattr write 0:path
shutil.copy read 0:src write 1:dst
shutil.copy2 read 0:src write 1:dst
shutil.copyfile read 0:src write 1:dst
shutil.copytree read 0:src write 1:dst
shutil.copymode write 1:dst
shutil.copystat write 1:dst
shutil.move delete 0:src write 1:dst
shutil.rmtree delete-tree 0:path
shutil.chown write 0:path
shutil.make_archive write 0:base_name read 2:root_dir read 3:base_dir
glob.glob glob 0:pathname
glob.iglob glob 0:pathname
filecmp.cmp read 0:f1 read 1:f2
filecmp.cmpfiles read 0:a read 1:b
filecmp.dircmp read 0:a read 1:b
linecache.getline read 0:filename
linecache.getlines read 0:filename
tokenize.open read 0:filename
imghdr.what read 0:file
wave.open both 0:f
tempfile.mkdtemp scratch 2:dir
tempfile.mkstemp scratch 2:dir
tempfile.TemporaryDirectory scratch 2:dir
tempfile.NamedTemporaryFile scratch 6:dir
tempfile.TemporaryFile scratch 6:dir
sqlite3.connect write 0:database
tarfile.is_tarfile read 0:name
zipfile.Path read 0:root
xml.etree.ElementTree.parse read 0:source
xml.dom.minidom.parse read 0:file
py_compile.compile read 0:file write 1:cfile
urllib.request.urlretrieve fetch 0:url write 1:filename
logging.basicConfig write :filename
xml.etree.ElementTree.iterparse read 0:source
xml.etree.ElementTree.ElementTree read 1:file
"""

# Every other module of Python's own library: importing one of these is unknown.
OTHERS = names("""
    __main__ _thread aifc antigravity asynchat asyncio asyncore bdb builtins cProfile cgi cgitb
    chunk cmd code codeop compileall copyreg crypt ctypes curses dbm dis distutils doctest email
    encodings
    ensurepip faulthandler fcntl fileinput formatter ftplib gettext grp idlelib imaplib imp
    importlib lib2to3 mailbox mailcap marshal mmap modulefinder msilib msvcrt multiprocessing netrc
    nis
    nntplib nntp nt ntpath nturl2path opcode optparse ossaudiodev parser pathlib2 pdb pickletools
    pipes poplib posix posixpath profile pstats pty pwd pyclbr pydoc pydoc_data pyexpat readline
    rlcompleter runpy sched select selectors shelve smtpd smtplib sndhdr socketserver spwd
    stringprep sunau symbol symtable sys sysconfig syslog tabnanny telnetlib termios test this
    timeit tkinter trace tty turtle turtledemo unittest urllib uu venv webbrowser winreg winsound
    wsgiref xdrlib xml xmlrpc zipapp zipimport http concurrent
    """)

# What builtins there are that do something, so that a name of theirs is not unbound.
BUILTINS_THAT_DO = names("""
    __build_class__ __import__ breakpoint compile copyright credits delattr eval exec getattr
    globals help license locals open setattr vars
    """)
