"""What is known of JavaScript's own library and Node's: what only computes, and what does more.

`COMPUTES`, one module or object a line: calling these, holding them and handing
them on does nothing outside the program.  `DOES`, one function a line: what it does to
which argument, as in `python_tables`; of the functions of `fs` each also stands for the
one that ends in Sync, and for that of fs.promises.  What is in neither is unknown.
"""

from __future__ import annotations

from aileron.inline.words import names

COMPUTES = """
global: Array ArrayBuffer AggregateError BigInt BigInt64Array BigUint64Array Boolean Buffer DataView
  Date Error EvalError Float32Array Float64Array Int16Array Int32Array Int8Array Intl Iterator JSON
  Map Math NaN Infinity Number Object Promise RangeError ReferenceError RegExp Set String Symbol
  SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray URL
  URLSearchParams WeakMap WeakRef WeakSet FinalizationRegistry TextDecoder TextEncoder
  AbortController AbortSignal Blob Event EventTarget CustomEvent Headers FormData Response
  ReadableStream WritableStream TransformStream CompressionStream DecompressionStream
  DOMException File
  atob btoa clearImmediate clearInterval clearTimeout decodeURI decodeURIComponent encodeURI
  encodeURIComponent escape unescape isFinite isNaN parseFloat parseInt queueMicrotask
  setImmediate setInterval setTimeout structuredClone undefined
Array: from isArray of fromAsync prototype.slice.call
AbortSignal: timeout any abort
BigInt: asIntN asUintN
Buffer: alloc allocUnsafe byteLength compare concat from isBuffer isEncoding poolSize
Date: UTC now parse
Intl: *
JSON: parse stringify
Map: groupBy
Math: *
Number: *
Object: assign create entries freeze fromEntries groupBy hasOwn is isExtensible isFrozen isSealed
  keys values seal preventExtensions getOwnPropertyNames prototype.hasOwnProperty.call
  prototype.toString.call
Promise: all allSettled any race reject resolve withResolvers try
Response: json
String: fromCharCode fromCodePoint raw
Symbol: asyncIterator iterator for toStringTag
URL: canParse parse
Uint8Array: from of
RegExp: escape
assert: *
assert.strict: *
async_hooks: AsyncLocalStorage
buffer: Buffer constants kMaxLength isUtf8 isAscii
cluster: isPrimary isMaster isWorker
console: log error warn info debug table dir dirxml time timeEnd timeLog group groupEnd
  groupCollapsed count countReset assert trace
constants: *
crypto: *
events: EventEmitter once on errorMonitor
fs: constants Dirent Stats existsSync exists stat statSync lstat lstatSync fstat fstatSync access
  accessSync realpath realpathSync close closeSync fsync fsyncSync fdatasync fdatasyncSync
fs.promises: stat lstat access realpath constants
http: STATUS_CODES METHODS Agent Server createServer
https: Agent
module: builtinModules isBuiltin
net: isIP isIPv4 isIPv6
os: arch availableParallelism cpus constants endianness EOL freemem getPriority homedir hostname
  loadavg machine networkInterfaces platform release tmpdir totalmem type uptime userInfo version
  devNull
path: basename delimiter dirname extname format isAbsolute join normalize parse relative resolve sep
  matchesGlob
perf_hooks: performance
perf_hooks.performance: now mark measure timeOrigin getEntries getEntriesByName getEntriesByType
  toJSON timerify eventLoopUtilization
process: abort allowedNodeEnvironmentFlags arch argv0 availableMemory config constrainedMemory
  cpuUsage cwd emitWarning
  execArgv execPath exit exitCode features getegid geteuid getgid getgroups getuid hrtime
  memoryUsage nextTick pid platform ppid release resourceUsage stderr stdin stdout title uptime
  version versions argv
process.hrtime: bigint
process.memoryUsage: rss
punycode: *
querystring: escape parse stringify unescape encode decode
readline: Interface clearLine clearScreenDown createInterface cursorTo emitKeypressEvents moveCursor
readline.promises: createInterface Interface
require: resolve
stream: Duplex PassThrough Readable Stream Transform Writable finished pipeline
stream.Readable: from
stream.promises: finished pipeline
string_decoder: StringDecoder
test: after afterEach before beforeEach describe it suite test
test.test: skip only todo
timers: clearImmediate clearInterval clearTimeout setImmediate setInterval setTimeout
timers.promises: setImmediate setInterval setTimeout scheduler
tty: isatty
url: URL URLSearchParams fileURLToPath pathToFileURL parse format resolve domainToASCII
  domainToUnicode
util: TextDecoder TextEncoder callbackify deprecate format formatWithOptions inspect
  isDeepStrictEqual parseArgs stripVTControlCharacters styleText types toUSVString
  getSystemErrorName isArray isString isObject
util.types: *
util.inspect: custom defaultOptions
v8: getHeapStatistics getHeapSpaceStatistics cachedDataVersionTag serialize deserialize
worker_threads: isMainThread threadId
zlib: *
Bun: version revision env hash sleep inspect nanoseconds deepEquals
Deno: args version build pid exit cwd memoryUsage hostname osRelease
Deno.build: os arch
import.meta: url dirname filename main resolve
"""

