"""The options, variables and commands of databases' clients that `databases.py` knows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aileron.policy.tables import names


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """`values` take a value, attached or the next word; `attached` only an attached one;
    `words` tells that an option is a whole word behind one dash (sqlite3); `permutes` that
    options may stand behind operands."""

    flags: frozenset[str]
    values: frozenset[str]
    attached: frozenset[str] = frozenset()
    words: bool = False
    permutes: bool = True


@dataclass(frozen=True, slots=True)
class Client:
    """`variables` are how those start that change where it connects, or what it does."""

    variables: tuple[str, ...]


POSTGRES_CLIENT = Client(("PG", "PSQL", "PSQLRC"))
MYSQL_CLIENT = Client(("MYSQL", "LIBMYSQL", "MARIADB"))
REDIS_CLIENT = Client(("REDIS", "VALKEY"))
FILE_CLIENT = Client(("SQLITE", "DUCKDB"))
OTHER_CLIENT = Client(("MONGO",))
CLIENTS = {
    **dict.fromkeys(names("psql pg_dump"), POSTGRES_CLIENT),
    **dict.fromkeys(names("mysql mariadb mysqladmin mariadb-admin"), MYSQL_CLIENT),
    **dict.fromkeys(names("redis-cli valkey-cli"), REDIS_CLIENT),
    **dict.fromkeys(names("sqlite3 duckdb"), FILE_CLIENT),
    "mongosh": OTHER_CLIENT,
}
HOST_VARIABLES = names("PGHOST PGHOSTADDR MYSQL_HOST")
PLAIN_VARIABLES = names("""
    PGPORT PGUSER PGPASSWORD PGSSLMODE PGCONNECT_TIMEOUT PGAPPNAME PGTZ PGDATABASE MYSQL_PWD
    MYSQL_TCP_PORT MYSQL_USER MYSQL_PASSWORD MYSQL_DATABASE MYSQL_ROOT_PASSWORD REDISCLI_AUTH
    """)
# What runs a command in the environment that it has itself.
PLAIN_RUNNERS = names("""
    sudo env timeout time nice nohup setsid stdbuf ionice sh bash dash zsh watch command exec eval
    docker podman nerdctl docker-compose podman-compose xargs find trap builtin unbuffer flock
    """)

PSQL = Grammar(
    flags=names("""
        -a -b -e -E -l -n -q -s -S -t -A -x -X -1 -w -W -H -z -0 -V -? --echo-all --echo-errors
        --echo-queries --echo-hidden --list --no-readline --quiet --single-step --single-line
        --tuples-only --no-align --expanded --no-psqlrc --single-transaction --no-password
        --password --html --csv --version --help --field-separator-zero --record-separator-zero
        """),
    values=names("""
        -c --command -d --dbname -h --host -p --port -U --username -P --pset -F --field-separator
        -R --record-separator -T --table-attr -v --set --variable
        """),
)
PSQL_SETTINGS = names("""
    ON_ERROR_STOP ON_ERROR_ROLLBACK ECHO VERBOSITY FETCH_COUNT QUIET AUTOCOMMIT SHOW_CONTEXT
    HISTSIZE
    """)
PG_DUMP = Grammar(
    flags=names("""
        -a --data-only -b --large-objects --blobs -B --no-large-objects --no-blobs -c --clean -C
        --create -O --no-owner -s --schema-only -x --no-privileges --no-acl -v --verbose -w
        --no-password -W --password --column-inserts --attribute-inserts --inserts --if-exists
        --no-comments --no-publications --no-security-labels --no-subscriptions --no-tablespaces
        --no-unlogged-table-data --quote-all-identifiers --on-conflict-do-nothing
        --serializable-deferrable --strict-names --disable-triggers --enable-row-security
        --use-set-session-authorization --binary-upgrade -V --version -? --help
        """),
    values=names("""
        -d --dbname -h --host -p --port -U --username -e --extension -E --encoding -f --file -F
        --format -j --jobs -n --schema -N --exclude-schema -S --superuser -t --table -T
        --exclude-table -Z --compress --exclude-table-data --extra-float-digits
        --lock-wait-timeout --rows-per-insert --section
        """),
)
MYSQL = Grammar(
    flags=names("""
        -B -N -s -t -v -E -X -r -q -n -w -C -A -H -V -? --batch --skip-column-names --silent --table
        --verbose --vertical --xml --raw --quick --unbuffered --wait --compress --no-auto-rehash
        --skip-auto-rehash --html --version --help --skip-ssl --force -f --no-beep --skip-pager
        --skip-line-numbers --comments --no-defaults
        """),
    values=names("""
        -e --execute -h --host -u --user -P --port -D --database -S --socket --protocol
        --default-character-set --connect-timeout --connect_timeout
        """),
    attached=names("-p --password --ssl --ssl-mode --column-names"),
)
MYSQLADMIN = names("""
    ping status version processlist variables extended-status
    """)
MONGOSH = Grammar(
    flags=names("--quiet --norc --tls --json --version --help"),
    values=names("""
        --eval --host --port -u --username -p --password --authenticationDatabase
        --authenticationMechanism
        """),
)
REDIS = Grammar(
    flags=names("""
        --raw --no-raw --csv --json --no-auth-warning --tls -3 -2 --scan --bigkeys --memkeys --stat
        --hotkeys --latency --latency-history --version --help
        """),
    values=names("-h -p -s -a -n -u -r -i --user --pass --pattern --count --type"),
    permutes=False,
)
REDIS_TELLS = names("""
    --scan --bigkeys --memkeys --stat --hotkeys --latency --latency-history --version --help
    """)
_SQLITE_FLAGS = names("""
    -header -noheader -csv -json -column -line -list -html -markdown -box -table -quote -tabs
    -ascii -batch -bail -echo -readonly -safe -stats -nofollow -version -help
    """)
SQLITE = Grammar(
    flags=_SQLITE_FLAGS,
    values=names("-cmd -init -separator -nullvalue -newline"),
    words=True,
)
DUCKDB = Grammar(
    flags=_SQLITE_FLAGS | names("-jsonlines -latex -no-stdin -h"),
    values=names("-c -s -cmd -f -init -separator -nullvalue -newline"),
    words=True,
)

# What a program for mongosh may be, when its strings are taken out.
MONGO_TEXT = re.compile(r"\"[^\"\\\n]*\"|'[^'\\\n]*'")
_MADE = r"(?:ObjectId|ISODate|Date|NumberInt|NumberLong|UUID)\((?:\"\"|[\w.-]*)\)"
_VALUE = rf"(?:{_MADE}|\"\"|[\w\s{{}}\[\]:,.$+-])*"
_CALL = rf"\({_VALUE}\)"
_READ = (
    rf"db(?:\.[A-Za-z_]\w*|\[\"\"\]|\.getCollection\(\"\"\))+?\.(?:find|findOne|countDocuments"
    rf"|estimatedDocumentCount|count|distinct|getIndexes|stats|dataSize|totalSize){_CALL}"
    rf"(?:\s*\.(?:limit|sort|skip|count|toArray|pretty|explain|size|project|itcount|hint){_CALL})*"
)
MONGO_READS = re.compile(
    rf"show\s+(?:dbs|databases|collections|tables|users|roles)"
    rf"|db\.(?:stats|getName|getCollectionNames|version|hello|serverStatus|hostInfo)\(\)"
    rf"|{_READ}|(?:printjson|print|JSON\.stringify|EJSON\.stringify)\(\s*{_READ}\s*\)"
)
# Program text that the server runs for itself.
MONGO_RUNS = re.compile(r"\$(?:where|function|accumulator|out|merge)|mapReduce|\+\+|--")

_ANY: frozenset[str] = frozenset()
# Commands of redis that only read; with what must come second, where that decides.
REDIS_READS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        names("""
            ping echo time info dbsize lastsave role get mget getrange strlen exists keys scan type
            ttl pttl expiretime pexpiretime randomkey llen lrange lindex lpos hget hgetall hmget
            hkeys hvals hlen hexists hscan hstrlen hrandfield smembers sismember smismember scard
            srandmember sscan sinter sunion sdiff sintercard zrange zrangebyscore zrangebylex
            zrevrange zrevrangebyscore zrevrangebylex zscore zmscore zcard zcount zlexcount zrank
            zrevrank zscan zrandmember xlen xrange xrevrange xinfo xpending getbit bitcount bitpos
            pfcount geopos geodist geohash geosearch dump
            """),
        _ANY,
    ),
    "client": names("list info getname id"),
    "config": names("get"),
    "memory": names("usage stats doctor"),
    "object": names("encoding freq idletime refcount"),
    "slowlog": names("get len"),
    "command": names("count info list docs"),
    "cluster": names("info nodes slots shards keyslot"),
    "acl": names("whoami list cat users"),
    "module": names("list"),
    "pubsub": names("channels numsub numpat"),
    "latency": names("latest history doctor"),
    "json.get": _ANY,
    "json.type": _ANY,
}
