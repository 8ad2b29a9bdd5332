"""What is known of Elixir: functions that only compute, and those that do more (see `language.py`).

`Enum.*` is every function of a module.
"""

from __future__ import annotations

HARMLESS = """
    Enum.* Stream.map Stream.filter Stream.with_index Stream.take Stream.cycle Stream.iterate
    Stream.unfold Stream.chunk_every Stream.flat_map Stream.reject Stream.run Stream.uniq
    Stream.zip Stream.repeatedly Stream.take_while Stream.drop Stream.each Map.* Keyword.*
    List.* MapSet.* String.* Integer.* Float.* Tuple.* Range.* Date.* Time.* DateTime.*
    NaiveDateTime.* Calendar.* Version.* URI.* Base.* Bitwise.* Regex.* Access.* Atom.*
    Function.identity Path.* Inspect.* Exception.message Exception.format Record.is_record
    Duration.* StringIO.open StringIO.contents IO.puts IO.inspect IO.write IO.gets IO.read
    IO.stream IO.binread IO.binwrite IO.iodata_to_binary IO.iodata_length IO.warn
    IO.chardata_to_string IO.ANSI.* File.exists? File.dir? File.regular? File.cwd File.cwd!
    File.stat File.stat! File.lstat File.close System.version System.build_info
    System.otp_release System.os_time System.system_time System.monotonic_time System.schedulers
    System.schedulers_online System.argv System.unique_integer System.tmp_dir System.tmp_dir!
    System.pid System.endianness System.find_executable System.convert_time_unit System.halt
    System.stop System.compiled_endianness System.user_home System.user_home! Process.sleep
    Process.info Process.list Process.alive? Process.whereis Process.registered
    Application.get_env Application.fetch_env Application.fetch_env! Application.spec
    Application.loaded_applications Application.started_applications Application.get_all_env
    Application.ensure_all_started Application.app_dir Application.ensure_started
    Application.load Application.get_application Application.compile_env Mix.env
    Mix.Project.config Mix.version Mix.Project.deps_paths Mix.Project.app_path
    Mix.Project.build_path Code.ensure_loaded? Code.ensure_loaded Code.ensure_compiled
    Code.available? Code.fetch_docs Logger.info Logger.debug Logger.warning Logger.error
    Logger.configure Logger.level JSON.encode! JSON.decode! JSON.encode JSON.decode
    Jason.encode! Jason.decode! Jason.encode Jason.decode Jason.Formatter.pretty_print
    Poison.encode! Poison.decode! :crypto.hash :crypto.strong_rand_bytes :math.* :lists.*
    :maps.* :rand.uniform :rand.seed :erlang.system_info :erlang.memory :erlang.monotonic_time
    :erlang.phash2 :erlang.md5 :erlang.system_time :erlang.term_to_binary
    :erlang.float_to_binary :erlang.integer_to_binary :binary.* :unicode.* :calendar.* :timer.tc
    :timer.sleep :timer.seconds :zlib.gzip :zlib.gunzip :zlib.compress :zlib.uncompress
    :string.* :queue.* :ordsets.* :sets.* :io.format :io_lib.format :base64.* :os.type
    :os.system_time :os.timestamp :code.lib_dir :erlang.now abs binary_part bit_size byte_size
    ceil div elem floor hd tl length map_size max min not rem round trunc tuple_size is_atom
    is_binary is_boolean is_float is_function is_integer is_list is_map is_map_key is_nil
    is_number is_pid is_struct is_tuple is_exception to_string to_charlist inspect put_in get_in
    update_in pop_in put_elem self node raise throw reraise exit tap then dbg match? sigil_r in
    make_ref binding from where select order_by limit group_by preload distinct join count sum
    avg iex
    """
DOES = """
File.read read 0
File.read! read 0
File.stream! read 0
File.ls read 0
File.ls! read 0
Path.wildcard read 0
File.open open 0
File.open! open 0
File.write write 0
File.write! write 0
File.touch write 0
File.touch! write 0
File.mkdir write 0
File.mkdir! write 0
File.mkdir_p write 0
File.mkdir_p! write 0
File.cp read 0 write 1
File.cp! read 0 write 1
File.cp_r read 0 write 1
File.cp_r! read 0 write 1
File.copy read 0 write 1
File.copy! read 0 write 1
File.rename delete 0 write 1
File.rename! delete 0 write 1
File.rm delete 0
File.rm! delete 0
File.rmdir delete 0
File.rmdir! delete 0
File.rm_rf delete-tree 0
File.rm_rf! delete-tree 0
File.cd folder 0
File.cd! folder 0
System.get_env env 0
System.fetch_env env 0
System.fetch_env! env 0
System.put_env setenv 0
System.cmd words 0
System.shell text 0
:os.cmd text 0
:os.getenv env 0
:file.read_file read 0
:file.consult read 0
:file.list_dir read 0
:file.delete delete 0
:file.del_dir delete 0
:file.del_dir_r delete-tree 0
:file.write_file write 0
Code.require_file module 0
Code.eval_file module 0
"""
CALLBACKS = ":timer.tc 0"
KEYWORDS = """
    do end fn if else unless case cond for with when and or not in true false nil try rescue
    catch after receive raise throw alias require import use
    """
BUILTIN = """
    apply spawn spawn_link spawn_monitor send defmodule def defp defmacro defmacrop defstruct
    defprotocol defimpl defdelegate defguard quote unquote unquote_splicing super __ENV__
    __MODULE__ __DIR__ __CALLER__ __STACKTRACE__ destructure use var! Kernel System Port Node
    Code Module Macro Process Agent Task GenServer Supervisor File IO Path Enum Stream Map
    Keyword List Application Mix Protocol Function Record Registry EEx ExUnit IEx
    DynamicSupervisor PartitionSupervisor GenEvent Behaviour Config Dict HashDict HashSet Set
    OptionParser StringIO Logger Hex HTTPoison Req Tesla Finch Mint Hackney Rustler Porcelain
    MuonTrap Rambo Exile ExAws System.shell Ecto Postgrex MyXQL Exqlite Redix
    """
CLASSES = ""
REFUSED = ""
LIBRARIES = "Logger Integer Bitwise Ecto.Query Record"
COMMON = ""
