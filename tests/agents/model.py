"""A model server on loopback that plays a script, for real agents to talk to.

The script is a list of shell commands.  Each request of a conversation is
answered with a call of the agent's shell tool for the next command, and after
the last one with a text.  Which command is next is counted from the tool
results in the request itself, so retries and side conversations do no harm.
What the tools returned is kept in `results`, in order, each once; `prompts`
holds the raw text of every request.

It speaks what codex, claude and opencode speak: OpenAI's Responses and Chat
Completions, Anthropic's Messages; streaming, as all three ask for.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SHELL_TOOLS = {"exec_command": "cmd", "Bash": "command", "bash": "command", "shell": "command"}
DONE = "all done"
Body = dict[str, Any]


class Model:
    """`url` is where it listens; use it as a context manager."""

    def __init__(self, commands: list[str]) -> None:
        self.commands = commands
        self.results: dict[str, str] = {}
        self.prompts: list[str] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send(b"{}", "application/json")

            do_HEAD = do_GET

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length") or 0))
                model.prompts.append(raw.decode(errors="replace"))
                try:
                    body = json.loads(raw)
                except ValueError:
                    body = {}
                path = self.path.partition("?")[0]
                if path.endswith("/responses"):
                    events = model.responses(body)
                elif path.endswith("/messages"):
                    events = model.messages(body)
                elif path.endswith("/chat/completions"):
                    events = model.chat(body)
                else:
                    self._send(b'{"input_tokens": 10}', "application/json")
                    return
                self._send(events.encode(), "text/event-stream")

            def _send(self, payload: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(payload)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Model:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _next(self, tools: set[str], results: dict[str, str]) -> tuple[str, dict[str, str]] | None:
        """The next tool call, None when the script is over or the request offers no shell."""
        self.results |= results
        tool = next((name for name in SHELL_TOOLS if name in tools), None)
        if tool is None or len(results) >= len(self.commands):
            return None
        arguments = {SHELL_TOOLS[tool]: self.commands[len(results)]}
        if tool == "bash":
            arguments["description"] = "runs a command"
        return tool, arguments

    # -- OpenAI Responses (codex) ----------------------------------------------

    def responses(self, body: Body) -> str:
        items = body.get("input") if isinstance(body.get("input"), list) else []
        assert isinstance(items, list)
        results = {
            item["call_id"]: text_of(item.get("output"))
            for item in items
            if item.get("type") == "function_call_output"
        }
        names = {str(tool.get("name")) for tool in body.get("tools") or []}
        call = self._next(names, results)
        item: Body
        if call is None:
            content = [{"type": "output_text", "text": DONE, "annotations": []}]
            item = {"type": "message", "id": "m", "role": "assistant", "content": content}
        else:
            item = {
                "type": "function_call",
                "id": f"f{len(results)}",
                "call_id": f"call_{len(results)}",
                "name": call[0],
                "arguments": json.dumps(call[1]),
            }
        item["status"] = "completed"
        usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
        usage |= {"input_tokens_details": None, "output_tokens_details": None}  # type: ignore[dict-item]
        response = {"id": "r", "object": "response", "status": "completed", "output": [item]}
        events: list[Body] = [
            {"type": "response.created", "response": {"id": "r", "output": []}},
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": {**response, "usage": usage}},
        ]
        return "".join(sse(event, event["type"]) for event in events)

    # -- Anthropic Messages (claude) -------------------------------------------

    def messages(self, body: Body) -> str:
        results: dict[str, str] = {}
        for message in body.get("messages") or []:
            blocks = message.get("content")
            for part in blocks if isinstance(blocks, list) else []:
                if part.get("type") == "tool_result":
                    results[part["tool_use_id"]] = text_of(part.get("content"))
        names = {str(tool.get("name")) for tool in body.get("tools") or []}
        call = self._next(names, results)
        block: Body = {"type": "text", "text": ""}
        delta: Body = {"type": "text_delta", "text": DONE}
        if call is not None:
            block = {
                "type": "tool_use",
                "id": f"toolu_{len(results)}",
                "name": call[0],
                "input": {},
            }
            delta = {"type": "input_json_delta", "partial_json": json.dumps(call[1])}
        stop = "tool_use" if call is not None else "end_turn"
        start = {
            "id": "msg",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", "m"),
            "content": [],
            "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        events: list[Body] = [
            {"type": "message_start", "message": start},
            {"type": "content_block_start", "index": 0, "content_block": block},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": stop},
                "usage": {"output_tokens": 1},
            },
            {"type": "message_stop"},
        ]
        return "".join(sse(event, event["type"]) for event in events)

    # -- OpenAI Chat Completions (opencode) ------------------------------------

    def chat(self, body: Body) -> str:
        results = {
            message["tool_call_id"]: text_of(message.get("content"))
            for message in body.get("messages") or []
            if message.get("role") == "tool"
        }
        names = {
            str(tool["function"]["name"]) for tool in body.get("tools") or [] if "function" in tool
        }
        call = self._next(names, results)
        delta: Body = {"role": "assistant", "content": DONE}
        if call is not None:
            function = {"name": call[0], "arguments": json.dumps(call[1])}
            one = {"index": 0, "id": f"call_{len(results)}", "type": "function"}
            delta = {"role": "assistant", "tool_calls": [{**one, "function": function}]}
        finish = "stop" if call is None else "tool_calls"
        base = {"id": "c", "object": "chat.completion.chunk", "model": body.get("model", "m")}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        chunks: list[Body] = [
            {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
            {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
            {**base, "choices": [], "usage": usage},
        ]
        return "".join(sse(chunk) for chunk in chunks) + "data: [DONE]\n\n"


def sse(event: Body, name: str = "") -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(event)}\n\n"


def text_of(content: object) -> str:
    """The text of a tool's result, however the agent packs it."""
    if isinstance(content, list):
        return "\n".join(text_of(part) for part in content)
    if isinstance(content, dict):
        return text_of(content.get("text", content.get("content", "")))
    return str(content)
