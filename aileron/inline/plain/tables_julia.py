"""What is known of Julia: functions that only compute, and those that do more (`language.py`)."""

from __future__ import annotations

HARMLESS = """
    println print show display printstyled dump repr string summary error throw rethrow @show
    @time @timev @elapsed @allocated @assert @printf @sprintf @info @warn @error @debug @test
    @testset @test_throws @btime @benchmark @inbounds @simd @views @view @. @isdefined @which
    @doc @code_warntype @code_typed @code_lowered @code_llvm @code_native @inferred @__DIR__
    @VERSION @fastmath @inline @noinline @kwdef @enum @v_str @r_str length size ndims axes
    eltype typeof isa supertype subtypes fieldnames fieldtypes propertynames methods hasmethod
    which isempty first last collect map filter reduce mapreduce foldl foldr foreach map!
    filter! any all count findall findfirst findlast findnext findmax findmin argmax argmin
    maximum minimum extrema sum prod cumsum cumprod sort sort! sortperm sortslices reverse
    reverse! unique unique! union intersect setdiff symdiff issubset in push! pop! append!
    prepend! pushfirst! popfirst! insert! deleteat! splice! empty! delete! get get! haskey keys
    values pairs merge merge! zip enumerate eachindex eachrow eachcol range LinRange step zeros
    ones fill fill! similar rand randn randperm shuffle shuffle! Random.seed! Random.shuffle
    reshape vec hcat vcat cat permutedims transpose adjoint copy deepcopy copyto! repeat
    circshift dropdims partition only abs abs2 sqrt cbrt exp log log2 log10 log1p exp2 exp10
    expm1 sin cos tan asin acos atan sinh cosh tanh sincos hypot pi im Inf NaN MathConstants.e
    floor ceil round trunc div mod rem divrem fld cld gcd lcm gcdx powermod factorial binomial
    isprime iseven isodd ispow2 sign signbit clamp min max minmax isnan isinf isfinite iszero
    isone isreal real imag conj angle complex big float numerator denominator typemax typemin
    eps zero one nothing missing ismissing isnothing skipmissing coalesce something parse
    tryparse convert promote Int Int8 Int16 Int32 Int64 Int128 UInt UInt8 UInt16 UInt32 UInt64
    Float16 Float32 Float64 BigInt BigFloat Bool Char String Symbol Vector Matrix Array Dict Set
    Tuple NamedTuple Pair Any Nothing Missing Number Real Integer AbstractFloat AbstractString
    AbstractArray AbstractVector AbstractDict Complex Rational Regex Function Type Union
    VersionNumber IOBuffer DataFrame ArgumentError ErrorException BoundsError KeyError
    DomainError Some Ref Val Date DateTime Time Year Month Day Hour Minute Second now today
    Dates.now Dates.today Dates.format year month day dayofweek Dates.dayname Dates.Day
    Dates.Month Dates.unix2datetime Dates.Date Dates.DateTime split rsplit join strip lstrip
    rstrip chomp chop uppercase lowercase titlecase uppercasefirst lowercasefirst replace
    occursin contains startswith endswith match eachmatch lpad rpad codeunits codepoint
    ncodeunits isascii isletter isdigit isspace isuppercase islowercase bitstring digits hash
    bytes2hex hex2bytes transcode escape_string unescape_string nextind prevind take! seekstart
    eof readuntil close flush stdout stderr stdin devnull isopen time time_ns sleep VERSION
    PROGRAM_FILE ARGS nfields sizeof nameof Base.summarysize Base.VERSION Base.active_project
    Base.Threads.nthreads Threads.nthreads Sys.CPU_THREADS Sys.KERNEL Sys.MACHINE Sys.ARCH
    Sys.WORD_SIZE Sys.islinux Sys.isapple Sys.iswindows Sys.isunix Sys.total_memory
    Sys.free_memory Sys.cpu_info Sys.BINDIR Sys.cpu_summary Threads.threadid Threads.@threads
    @threads versioninfo InteractiveUtils.versioninfo pwd homedir isfile isdir ispath islink
    filesize mtime stat basename dirname joinpath abspath relpath normpath splitext splitpath
    splitdir isabspath realpath expanduser tempdir DEPOT_PATH LOAD_PATH Base.loaded_modules
    gethostname getpid exit quit Pkg.status Pkg.test Pkg.instantiate Pkg.precompile Pkg.resolve
    Pkg.activate Pkg.build Pkg.dependencies Pkg.project Pkg.installed Pkg.update Pkg.gc
    Pkg.Registry.status Pkg.Registry.update Pkg.why Pkg.pin Pkg.free Pkg.compat Pkg.generate
    Pkg.offline Pkg.PackageSpec PackageSpec status Statistics.mean mean median std var cor cov
    quantile middle dot cross norm det tr inv rank eigen eigvals eigvecs svd lu qr cholesky kron
    I LinearAlgebra.norm Diagonal Symmetric issymmetric ishermitian SHA.sha256 sha256 sha1
    sha512 UUIDs.uuid4 uuid4 uuid1 base64encode base64decode JSON.parse JSON.print JSON.json
    JSON3.pretty TOML.parse describe groupby combine select transform names nrow ncol subset
    rename innerjoin leftjoin Threads.@spawn @async @sync fetch wait Channel put! Task
    istaskdone GC.gc applicable eachsplit keytype valtype nand nor xor ntuple ifelse identity
    iterate
    """