# Names of modules that are taken as a whole, and do something all the same.
NOT = names("""
    crypto.setEngine crypto.setFips zlib.prototype assert.AssertionError
    """)

DOES = """
fs.readFile read 0
fs.readdir list 0
fs.opendir list 0
fs.readlink read 0
fs.createReadStream read 0
fs.watch read 0
fs.watchFile read 0
fs.unwatchFile none 0
fs.glob read 0
fs.writeFile write 0
fs.appendFile write 0
fs.createWriteStream write 0
fs.truncate write 0
fs.mkdir write 0
fs.mkdtemp below 0
fs.chmod write 0
fs.chown write 0
fs.utimes write 0
fs.lutimes write 0
fs.unlink delete 0
fs.rename delete 0 write 1
fs.copyFile read 0 write 1
fs.cp read 0 write 1
fs.write descriptor 0
fs.writev descriptor 0
fs.read descriptor 0
fs.readv descriptor 0
fs.ftruncate descriptor 0
fs.outputFile write 0
fs.outputJson write 0
fs.writeJson write 0
fs.writeJSON write 0
fs.readJson read 0
fs.readJSON read 0
fs.ensureDir write 0
fs.ensureFile write 0
fs.mkdirp write 0
fs.mkdirs write 0
fs.copy read 0 write 1
fs.move delete 0 write 1
fs.remove delete-tree 0
fs.emptyDir delete-tree 0
fs.pathExists none 0
Deno.readTextFile read 0
Deno.readFile read 0
Deno.readDir list 0
Deno.stat none 0
Deno.writeTextFile write 0
Deno.writeFile write 0
Deno.mkdir write 0
Deno.copyFile read 0 write 1
Deno.rename delete 0 write 1
Bun.write write 0
process.loadEnvFile read 0
rimraf delete-tree 0
rimraf.rimraf delete-tree 0
mkdirp write 0
"""

# Modules of Node's own, with and without `node:`; those of no line above are unknown.
MODULES = names("""
    assert assert/strict async_hooks buffer child_process cluster console constants crypto dgram
    diagnostics_channel dns dns/promises domain events fs fs/promises http http2 https inspector
    inspector/promises module net os path path/posix path/win32 perf_hooks process punycode
    querystring readline readline/promises repl sea sqlite stream stream/consumers stream/promises
    stream/web string_decoder sys test test/reporters timers timers/promises tls trace_events tty
    url util util/types v8 vm wasi worker_threads zlib
    """)
# Modules that are there as names, too, where a program is given in the command.
NOT_AS_NAMES = names("console constants process test sea sqlite sys module")
SAME = {
    "fs/promises": "fs.promises",
    "path/posix": "path",
    "path.posix": "path",
    "assert/strict": "assert.strict",
    "readline/promises": "readline.promises",
    "stream/promises": "stream.promises",
    "timers/promises": "timers.promises",
    "util/types": "util.types",
    "sys": "util",
    "fs-extra": "fs",
    "graceful-fs": "fs",
    "node-fetch": "fetch",
    "cross-fetch": "fetch",
    "isomorphic-fetch": "fetch",
    "axios": "axios",
    "rimraf": "rimraf",
    "mkdirp": "mkdirp",
    "global.performance": "perf_hooks.performance",
    "buffer.Buffer": "Buffer",
    "url.URL": "URL",
    "url.URLSearchParams": "URLSearchParams",
    "crypto.webcrypto": "crypto",
    "events.default": "events",
    "process.stdout.write": "console.log",
    "process.stderr.write": "console.log",
    "Bun.env": "process.env",
}

