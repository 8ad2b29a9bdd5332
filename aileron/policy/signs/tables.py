"""The names by which programs run, fetch, decode, delete, write and send: one table a language.

`run` takes a text or words, `evaluate` code of the language itself; a name that begins with a
dot is a method of anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from aileron.policy.tables import names

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    evaluate: frozenset[str] = NONE
    run: frozenset[str] = NONE
    decode: frozenset[str] = NONE
    fetch: frozenset[str] = NONE
    send: frozenset[str] = NONE
    connect: frozenset[str] = NONE
    receive: frozenset[str] = NONE
    delete: frozenset[str] = NONE  # a tree
    unlink: frozenset[str] = NONE
    write: frozenset[str] = NONE  # its first argument
    writes_last: frozenset[str] = NONE  # the last of its arguments
    read: frozenset[str] = NONE
    lists: frozenset[str] = NONE
    joins: frozenset[str] = NONE
    home: frozenset[str] = NONE
    environment: frozenset[str] = NONE
    forks: frozenset[str] = NONE
    ends: frozenset[str] = NONE  # what ends a loop or a process, or waits
    shields: frozenset[str] = NONE  # what yields no text of what it is given


PYTHON = Names(
    evaluate=names("""
        exec eval builtins.exec builtins.eval runpy.run_code code.interact
        types.FunctionType types.CodeType execfile
        """),
    run=names("""
        os.system os.popen subprocess.getoutput subprocess.getstatusoutput commands.getoutput
        commands.getstatusoutput subprocess.run subprocess.call subprocess.check_call
        subprocess.check_output subprocess.Popen pty.spawn pexpect.spawn pexpect.run
        os.execl os.execle os.execlp os.execlpe os.execv os.execve os.execvp os.execvpe
        os.spawnl os.spawnle os.spawnlp os.spawnv os.spawnve os.spawnvp os.posix_spawn
        os.posix_spawnp asyncio.create_subprocess_shell asyncio.create_subprocess_exec
        os.popen2 os.popen3 popen2.popen2 posix.system
        """),
    decode=names("""
        base64.b64decode base64.b32decode base64.b16decode base64.b85decode base64.a85decode
        base64.decodebytes base64.decodestring base64.standard_b64decode base64.urlsafe_b64decode
        base64.decode base64.z85decode binascii.unhexlify binascii.a2b_hex binascii.a2b_base64
        binascii.a2b_uu zlib.decompress gzip.decompress bz2.decompress lzma.decompress
        marshal.loads bytes.fromhex bytearray.fromhex chr unichr zlib.decompressobj
        cryptography.fernet.Fernet.decrypt .decrypt urllib.parse.unquote_to_bytes
        """),
    fetch=names("urllib.request.urlretrieve urllib.urlretrieve wget.download"),
    connect=names("""
        socket.socket socket.create_connection asyncio.open_connection ssl.wrap_socket
        ssl.SSLContext.wrap_socket socket.socket.socket telnetlib.Telnet socket.create_server
        """),
    receive=names("recv recvfrom recv_into recvmsg makefile read readline readlines read_until"),
    delete=names("""
        shutil.rmtree os.removedirs distutils.dir_util.remove_tree .rmtree setuptools.remove_tree
        """),
    unlink=names("os.remove os.unlink os.rmdir .unlink .rmdir"),
    write=names(".write_text .write_bytes .touch os.truncate os.mkfifo"),
    writes_last=names("""
        shutil.copy shutil.copyfile shutil.copy2 shutil.move os.rename os.replace os.symlink os.link
        .rename .replace
        """),
    lists=names("os.listdir os.scandir os.walk glob.glob glob.iglob .iterdir .glob .rglob"),
    joins=names("""
        os.path.join posixpath.join pathlib.Path pathlib.PurePath pathlib.PosixPath .joinpath
        """),
    forks=names("os.fork os.forkpty pty.fork posix.fork"),
    ends=names("""
        os._exit sys.exit exit quit os.abort os.wait os.waitpid os.kill os.execv os.execvp os.execl
        os.execlp accept wait join recv poll select get os.setsid wait3 wait4 epoll
        """),
    shields=names("""
        len int float bool ord isinstance hash type id hasattr sum any all round callable issubclass
        os.path.exists os.path.isfile os.path.isdir os.path.getsize hashlib.sha256 hashlib.md5
        hashlib.sha1 hashlib.sha512
        """),
)

# First parts of the names of what speaks with other machines, and what in them does not.
PYTHON_NETWORK = names("""
    requests httpx urllib urllib2 urllib3 aiohttp http smtplib ftplib paramiko websocket websockets
    telnetlib boto3 botocore socket ssl xmlrpc httplib httplib2 pycurl imaplib nntplib poplib
    google azure minio dropbox paho kafka pika nats
    slack_sdk slackclient discord telegram fabric scp dns treq pysftp cloudscraper
    """)
PYTHON_OFFLINE = tuple(
    names("""
    urllib.parse urllib.error urllib.quote urllib.urlencode urllib.unquote http.cookies
    http.HTTPStatus http.server requests.utils requests.exceptions requests.auth requests.codes
    requests.structures http.client.responses socket.gethostname socket.htons socket.inet_
    socket.AF_ socket.SOCK_ ssl.create_default_context ssl._create
    """)
)
PYTHON_CLIENTS = names("""
    Session session Client AsyncClient ClientSession PoolManager HTTPSConnection HTTPConnection SMTP
    SMTP_SSL FTP FTP_TLS Request build_opener client resource SSHClient open_sftp WebSocket
    create_connection connect Bucket Object Blob bucket blob get_bucket BlobServiceClient
    get_blob_client from_connection_string Minio Dropbox Transport
    ServerProxy HTTPPasswordMgr HTTP HTTPS
    """)
PYTHON_UPLOADS = names("""
    upload_file put upload_fileobj put_file upload_from_filename fput_object storbinary
    """)

NODE = Names(
    evaluate=names("""
        eval Function vm.runInThisContext vm.runInNewContext vm.runInContext vm.Script
        globalThis.eval window.eval global.eval ._compile vm.compileFunction
        """),
    run=names("""
        child_process.exec child_process.execSync child_process.spawn child_process.spawnSync
        child_process.execFile child_process.execFileSync execSync execFileSync spawnSync
        Bun.spawn Bun.spawnSync Deno.run Deno.Command
        """),
    decode=names("""
        atob unescape decodeURIComponent String.fromCharCode zlib.inflateSync zlib.gunzipSync
        zlib.unzipSync zlib.brotliDecompressSync zlib.inflateRawSync zlib.gunzip zlib.inflate
        Deno.decode String.fromCodePoint
        """),
    fetch=names("""
        fetch axios axios.get axios.post axios.request got got.get https.get http.get https.request
        http.request node-fetch needle request superagent.get undici.fetch undici.request
        https.get.text axios.put axios.patch got.post needle.post needle.get superagent.post
        request.get request.post ky ky.get ky.post request.put
        """),
    send=names("""
        navigator.sendBeacon dns.lookup dns.resolve dns.resolve4 dns.resolveTxt
        dns.promises.lookup .putObject .sendMail
        """),
    connect=names("""
        net.connect net.createConnection net.Socket tls.connect net.createServer Bun.connect
        Deno.connect WebSocket ws net.Server net.Stream
        """),
    receive=names(".on .once .pipe .read"),
    delete=names("""
        fs.rmSync fs.rm fs.promises.rm rmSync fs.rmdirSync fs.rmdir fs/promises.rm rimraf
        rimraf.sync rimraf.rimraf rimraf.rimrafSync fs-extra.removeSync fs-extra.remove
        fs-extra.emptyDirSync Deno.remove Deno.removeSync del del.sync fs.promises.rmdir
        shelljs.rm fs/promises.rmdir trash fs-extra.rmSync
        """),
    unlink=names("fs.unlinkSync fs.unlink fs.promises.unlink fs/promises.unlink unlinkSync"),
    write=names("""
        fs.writeFileSync fs.writeFile fs.appendFileSync fs.appendFile fs.createWriteStream
        fs.promises.writeFile fs.promises.appendFile fs/promises.writeFile fs/promises.appendFile
        writeFileSync appendFileSync Bun.write Deno.writeTextFileSync Deno.writeTextFile
        fs.truncateSync createWriteStream fs-extra.writeFileSync fs-extra.outputFileSync
        """),
    writes_last=names("""
        fs.renameSync fs.rename fs.copyFileSync fs.copyFile fs.symlinkSync fs.promises.copyFile
        fs.promises.rename fs.cpSync renameSync copyFileSync fs/promises.copyFile
        """),
    read=names("""
        fs.readFileSync fs.readFile fs.promises.readFile fs/promises.readFile readFileSync
        fs.createReadStream Bun.file Deno.readTextFileSync Deno.readTextFile readFile
        createReadStream
        """),
    lists=names("""
        fs.readdirSync fs.readdir fs.promises.readdir readdirSync fs/promises.readdir glob.sync
        globSync fs.globSync glob.globSync Deno.readDirSync
        """),
    joins=names(
        "path.join path.resolve path.normalize path.posix.join url.pathToFileURL join resolve"
    ),
    home=names("os.homedir process.env.HOME process.env.USERPROFILE homedir"),
    environment=names("process.env Bun.env Deno.env.toObject"),
    forks=names(
        "child_process.fork child_process.spawn cluster.fork spawn fork child_process.exec"
    ),
    ends=names("break return process.exit throw await .exit"),
    shields=names(".length parseInt Number .existsSync fs.existsSync fs.statSync"),
)

PERL = Names(
    evaluate=names("eval evalbytes"),
    run=names("system exec readpipe"),
    decode=names("""
        decode_base64 MIME::Base64::decode MIME::Base64::decode_base64 unpack pack uncompress
        Compress::Zlib::uncompress Compress::Zlib::memGunzip inflate memGunzip decode_qp chr
        MIME::Base64::decode_base64url decode_base64url
        """),
    fetch=names("""
        get getstore LWP::Simple::get HTTP::Tiny LWP::UserAgent Mojo::UserAgent WWW::Mechanize
        LWP::Simple::getprint
        """),
    send=names("HTTP::Request POST Net::SMTP send syswrite"),
    connect=names("socket IO::Socket::INET IO::Socket::SSL IO::Socket IO::Socket::IP connect"),
    receive=names("recv sysread readline ->getline ->getlines ->recv"),
    delete=names("rmtree remove_tree File::Path::rmtree File::Path::remove_tree ->remove_tree"),
    unlink=names("unlink rmdir"),
    write=names("truncate ->spew ->append ->spew_utf8"),
    writes_last=names("rename copy move cp symlink link File::Copy::copy File::Copy::move"),
    read=names("read_file slurp path ->slurp ->slurp_utf8 File::Slurp::read_file open"),
    lists=names("glob readdir opendir"),
    joins=names("catfile catdir File::Spec->catfile"),
    home=names("$ENV{HOME}"),
    environment=names("%ENV"),
    forks=names("fork"),
    ends=names("exit last die wait waitpid sleep exec accept _exit return"),
    shields=names("length defined ord hex int scalar"),
)

RUBY = Names(
    evaluate=names("""
        eval instance_eval class_eval module_eval Kernel.eval binding.eval .instance_eval
        .class_eval .eval TOPLEVEL_BINDING.eval RubyVM::InstructionSequence.compile
        Object.class_eval Object.instance_eval .module_eval Kernel.instance_eval
        RubyVM::InstructionSequence.load_from_binary
        """),
    run=names("""
        system exec spawn IO.popen Kernel.system Kernel.exec Process.spawn Open3.capture2
        Open3.capture3 Open3.capture2e Open3.popen3 Open3.popen2 Kernel.spawn PTY.spawn
        Open3.popen2e Kernel.` Process.exec
        """),
    decode=names("""
        Base64.decode64 Base64.strict_decode64 Base64.urlsafe_decode64 .unpack .unpack1 .pack
        Zlib::Inflate.inflate Zlib.inflate Zlib.gunzip Zlib::GzipReader.new Marshal.load .chr
        Zlib::Inflate.new
        """),
    fetch=names("""
        URI.open Net::HTTP.get Net::HTTP.get_response OpenURI.open_uri HTTParty.get Faraday.get
        RestClient.get HTTP.get Net::HTTP.new Net::HTTP.start Excon.get URI.read Kernel.open
        """),
    send=names("""
        Net::HTTP.post Net::HTTP.post_form HTTParty.post Faraday.post RestClient.post HTTP.post
        Net::SMTP.start Net::HTTP::Post.new Excon.post Faraday.put Net::HTTP::Put.new
        Net::FTP.open
        """),
    connect=names("""
        TCPSocket.new TCPSocket.open Socket.tcp TCPServer.new TCPServer.open Socket.new
        OpenSSL::SSL::SSLSocket.new Net::SMTP.start Net::FTP.open Net::FTP.new UDPSocket.new
        TCPsocket.open Socket.tcp_server_loop
        """),
    receive=names(".gets .read .readline .recv .readpartial .each_line .recvfrom .sysread"),
    delete=names("""
        FileUtils.rm_rf FileUtils.rm_r FileUtils.rmtree FileUtils.remove_dir FileUtils.remove_entry
        FileUtils.remove_entry_secure FileUtils.rm_rf FileUtils.remove_file rm_rf rm_r .rmtree
        FileUtils.safe_unlink .rm_rf
        """),
    unlink=names("File.delete File.unlink Dir.delete Dir.rmdir FileUtils.rm FileUtils.rm_f"),
    write=names("""
        File.write IO.write File.binwrite FileUtils.touch File.truncate IO.binwrite .write_to
        """),
    writes_last=names("""
        File.rename FileUtils.mv FileUtils.cp FileUtils.cp_r File.symlink FileUtils.ln_s
        FileUtils.copy FileUtils.ln_sf FileUtils.move FileUtils.install
        """),
    read=names("""
        File.read IO.read File.binread File.open File.new File.readlines IO.readlines File.foreach
        IO.binread File.new
        """),
    lists=names("Dir.children Dir.entries Dir.glob Dir.each_child Dir.[] Dir.foreach Dir"),
    joins=names("File.join File.expand_path Pathname.new Pathname File.absolute_path"),
    home=names("Dir.home"),
    environment=names("ENV ENV.to_h ENV.to_hash ENV.inspect ENV.map ENV.to_a"),
    forks=names("fork Process.fork Kernel.fork"),
    ends=names("break exit exit! return raise Process.wait sleep exec .accept Process.waitall"),
    shields=names(".length .size .to_i File.exist? File.size"),
)

PHP = Names(
    evaluate=names("eval assert create_function include require include_once require_once"),
    run=names("system exec shell_exec passthru popen proc_open pcntl_exec"),
    decode=names("""
        base64_decode gzinflate gzuncompress gzdecode str_rot13 hex2bin convert_uudecode pack
        strrev urldecode rawurldecode bzdecompress zlib_decode chr openssl_decrypt
        """),
    fetch=names("curl_exec fsockopen_get http_get"),
    send=names(
        "curl_setopt curl_setopt_array mail fwrite fputs socket_write stream_context_create"
    ),
    connect=names("fsockopen pfsockopen socket_create stream_socket_client socket_connect"),
    receive=names("fgets fread fgetc socket_read stream_get_contents stream_get_line"),
    delete=NONE,
    unlink=names("unlink rmdir"),
    write=names("file_put_contents touch"),
    writes_last=names("rename copy symlink move_uploaded_file"),
    read=names("file_get_contents file readfile fopen CURLFile curl_file_create"),
    lists=names("scandir glob DirectoryIterator RecursiveDirectoryIterator"),
    home=NONE,
    environment=names("$_ENV $_SERVER getenv"),
    forks=names("pcntl_fork"),
    ends=names("exit die break return pcntl_wait pcntl_waitpid sleep"),
    shields=names("strlen count intval ord file_exists is_file is_dir filesize"),
)

LUA = Names(
    evaluate=names("load loadstring dostring"),
    run=names("os.execute io.popen"),
    decode=names(
        "mime.unb64 string.char ngx.decode_base64 base64.decode .unb64 .char string.reverse"
    ),
    fetch=names("socket.http.request http.request ssl.https.request https.request requests.get"),
    send=NONE,
    connect=names("socket.tcp socket.connect socket.bind socket.udp socket.tcp4"),
    receive=names(":receive .receive"),
    unlink=names("os.remove lfs.rmdir"),
    write=NONE,
    writes_last=names("os.rename"),
    read=names("io.open io.lines"),
    lists=names("lfs.dir"),
    forks=names("posix.fork unistd.fork posix.unistd.fork"),
    ends=names("break return os.exit"),
    shields=names("tonumber string.len type"),
)

TEXTS = {
    "node": NODE,
    "bun": NODE,
    "deno": NODE,
    "perl": PERL,
    "ruby": RUBY,
    "php": PHP,
    "lua": LUA,
}
