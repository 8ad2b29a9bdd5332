"""What methods do, by their name alone: what they are called on is not always known.

A name stands in `HARMLESS` only if no object that a program can hold does harm
under it.  `DOES` is as in `python_tables`; `self` is the object itself, as a path.
"""

from __future__ import annotations

from aileron.inline.words import names

HARMLESS = names("""
    append extend insert pop remove clear index count sort reverse copy
    get items keys values setdefault update popitem fromkeys most_common elements subtract total
    add discard union intersection difference symmetric_difference issubset issuperset isdisjoint
    difference_update intersection_update appendleft popleft rotate move_to_end
    strip lstrip rstrip split rsplit splitlines partition rpartition join format
    format_map lower upper title capitalize casefold swapcase startswith endswith find rfind rindex
    encode decode isdigit isalpha isalnum isspace isupper islower isnumeric isdecimal isidentifier
    isprintable istitle isascii zfill ljust rjust center expandtabs translate maketrans removeprefix
    removesuffix hex fromhex to_bytes from_bytes bit_length bit_count is_integer conjugate
    as_integer_ratio tobytes tolist cast
    read readline readlines readinto read1 peek writelines seek tell flush close closed fileno
    isatty
    truncate getvalue getbuffer seekable readable writable detach reconfigure
    group groups groupdict start end span match search fullmatch findall finditer sub subn expand
    now today utcnow strftime strptime isoformat fromisoformat fromtimestamp utcfromtimestamp
    timestamp date time timetz total_seconds weekday isoweekday isocalendar astimezone utcoffset
    timetuple combine toordinal fromordinal ctime tzname normalize localize dst
    exists is_file is_dir is_symlink is_absolute is_mount is_socket is_fifo stat lstat resolve
    absolute expanduser as_posix as_uri relative_to is_relative_to with_suffix with_name with_stem
    joinpath samefile home cwd owner match full_match
    hexdigest digest
    add_argument parse_args parse_known_args add_argument_group add_subparsers add_parser
    set_defaults print_help print_usage add_mutually_exclusive_group
    writerow writerows writeheader sniff has_header
    getroot iter iterfind findtext itertext tostring set
    getElementsByTagName getAttribute toprettyxml toxml
    namelist infolist getinfo testzip printdir getmembers getnames getmember extractfile next
    setpassword comment
    sections options has_section has_option getint getfloat getboolean add_section optionxform
    read_string read_file read_dict
    cursor commit rollback fetchone fetchall fetchmany backup iterdump
    result submit shutdown done cancelled add_done_callback exception
    acquire release wait is_set put get_nowait put_nowait task_done qsize empty full locked notify
    notify_all is_alive daemon
    poll kill terminate communicate
    json iter_content iter_lines raise_for_status getcode geturl info getheader getheaders headers
    visit generic_visit
    feed handle_starttag
    setLevel addHandler setFormatter debug warning error critical log removeHandler
    isEnabledFor
    unpack pack unpack_from pack_into iter_unpack
    throw
    cache_clear cache_info
    with_traceback add_note
    ratio quick_ratio get_matching_blocks get_opcodes get_grouped_opcodes compare make_file
    uniform randint choice choices sample shuffle seed random gauss randrange integers
    normal standard_normal permutation rand randn binomial poisson exponential beta gamma
    quantize to_integral_value as_tuple is_nan is_infinite sqrt exp ln log10 limit_denominator
    print pprint pformat
    bind from_callable parameters
    bindparam enter_context callback push
    substitute safe_substitute
    prepare static_order done get_ready
    _asdict _replace _make
    head tail describe shape dtypes columns groupby mean median std var sum min max size nunique
    unique value_counts sort_values sort_index reset_index set_index drop dropna fillna isna isnull
    notna notnull astype to_dict to_list to_numpy to_frame to_records iterrows itertuples iteritems
    merge join concat pivot pivot_table melt stack unstack corr cov quantile cumsum cumprod cummax
    cummin diff pct_change rolling expanding ewm resample shift rank clip round abs mode idxmax
    idxmin
    argmax argmin argsort nlargest nsmallest duplicated drop_duplicates isin between where mask any
    all select_dtypes memory_usage assign explode first last nth cumcount ngroup filter
    contains extract extractall_ get_dummies cat len slice pad repeat replace_ to_period
    to_timestamp tz_localize tz_convert normalize floor ceil dt day_name month_name
    dot transpose reshape ravel flatten squeeze swapaxes nonzero fill item itemset prod ptp trace
    diagonal cumsum conj tobytes byteswap view take put choose compress searchsorted partition
    argpartition setflags
    item numel dim view unsqueeze permute contiguous detach cpu cuda to float double half int long
    bool type requires_grad_ backward zero_grad step train parameters named_parameters
    state_dict load_state_dict modules_ children named_children register_buffer register_parameter
    expand repeat gather scatter scatter_ index_select masked_fill masked_select topk softmax
    log_softmax sigmoid tanh relu norm matmul mm bmm t T eq ne gt lt ge le add_ mul_ sub_ div_ copy_
    zero_ fill_ normal_ uniform_ clamp pow square exp_ chunk element_size is_contiguous is_available
    device_count numpy
    fit predict transform_ fit_transform fit_predict predict_proba score partial_fit get_params
    set_params inverse_transform decision_function get_feature_names_out kneighbors
    plot scatter bar barh hist set_title set_xlabel set_ylabel set_xlim set_ylim legend grid
    set_xticks set_yticks set_xticklabels set_yticklabels axhline axvline fill_between errorbar
    imshow text annotate suptitle tight_layout subplots add_subplot colorbar tick_params twinx
    invert_yaxis set_aspect autofmt_xdate set_visible add_patch flat axis subplots_adjust
    set_major_formatter set_major_locator set_xscale set_yscale set set_facecolor spines
    convert resize crop rotate paste getpixel putpixel getdata putdata getbbox histogram thumbnail
    rectangle ellipse line polygon point map alpha_composite getextrema split getcolors quantize
    getchannel transpose_ textbbox textsize textlength seek n_frames isOpened release set
    select select_one find_all find_parent find_next find_next_sibling find_previous get_text
    decompose prettify find_next_siblings has_attr stripped_strings
    xpath cssselect getchildren getparent itersiblings iterchildren getnext text_content
    iter_rows iter_cols cell max_row
    validate iter_errors
    set_postfix set_description
    writestr
    """) - frozenset({"extractall_", "modules_", "replace_", "transform_", "transpose_"})

