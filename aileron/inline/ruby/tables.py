"""What is known of Ruby: commands, classes and methods that only compute, and those that do more.

`COMPUTES`, one class or module a line.  `DOES`, one function a line: what it does to which
argument, as in `python_tables`; `*` is each of them.  What is in neither is unknown.
"""

from __future__ import annotations

from aileron.inline.words import names

# Commands without a receiver.
COMMANDS = names("""
    puts print p pp printf putc warn raise exit abort sleep rand srand Integer Float String Array
    Rational Complex BigDecimal URI loop gets readline readlines format sprintf __FILE__ __dir__
    sub gsub chomp chop block_given? binding_of_ caller_
    """) - frozenset({"binding_of_", "caller_"})
RUNS = names("system exec spawn")

LIBRARIES = names("""
    json yaml psych csv date time set digest digest/md5 digest/sha1 digest/sha2 securerandom base64
    bigdecimal bigdecimal/util pp uri net/http fileutils benchmark ostruct stringio optparse
    shellwords tmpdir zlib English prime matrix etc rbconfig io/console timeout openssl
    """)
REFUSED = names("""
    open3 pty socket open-uri fiddle drb irb debug pry socket readline reline erb ripper objspace
    monitor win32ole dl ffi childprocess tty-command mechanize selenium-webdriver net/ssh net/ftp
    net/smtp net/imap webrick rinda/tuplespace expect syslog pathname find tempfile bundler/inline
    logger pstore dbm sdbm gdbm net/scp
    """)

COMPUTES = """
JSON: parse generate pretty_generate
YAML: load safe_load dump
Psych: load safe_load dump
CSV: parse parse_line generate generate_line
Time: now at mktime utc local gm new parse iso8601 strptime
Date: today parse new strptime valid_date? iso8601
DateTime: now parse new
Random: rand new
SecureRandom: hex uuid random_number base64 alphanumeric urlsafe_base64 random_bytes
Digest::SHA256: hexdigest digest base64digest
Digest::SHA512: hexdigest digest base64digest
Digest::SHA1: hexdigest digest base64digest
Digest::MD5: hexdigest digest base64digest
Base64: encode64 decode64 strict_encode64 strict_decode64 urlsafe_encode64 urlsafe_decode64
Math: sqrt sin cos tan log log2 log10 exp cbrt hypot atan atan2 pow
Integer: sqrt
Process: pid ppid clock_gettime
ENV: key? has_key? keys
File: exist? file? directory? size size? zero? empty? mtime atime ctime stat basename extname
  dirname join symlink? readable? writable? executable? expand_path absolute_path
Dir: exist? pwd getwd home tmpdir
Hash: new
Array: new
Set: new
String: new
Struct: new
OpenStruct: new
StringIO: new
Regexp: new escape union
Range: new
URI: parse join encode_www_form encode_www_form_component decode_www_form decode_www_form_component
  encode_uri_component
Shellwords: split escape join
Benchmark: measure realtime bm
GC: start stat count
Etc: nprocessors
Gem::Version: new
Timeout: timeout
Zlib: crc32 gzip gunzip
Zlib::Deflate: deflate
Zlib::Inflate: inflate
ARGF: read each_line readlines each_with_index gets lineno
STDIN: read gets each_line readlines each_with_index
STDOUT: puts print write printf flush
STDERR: puts print write printf flush
Thread: new
Queue: new
"""
DOES = """
File.read read 0
File.binread read 0
File.readlines read 0
File.foreach read 0
File.write write 0
File.binwrite write 0
File.delete delete *
File.unlink delete *
File.rename delete 0 write 1
File.open open 0
File.new open 0
File.truncate write 0
JSON.load_file read 0
YAML.load_file read 0
YAML.safe_load_file read 0
Psych.load_file read 0
CSV.read read 0
CSV.foreach read 0
CSV.table read 0
CSV.open open 0
Digest::SHA256.file read 0
Digest::MD5.file read 0
Dir.glob list 0
Dir.children list 0
Dir.entries read 0
Dir.each_child list 0
Dir.mkdir write 0
Dir.rmdir delete 0
Dir.delete delete 0
FileUtils.mkdir write 0
FileUtils.mkdir_p write 0
FileUtils.touch write 0
FileUtils.rm delete 0
FileUtils.rm_f delete 0
FileUtils.rm_r delete-tree 0
FileUtils.rm_rf delete-tree 0
FileUtils.cp read 0 write 1
FileUtils.cp_r read 0 write 1
FileUtils.mv delete 0 write 1
FileUtils.copy read 0 write 1
Net::HTTP.get fetch 0
Net::HTTP.get_response fetch 0
Net::HTTP.post send 0
Net::HTTP.post_form send 0
"""