# Packages that are there to run programs, to send, or to reach what is not proven.
REFUSED = names("""
    shelljs execa cross-spawn zx node-pty child-process-promise child_process_promise del trash
    got undici superagent request request-promise needle ky nodemailer ssh2 node-ssh simple-git
    isomorphic-git puppeteer puppeteer-core playwright playwright-core esm sudo-prompt open opn
    keytar vm2 isolated-vm ffi-napi ref-napi koffi pm2 npm pnpm yarn concurrently make-dir cpy
    cpx move-file write-file-atomic write-json-file ftp basic-ftp node-cmd shell-exec bun-ffi
    bun:ffi bun bun:sqlite ws socket.io-client net-keepalive dockerode kubernetes-client
    @kubernetes/client-node aws-sdk mongodb mysql mysql2 pg redis ioredis sqlite3 better-sqlite3
    knex sequelize typeorm prisma @prisma/client @octokit/rest octokit tar adm-zip unzipper
    extract-zip
    decompress download jiti eval safe-eval
    nexe pkg systeminformation ps-tree tree-kill fkill kill-port robotjs clipboardy dotenv-vault
    """)

# Properties that lead out of what was proven, whatever they are of.
FORBIDDEN = names("""
    constructor prototype __proto__ __defineGetter__ __defineSetter__ __lookupGetter__
    __lookupSetter__ call apply bind caller callee mainModule binding _linkedBinding dlopen _load
    _extensions _resolveFilename _compile _cache _handle _events getPrototypeOf setPrototypeOf
    defineProperty defineProperties getOwnPropertyDescriptor getOwnPropertyDescriptors
    getOwnPropertySymbols prepareStackTrace captureStackTrace getFunction getThis getBuiltinModule
    eval Function runInContext runInNewContext runInThisContext createContext
    __wrapper__ species hasInstance toPrimitive unscopables createConnection createSocket
    """)
# The same of packages and the project's own modules, which may hand on anything.
HARMFUL = FORBIDDEN | names("""
    exec execSync execFile execFileSync spawn spawnSync fork execa execaSync execaCommand $ run_
    writeFile writeFileSync appendFile appendFileSync createWriteStream unlink unlinkSync rm rmSync
    rmdir rmdirSync rename renameSync symlink symlinkSync link linkSync chmod chmodSync chown
    chownSync cp cpSync copyFile copyFileSync truncate truncateSync mkdir mkdirSync outputFile
    outputFileSync outputJson outputJsonSync remove_ removeSync emptyDir emptyDirSync move moveSync
    copySync require process global globalThis child_process fs createRequire compile_
    post put patch request sendMail upload deploy publish kill readFile readFileSync
    """) - frozenset({"run_", "remove_", "compile_"})

# Methods of Node's own objects that reach further, so that a program may have none of its own.
REACHING = HARMFUL | names("connect createConnection listen open send")