# `argument` is number:name; a text alone is a path, anything else no deed.
DOES = """
write_text write self
write_bytes write self
touch write self
mkdir write self
chmod write self
lchmod write self
unlink delete self
rmdir delete self
rename delete self write 0:target
read_text read self
read_bytes read self
iterdir list self
glob found 0:pattern
rglob found 0:pattern
walk list self
readlink read self
tofile write 0:fid
to_csv write 0:path_or_buf
to_json write 0:path_or_buf
to_excel write 0:excel_writer
to_parquet write 0:path
to_feather write 0:path
to_html write 0:buf
to_markdown write 0:buf
to_latex write 0:buf
to_string write 0:buf
to_xml write 0:path_or_buffer
to_stata write 0:path
to_pickle write 0:path
to_orc write 0:path
to_hdf write 0:path_or_buf
to_file write 0:path
save write 0:fp
savefig write 0:fname
save_model write 0:path
save_weights write 0:path
save_pretrained write 0:save_directory
save_to_disk write 0:path
write_image write 0:file
write_html write 0:file
write_csv write 0:file
write_parquet write 0:file
write_json write 0:file
to_disk write 0:path
load_weights read 0:path
"""

# Never looked at, on whatever: they lead out of what was proven.
HARMFUL = names("""
    system popen Popen popen2 popen3 popen4 startfile fork forkpty check_output check_call getoutput
    getstatusoutput run_module run_path exec execfile compile import_module load_module exec_module
    find_spec create_module reload LoadLibrary CDLL PyDLL cdll windll load_extension
    enable_load_extension set_authorizer settrace setprofile _getframe _current_frames
    f_globals f_locals f_builtins f_back f_code gi_frame gi_code gi_yieldfrom cr_frame cr_code
    cr_await ag_frame ag_code ag_await tb_frame tb_next tb_lasti func_globals func_code codeobj
    co_code co_consts _closer _finalizer _rmtree baseFilename
    os sys subprocess shutil importlib ctypes builtins pty posix runpy pickle marshal imp
    multiprocessing pkgutil zipimport _os _sys nt subprocess32 codeop pdb
    execl execle execlp execlpe execv execve execvp execvpe posix_spawn posix_spawnp spawn spawnl
    spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe create_subprocess_shell
    create_subprocess_exec subprocess_shell subprocess_exec rmtree removedirs symlink_to
    hardlink_to link_to symlink remove_tree urlretrieve urlopen
    get_field vformat get_type_hints getmembers_static getattr_static currentframe
    read_pickle run_line_magic run_cell_magic getoutput_ add_handler open_code interact
    """)

# Names with two underscores in front that may be read.
DUNDERS = names("__name__ __doc__ __version__ __file__ __qualname__ __module__")

# … and that a program's own classes and modules may define.
DEFINED_DUNDERS = names("""
    __init__ __new__ __repr__ __str__ __len__ __iter__ __next__ __getitem__ __setitem__ __delitem__
    __contains__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __bool__ __call__ __enter__
    __exit__ __aenter__ __aexit__ __add__ __radd__ __iadd__ __sub__ __rsub__ __mul__ __rmul__
    __truediv__ __floordiv__ __mod__ __pow__ __neg__ __pos__ __abs__ __and__ __or__ __xor__
    __invert__ __lshift__ __rshift__ __matmul__ __int__ __float__ __index__ __format__ __bytes__
    __reversed__ __post_init__ __getattr__ __slots__ __missing__ __del__ __all__ __version__
    __author__ __copy__ __deepcopy__ __tablename__
    """)

# Modules whose objects have no harmful methods but those of the tables: there a method's name is
# enough, where the program itself defines it.
CLOSED = names("""
    __future__ abc array ast base64 bisect collections copy csv dataclasses datetime decimal
    difflib enum fnmatch fractions functools glob hashlib heapq html io itertools json math
    numpy operator os pathlib pprint random re shlex shutil statistics string struct subprocess
    sys textwrap time torch traceback typing uuid
""")

# What may be said by keyword without naming a file.
PLAIN_KEYWORDS = names("""
    index columns mapper axis inplace orient lines indent sep header encoding exist_ok parents
    mode missing_ok errors newline force_ascii date_format default_handler compression quoting
    quotechar na_rep float_format index_label engine max_rows line_width justify dpi bbox_inches
    tablefmt format quality optimize level copy storage_options escape border classes max_cols
""")

# Names of methods that pandas may be told to call.
STATISTICS = names("""
    mean median sum min max std var count size first last nunique prod sem mode any all abs
    cumsum rank idxmin idxmax describe quantile unique list join len index columns rows
""")