CONSTANTS = names("""
    RUBY_VERSION RUBY_PLATFORM RUBY_ENGINE RUBY_PATCHLEVEL RUBY_RELEASE_DATE RUBY_COPYRIGHT
    RUBY_DESCRIPTION ARGV ARGF STDIN STDOUT STDERR Float::INFINITY Float::EPSILON Float::NAN
    Float::MAX Float::MIN Math::PI Math::E Process::CLOCK_MONOTONIC RbConfig::CONFIG Gem::VERSION
    JSON::VERSION
    """)
GLOBALS = names("$_ $stdin $stdout $stderr $~ $. $0 $! $PROGRAM_NAME $; $, $/ $\\ $& $F") | {
    f"${number}" for number in range(1, 10)
}

# What methods are called that do no harm, on whatever a program can hold.
METHODS = names("""
    grep grep_v
    length size count empty? any? all? none? one? first last take drop take_while drop_while min max
    min_by max_by minmax sum sort sort_by reverse uniq flatten compact zip rotate shuffle sample
    each each_with_index each_with_object each_slice each_cons each_pair each_key each_value
    each_entry each_char each_line each_byte chars bytes lines map flat_map collect filter_map
    select filter reject find detect find_all find_index index rindex partition group_by chunk_while
    slice_when inject reduce tally cycle step times upto downto include? member? cover? values_at
    fetch dig key? has_key? value? has_value? key keys values to_a to_h to_s to_i to_f to_r to_c
    to_sym to_str to_set to_ary invert merge transform_values transform_keys slice except
    delete delete_if delete_at keep_if push append pop shift unshift prepend insert concat clear
    replace fill store update default default= merge! sort! map! uniq! reverse! select! reject!
    compact! flatten! transform_values! shuffle! sort_by! filter! compare_by_identity
    join split strip lstrip rstrip chomp chop chomp! chop! strip! squeeze tr tr_s delete_prefix
    delete_suffix gsub sub gsub! sub! gsub? scan match match? start_with? end_with? upcase downcase
    capitalize swapcase upcase! downcase! capitalize! center ljust rjust succ next ord chr hex oct
    unpack unpack1 pack encode force_encoding encoding valid_encoding? scrub unicode_normalize
    ascii_only?
    casecmp casecmp? crypt_ hash eql? equal? freeze frozen? dup clone itself then tap nil? is_a?
    kind_of? instance_of? respond_to? inspect between? clamp zero? positive? negative? even? odd?
    abs ceil floor round truncate divmod fdiv modulo pow gcd lcm digits bit_length integer? finite?
    nan? infinite? succ pred rationalize numerator denominator
    strftime year month day hour minute min sec usec nsec wday yday zone utc localtime getlocal
    iso8601 xmlschema to_date to_time to_datetime next_day prev_day next_month prev_month
    beginning_of_day_ saturday? sunday? monday? leap? cwday cweek
    message backtrace full_message cause class_ names captures named_captures pre_match post_match
    begin end to_json to_yaml lazy eager force each_index combination permutation product transpose
    bsearch assoc sum difference union intersection intersect? subset? superset? add add? disjoint?
    read gets readlines readline write puts print printf flush sync sync= eof? close rewind
    lineno string getc ungetc each_char
    real total scheme host port path query fragment body code to_hash headers hostname
    mtime atime ctime size? file? directory? mode uid gid
    value join_ alive? status
    segments prerelease? release bump
    """) - names("crypt_ class_ join_ beginning_of_day_")
# Of packages and the project's own modules, which may hand on anything.
HARMFUL = names("""
    send public_send __send__ instance_eval class_eval module_eval instance_exec class_exec eval
    binding method instance_method public_method define_method const_get const_set remove_const
    system exec spawn fork popen capture2 capture2e capture3 pipeline sh run_command backtick `
    unlink delete_all destroy_all rm rm_rf rm_r remove write_file deploy publish push post put patch
    request open instance_variable_set singleton_class class superclass
    """)
