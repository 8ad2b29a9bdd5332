"""What is known of PHP: functions that only compute, and those that do more (see `language.py`)."""

from __future__ import annotations

HARMLESS = """
    strlen strtolower strtoupper ucfirst ucwords lcfirst trim ltrim rtrim chop explode implode
    join str_replace str_ireplace str_repeat str_pad str_split str_contains str_starts_with
    str_ends_with str_word_count str_getcsv strpos stripos strrpos strripos strstr stristr
    strrchr substr substr_count substr_replace strrev strcmp strcasecmp strncmp strncasecmp
    strnatcmp strnatcasecmp strtr strspn strcspn similar_text levenshtein soundex metaphone
    nl2br wordwrap number_format money_format sprintf vsprintf printf vprintf htmlspecialchars
    htmlspecialchars_decode html_entity_decode htmlentities strip_tags addslashes stripslashes
    quotemeta chunk_split ord chr bin2hex dechex hexdec bindec decbin octdec decoct base_convert
    crc32 md5 sha1 hash hash_algos hash_hmac hash_equals password_hash password_verify
    password_get_info random_int random_bytes rand mt_rand mt_srand srand mt_getrandmax
    getrandmax lcg_value uniqid base64_encode base64_decode urlencode urldecode rawurlencode
    rawurldecode http_build_query parse_url json_encode json_decode json_last_error
    json_last_error_msg serialize var_dump var_export print_r debug_zval_refcount gettype
    get_debug_type settype intval floatval doubleval strval boolval is_int is_integer is_string
    is_array is_bool is_float is_null is_numeric is_object is_iterable is_countable is_scalar
    is_resource is_nan is_finite is_infinite ctype_alpha ctype_digit ctype_alnum ctype_upper
    ctype_lower ctype_space ctype_punct ctype_xdigit count sizeof array_keys array_values
    array_merge array_merge_recursive array_combine array_flip array_fill array_fill_keys
    array_pad array_chunk array_slice array_splice array_unique array_reverse array_sum
    array_product array_search in_array array_key_exists key_exists array_key_first
    array_key_last array_column array_count_values array_diff array_diff_key array_diff_assoc
    array_intersect array_intersect_key array_intersect_assoc array_push array_pop array_shift
    array_unshift array_rand array_replace array_replace_recursive array_is_list
    array_change_key_case array_multisort sort rsort asort arsort ksort krsort natsort
    natcasesort shuffle range compact current key next prev reset end each iterator_to_array
    iterator_count abs ceil floor round sqrt pow exp log log10 log2 sin cos tan asin acos atan
    atan2 pi fmod intdiv fdiv max min hypot deg2rad rad2deg time microtime hrtime date gmdate
    idate mktime gmmktime checkdate strtotime date_default_timezone_get
    date_default_timezone_set strftime getdate localtime date_create usleep sleep preg_match
    preg_match_all preg_split preg_quote preg_grep preg_last_error preg_last_error_msg
    preg_replace mb_strlen mb_strtoupper mb_strtolower mb_substr mb_strpos mb_str_split
    mb_convert_case mb_convert_encoding mb_detect_encoding mb_check_encoding
    mb_internal_encoding mb_strwidth mb_substr_count mb_list_encodings iconv iconv_strlen
    utf8_encode utf8_decode phpversion php_sapi_name php_uname php_ini_loaded_file
    php_ini_scanned_files zend_version extension_loaded get_loaded_extensions
    get_extension_funcs ini_get ini_get_all ini_set error_reporting function_exists class_exists
    interface_exists trait_exists enum_exists method_exists property_exists defined constant
    define get_class get_parent_class is_a is_subclass_of get_object_vars get_class_methods
    get_class_vars get_declared_classes get_defined_functions get_included_files
    get_required_files class_implements class_parents class_uses spl_object_id spl_object_hash
    spl_classes gc_collect_cycles memory_get_usage memory_get_peak_usage memory_reset_peak_usage
    getmypid getcwd sys_get_temp_dir get_include_path set_time_limit opcache_get_status
    gc_enabled version_compare func_get_args func_num_args setlocale localeconv sys_getloadavg
    getrusage gethostname get_current_user error_get_last trigger_error flush ob_get_clean
    ob_get_contents ob_end_clean ob_end_flush ob_get_flush exit die isset unset empty list array
    curl_version openssl_get_cipher_methods gd_info stream_get_wrappers stream_get_transports
    pdo_drivers stream_get_filters timezone_identifiers_list filter_var filter_list
    intl_get_error_message file_exists is_file is_dir is_readable is_writable is_writeable
    is_executable is_link filesize filemtime fileatime filectime fileperms fileowner filegroup
    filetype stat lstat realpath basename dirname pathinfo disk_free_space disk_total_space
    fnmatch clearstatcache fgets fgetc fgetcsv fread fclose feof ftell fseek rewind fflush
    fwrite fputs fputcsv fstat flock stream_get_contents stream_get_line readdir closedir
    rewinddir gzcompress gzuncompress gzencode gzdecode gzdeflate gzinflate ctype_cntrl bcadd
    bcsub bcmul bcdiv bcmod bcpow bccomp bcsqrt gmp_init gmp_add gmp_mul gmp_strval gmp_pow
    gmp_prob_prime inet_pton inet_ntop ip2long long2ip simplexml_load_string
    libxml_use_internal_errors libxml_get_errors yaml_emit ini_parse_quantity parse_ini_string
    fprintf array_map array_filter array_reduce array_walk usort uasort uksort
    preg_replace_callback array_udiff array_uintersect array_diff_ukey iterator_apply ob_start
    call_user_func call_user_func_array is_callable array_find array_any array_all array_first
    array_last
    """
