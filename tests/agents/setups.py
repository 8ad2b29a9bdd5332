"""How each agent is pointed at the scripted model, in a home of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROMPT = "please run the tests"


@dataclass(frozen=True)
class Setup:
    """`headless` are the agent's arguments for one prompt without its screen, `screen` with it."""

    headless: list[str]
    screen: list[str]
    environment: dict[str, str]


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def codex(home: Path, project: Path, url: str) -> Setup:
    put(
        home / ".codex" / "config.toml",
        f"""model = "gpt-5"
model_provider = "script"
check_for_update_on_startup = false
[model_providers.script]
name = "script"
base_url = "{url}/v1"
env_key = "SCRIPT_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
[projects."{project}"]
trust_level = "trusted"
""",
    )
    return Setup(["exec", "--skip-git-repo-check", PROMPT], [], {"SCRIPT_KEY": "x"})


def claude(home: Path, project: Path, url: str) -> Setup:
    key = "key-000000000000000000000"
    known = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    settings = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "bypassPermissionsModeAccepted": True,
        "customApiKeyResponses": {"approved": [key[-20:]], "rejected": []},
        "projects": {str(project): known},
    }
    put(home / ".claude.json", json.dumps(settings))
    put(home / ".claude" / "settings.json", '{"skipDangerousModePermissionPrompt": true}')
    environment = {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": key,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    return Setup(["-p", PROMPT], [], environment)


def opencode(home: Path, project: Path, url: str) -> Setup:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "script",
        "options": {"baseURL": f"{url}/v1", "apiKey": "x"},
        "models": {"script": {"name": "script", "tool_call": True}},
    }
    config = {
        "model": "script/script",
        "small_model": "script/script",
        "autoupdate": False,
        "share": "disabled",
        "provider": {"script": provider},
    }
    put(home / ".config" / "opencode" / "opencode.json", json.dumps(config))
    environment = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"}
    return Setup(["run", "--model", "script/script", PROMPT], [], environment)


SETUPS: dict[str, Callable[[Path, Path, str], Setup]] = {
    "codex": codex,
    "claude": claude,
    "opencode": opencode,
}