# What methods are called that do no harm, on whatever a program can hold.
METHODS = names("""
    at charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf localeCompare
    match matchAll normalize padEnd padStart repeat replace replaceAll search slice split startsWith
    substring substr toLowerCase toUpperCase toLocaleLowerCase toLocaleUpperCase toString trim
    trimEnd trimStart trimLeft trimRight valueOf isWellFormed toWellFormed
    copyWithin entries every fill filter find findIndex findLast findLastIndex flat flatMap
    forEach join keys map pop push reduce reduceRight reverse shift some sort splice toReversed
    toSorted toSpliced toLocaleString unshift values with
    get set has delete clear add union intersection difference symmetricDifference isSubsetOf
    isSupersetOf isDisjointFrom take drop toArray
    then catch finally
    getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth getSeconds getTime
    getTimezoneOffset getUTCDate getUTCDay getUTCFullYear getUTCHours getUTCMilliseconds
    getUTCMinutes getUTCMonth getUTCSeconds getYear setDate setFullYear setHours setMilliseconds
    setMinutes setMonth setSeconds setTime setUTCDate setUTCFullYear setUTCHours
    setUTCMilliseconds setUTCMinutes setUTCMonth setUTCSeconds toDateString toISOString toJSON
    toLocaleDateString toLocaleTimeString toTimeString toUTCString toGMTString
    exec test
    toFixed toPrecision toExponential
    equals compare copy subarray swap16 swap32 swap64 readUInt8 readUInt16LE readUInt16BE
    readUInt32LE readUInt32BE readInt8 readInt16LE readInt16BE readInt32LE readInt32BE readFloatLE
    readFloatBE readDoubleLE readDoubleBE readBigUInt64LE readBigUInt64BE readBigInt64LE
    readBigInt64BE readUint8 readUint16LE readUint16BE readUint32LE readUint32BE readUIntBE
    readUIntLE readIntBE readIntLE
    writeUInt8 writeUInt16LE writeUInt16BE writeUInt32LE writeUInt32BE writeInt8 writeInt16LE
    writeInt16BE writeInt32LE writeInt32BE writeFloatLE writeFloatBE writeDoubleLE writeDoubleBE
    getUint8 getUint16 getUint32 getInt8 getInt16 getInt32 getFloat32 getFloat64 setUint8 setUint16
    setUint32 setInt8 setInt16 setInt32 setFloat32 setFloat64
    on once off emit addListener prependListener removeListener removeAllListeners listeners
    listenerCount setEncoding pause resume read write end pipe unpipe destroy setMaxListeners cork
    uncork next return throw setRawMode isTTY getWindowSize hasColors getColorDepth
    addEventListener removeEventListener dispatchEvent
    json text arrayBuffer blob bytes formData clone getAll append getReader getWriter releaseLock
    isFile isDirectory isSymbolicLink isSocket isFIFO isBlockDevice isCharacterDevice
    update digest final setAutoPadding getAuthTag setAAD setAuthTag verify sign export
    getPublicKey getPrivateKey computeSecret generateKeys setPublicKey setPrivateKey
    randomUUID getRandomValues
    question prompt setPrompt close
    encode encodeInto decode format formatToParts formatRange resolvedOptions select of
    supportedLocalesOf segment
    abort throwIfAborted unref ref hasRef refresh deref description
    hasOwnProperty isPrototypeOf propertyIsEnumerable
    getStore kill send status writeHead setHeader listen address run_ exists arrayBuffer_
    tee pipeTo_ getHeader getHeaders hasHeader setTimeout
    """) - frozenset({"run_", "arrayBuffer_", "pipeTo_"})

# Methods that change what they are called on.
CHANGES = names("""
    push pop shift unshift splice sort reverse fill copyWithin set add delete clear append
    emit on once
    """)
# Methods of arrays that call their first argument with one element after the other; the number
# of the argument that it gets there.
ELEMENTS = {
    **dict.fromkeys(names("forEach map filter some every find findIndex findLast flatMap"), 0),
    **dict.fromkeys(names("reduce reduceRight"), 1),
}
# Functions, and which of their arguments they call.
CALLBACKS = {
    **dict.fromkeys(ELEMENTS, 0),
    **dict.fromkeys(names("then catch finally sort toSorted findLastIndex"), 0),
    **dict.fromkeys(names("on once addListener addEventListener off prependListener"), 1),
    **dict.fromkeys(names("parse stringify from fromAsync groupBy"), 1),
    **dict.fromkeys(names("setTimeout setInterval setImmediate queueMicrotask nextTick"), 0),
}
TIMERS = names("setTimeout setInterval setImmediate queueMicrotask nextTick")

# Objects whose functions the proof relies on: they may be spoken of, and changed, as values.
CHANGEABLE = names("Object Array Promise Date Math Buffer Set URL JSON String.raw")

# Functions that neither keep nor change what they are given.
KEEPS = names("""
    log error warn info debug table dir stringify keys values entries String Number Boolean
    isArray isBuffer readFileSync readFile writeFileSync writeFile existsSync join resolve basename
    dirname execFileSync execFile spawnSync spawn statSync rmSync unlinkSync mkdirSync inspect
    format readdirSync includes equal deepEqual strictEqual deepStrictEqual ok Set
    """)
