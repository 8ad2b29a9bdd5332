"""What is known of Lua: functions that only compute, and those that do more (see `language.py`)."""

from __future__ import annotations

HARMLESS = """
    print pairs ipairs tostring tonumber type select unpack next assert error pcall xpcall warn
    setmetatable rawget rawset rawequal rawlen collectgarbage _VERSION arg jit.version jit.os
    jit.arch string.format string.rep string.sub string.gsub string.gmatch string.match
    string.find string.len string.lower string.upper string.byte string.char string.reverse
    string.pack string.unpack string.packsize table.insert table.remove table.concat table.sort
    table.unpack table.pack table.move table.getn table.maxn math.abs math.ceil math.floor
    math.sqrt math.sin math.cos math.tan math.asin math.acos math.atan math.exp math.log
    math.log10 math.max math.min math.pi math.huge math.random math.randomseed math.fmod
    math.modf math.tointeger math.type math.ult math.maxinteger math.mininteger math.pow
    math.deg math.rad math.frexp math.ldexp math.atan2 math.mod os.time os.date os.clock
    os.difftime os.exit os.setlocale io.write io.read io.stdout io.stderr io.stdin io.type
    io.flush io.close io.stdout.write io.stderr.write io.stdin.read io.stdin.lines utf8.char
    utf8.charpattern utf8.codes utf8.codepoint utf8.len utf8.offset coroutine.create
    coroutine.resume coroutine.yield coroutine.wrap coroutine.status coroutine.isyieldable
    coroutine.running coroutine.close bit.band bit.bor bit.bxor bit.bnot bit.lshift bit.rshift
    bit32.band bit32.bor bit32.bxor bit32.lshift bit32.rshift package.path package.cpath
    package.config package.searchpath self
    """
DOES = """
io.open open 0
io.lines read 0
io.input read 0
io.output write 0
os.remove delete 0
os.rename delete 0 write 1
os.tmpname write -
os.getenv env 0
os.execute text 0
io.popen text 0
dofile module 0
require load 0
"""
CALLBACKS = ""
KEYWORDS = """
    and break do else elseif end false for function goto if in local nil not or repeat return
    then true until while
    """
BUILTIN = """
    load loadstring loadfile dostring debug os io string table math package coroutine utf8 _G
    _ENV getfenv setfenv getmetatable module newproxy jit ffi string.dump package.loadlib
    package.loaded package.preload package.loaders package.searchers package.seeall
    """
CLASSES = ""
REFUSED = """
    ffi posix lfs socket ssl luv os io debug package _G coroutine jit string table math http
    ltn12 luasql lanes llthreads process winapi alien nixio uv copas requests cqueues sh
    lua-shell plenary
    """
LIBRARIES = "cjson cjson.safe dkjson json lpeg inspect serpent lua-cjson utf8 bit bit32 lyaml"
COMMON = ""