DOES = """
file_get_contents read 0
file read 0
readfile read 0
parse_ini_file read 0
md5_file read 0
sha1_file read 0
hash_file read 1
simplexml_load_file read 0
yaml_parse_file read 0
getimagesize read 0
mime_content_type read 0
exif_read_data read 0
php_strip_whitespace read 0
highlight_file read 0
show_source read 0
scandir read 0
opendir read 0
dir read 0
glob read 0
readlink read 0
fopen open 0
file_put_contents write 0
touch write 0
mkdir write 0
tempnam write 0
unlink delete 0
rmdir delete 0
rename delete 0 write 1
copy read 0 write 1
getenv env 0
putenv setenv 0
chdir folder 0
system text 0
exec text 0
shell_exec text 0
passthru text 0
popen text 0
proc_open words 0
"""
# Where a function stands among the arguments: it may be a text that names one.
CALLBACKS = """
array_map 0
array_filter 1
array_reduce 1
array_walk 1
array_find 1
array_any 1
array_all 1
usort 1
uasort 1
uksort 1
preg_replace_callback 1
array_udiff -1
array_uintersect -1
array_diff_ukey -1
iterator_apply 1
ob_start 0
call_user_func 0
call_user_func_array 0
"""
KEYWORDS = """
    echo print if else elseif endif while endwhile for endfor foreach endforeach as do switch
    case default endswitch break continue return function fn use new clone instanceof and or xor
    include include_once require require_once try catch finally throw static global const match
    yield from true false null self parent goto declare int string bool float array object mixed
    void iterable callable never stdClass insteadof readonly strict_types __DIR__ __FILE__
    __LINE__ __FUNCTION__ __METHOD__ __CLASS__ __NAMESPACE__ TRUE FALSE NULL
    """
BUILTIN = """
    eval assert create_function class interface trait enum namespace abstract final public
    private protected __halt_compiler __autoload extends implements
    """
# Classes of which an object is harmless, with all that it can be asked to do.
CLASSES = """
    DateTime DateTimeImmutable DateTimeZone DateInterval DatePeriod ArrayObject ArrayIterator
    stdClass Exception RuntimeException InvalidArgumentException LogicException DomainException
    ErrorException Error TypeError ValueError UnexpectedValueException OutOfBoundsException
    RangeException SplStack SplQueue SplObjectStorage SplFixedArray SplPriorityQueue SplMinHeap
    SplMaxHeap SplDoublyLinkedList NumberFormatter IntlDateFormatter Collator Normalizer
    ReflectionClass ReflectionEnum ReflectionObject ReflectionNamedType ReflectionExtension
    ReflectionProperty JsonException Random\\Randomizer WeakMap IteratorIterator LimitIterator
    Locale Throwable Countable Traversable Iterator Stringable JsonSerializable
    """
REFUSED = ""
LIBRARIES = ""
# Functions that packages bring, and everybody knows.
COMMON = """
    collect config app base_path app_path config_path storage_path public_path resource_path
    database_path now today trans __ route url data_get data_set dd dump value optional str
    class_basename
    """