DOES = """
read read 0
readlines read 0
eachline read 0
readdir read 0
readline read 0
walkdir read 0
countlines read 0
CSV.read read 0
CSV.File read 0
JSON.parsefile read 0
JSON3.read read 0
TOML.parsefile read 0
TOML.tryparsefile read 0
YAML.load_file read 0
readdlm read 0
DelimitedFiles.readdlm read 0
open open 0
write write 0
touch write 0
mkdir write 0
mkpath write 0
mktempdir write -
mktemp write -
savefig write *
CSV.write write 0
writedlm write 0
cp read 0 write 1
mv delete 0 write 1
symlink write 1
rm delete-tree 0
cd folder 0
include module 0
run run 0
success run 0
getenv env 0
"""
CALLBACKS = ""
KEYWORDS = """
    if else elseif end for while begin let do function return break continue try catch finally
    in isa where true false const global local using import outer mutable struct
    """
BUILTIN = """
    eval evalfile include_string ccall @ccall @eval @generated @cfunction @cxx macro quote
    module baremodule export public pipeline spawn detach kill process_running Base Core Main
    Meta Libc Sys Distributed Sockets Downloads LibGit2 download invoke invokelatest getfield
    setfield! getproperty setproperty! unsafe_load unsafe_store! unsafe_string unsafe_wrap
    unsafe_copyto! pointer Ptr Cmd setenv addenv ENV withenv chmod chown hardlink
    redirect_stdout redirect_stderr redirect_stdin atexit addprocs rmprocs remotecall
    remotecall_fetch pmap @distributed @everywhere @spawn @spawnat connect listen serialize
    deserialize Serialization unlink sendfile clipboard edit less code_native Expr Module
    GlobalRef esc gensym macroexpand @macroexpand dlopen dlsym Base.run Base.eval Core.eval
    @less @edit @goto @label __init__ finalizer Base.include Base.invokelatest @cmd @run
    @html_str readchomp truncate ProcessFailedException Pkg FileWatching Profile REPL Mmap mmap
    getglobal setglobal! ismutable interrupt schedule reinterpret unsafe_write Base.unsafe_load
    """
CLASSES = ""
REFUSED = """
    Distributed Sockets Downloads LibGit2 HTTP PyCall PythonCall RCall CxxWrap Libdl
    Serialization ShellUtils FileWatching SSH AWS AWSS3 LibPQ SQLite MySQL Redis ODBC JavaCall
    Conda BinaryBuilder FTPClient SMTPClient REPL Mmap
    """
LIBRARIES = """
    Pkg Dates Statistics LinearAlgebra Random Printf Test TOML UUIDs SHA Base64 DelimitedFiles
    Unicode InteractiveUtils Markdown SparseArrays Logging BenchmarkTools
    """
COMMON = ""
