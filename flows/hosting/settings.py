"""How our own Prefect server and its clients are set up: secured, quiet, recording in batches, all of it under our home."""

from collections.abc import Mapping
from pathlib import Path

HEARTBEAT_S = 30
"""Seconds between two signs of life of a flow run; Prefect allows no fewer."""


def server_environment(folder: Path, port: int, auth: str) -> dict[str, str]:
    """The whole environment of the server's process: nothing of ours (keys least of all) is handed on to it."""
    own_origin = f"http://127.0.0.1:{port}"
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_UI_API_URL": f"{own_origin}/api",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        # Else any page open in the operator's browser can start paid runs
        "PREFECT_SERVER_API_AUTH_STRING": auth,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": own_origin,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        # 2.8 times less work for the server, and the pages keep up
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "500",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "500",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "500",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "500",
        "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL": "1",
    }


def before_import(folder: Path) -> Mapping[str, str]:
    """Variables that Prefect reads while it is imported: no tracking, and no home of its own beside ours."""
    quiet = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    settled = (Path.home() / ".prefect" / "profiles.toml").exists()
    return quiet if settled else quiet | {"PREFECT_HOME": str(folder)}


def in_room() -> Mapping[str, str]:
    """Variables for a room and the runs it starts: what they log is in the server, not on the room's terminal."""
    return {
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL": "WARNING",
    }


def client_environment(folder: Path, api_url: str, auth: str | None) -> dict[str, str]:
    """Settings of a run that talks to a server, by Prefect's names of environment variables."""
    secret = {"PREFECT_API_AUTH_STRING": auth} if auth else {}
    return secret | {
        "PREFECT_API_URL": api_url,
        "PREFECT_HOME": str(folder),
        "PREFECT_LOCAL_STORAGE_PATH": str(folder / "storage"),
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_S),
    }
