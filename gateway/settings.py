"""Everything an operator can set, by `TILLWAY_*` in the environment; wrong values are refused with a sentence."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.limits import CallerLimits


class SettingsRefused(Exception):
    """A setting is wrong; the message lists each by its variable with what to do."""


class Settings(BaseSettings):
    """The process's settings. `tillway serve --help` and docs/settings.md list them with their defaults."""

    model_config = SettingsConfigDict(
        env_prefix="TILLWAY_", env_nested_delimiter="__", nested_model_default_partial_update=True, extra="ignore"
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    database_url: str = Field(
        "sqlite:///.tillway/tillway.db", description="`sqlite:///path` or `postgresql://user:password@host/name`."
    )
    database_pool_size: int = Field(12, ge=2, le=100, description="PostgreSQL connections of one process.")
    public_url: str = Field("", description="Base of links in messages and QR codes; the listening address when empty.")
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 characters; signs tokens and quotes. Every replica needs the same. "
        "Kept in the state folder when empty.",
    )
    state_folder: Path = Field(Path(".tillway"), description="Where the embedded database and the generated key live.")
    stripe_api_key: SecretStr = Field(
        SecretStr(""), description="Stripe's secret key; the built-in sandbox is started when empty."
    )
    stripe_api_base: str = Field("", description="Base URL of Stripe's API; Stripe's own when empty.")
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Signing secret (`whsec_…`) of the webhook endpoint at /webhooks/stripe."
    )
    tax_service: Literal["table", "stripe"] = Field(
        "table",
        description="Who says what tax carts and sales cost: the table of rates, or Stripe Tax, with the table while it is silent.",
    )
    stripe_tax_codes: dict[str, str] = Field(
        {},
        description='Stripe\'s tax codes by ours, as JSON: `{"standard": "txcd_99999999"}`. Codes that are Stripe\'s need no '
        "entry, others are taxed by the account's preset.",
    )
    messages_url: str = Field(
        "", description="Where customers' messages are handed to, as signed JSON; they are only logged when empty."
    )
    processes: int = Field(
        1, ge=1, le=64, description="Serving processes behind the port; more than one needs PostgreSQL."
    )
    process_port: int = Field(
        0,
        ge=0,
        le=65_000,
        description="The first serving process also listens here, the next one port higher, and so on: a process by "
        "itself, to scrape its metrics. None does when 0.",
    )
    worker: bool = Field(True, description="Whether `serve` also runs jobs; else run `tillway worker` beside it.")
    log_format: Literal["text", "json"] = Field("text", description="How log lines are written.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="The least level that is logged. Requests that were refused, failed or took a second are `info`, the rest `debug`.",
    )
    introspection: bool = Field(True, description="Whether the schema may be asked for; the schema is public.")
    graphiql: bool = Field(True, description="Whether a browser at /graphql is answered with GraphiQL.")
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins, separated by commas, whose pages may call the API from a browser."
    )
    catalog_cache_bytes_max: int = Field(
        8 * 1024 * 1024,
        ge=64 * 1024,
        description="How much of the catalog a process keeps at hand, counted in bytes of its documents; objects made "
        "from them take about five times as much memory.",
    )
    suggestions: bool = Field(False, description="Whether errors suggest names that were perhaps meant.")
    limits: CallerLimits = Field(
        CallerLimits(),
        description="What each caller kind may ask for: `TILLWAY_LIMITS__GUEST__DEPTH=12`; all are listed below.",
    )
    head_bytes_max: int = Field(32 * 1024, ge=1024, description="The most bytes of a request's line and headers.")
    head_seconds_max: int = Field(10, ge=1, le=300, description="How long a request's headers may take to arrive.")
    connections_max: int = Field(2_000, ge=16, description="Connections at once; more are answered with 503.")
    shared_url: SecretStr = Field(
        SecretStr(""),
        description="`redis://host:6379/0` of the replicas' Redis or Valkey, for limits, persisted queries and instant "
        "change messages. Each process is on its own when empty.",
    )
    shared_seconds_max: float = Field(
        0.2,
        gt=0,
        le=60,
        description="Seconds after which a call to the replicas' Redis is given up; the process then goes on alone for one second.",
    )
    proxies_trusted: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (),
        description="Networks, separated by commas, of proxies and of servers that render pages, whose X-Forwarded-For "
        "names the caller.",
    )
    guests_per_network: int = Field(
        20,
        ge=1,
        le=10_000,
        description="As how many guests those behind one network address may be counted who send the `Tillway-Guest` they "
        "were given.",
    )
    rates_exempt: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        (ip_network("127.0.0.0/8"), ip_network("::1/128")),
        description="Networks, separated by commas, whose callers are not held to rates: the machine's own services.",
    )
    trusted_documents: Path | None = Field(
        None,
        description="A file of trusted documents for every client, or a folder with `web.json` for the client `web`: as "
        "Relay, Apollo or GraphQL Code Generator write them.",
    )
    trusted_documents_only: bool = Field(
        False, description="Whether only trusted documents are run; callers with the scope `operate` may send any."
    )
    cache_bytes_max: int = Field(
        64 * 1024 * 1024, ge=0, description="Bytes of finished answers to public reads that are kept; 0 keeps none."
    )
    cache_control_seconds: int = Field(
        0,
        ge=0,
        le=3600,
        description="How long browsers and proxies may use a public answer to GET without asking whether it changed.",
    )
    shutdown_seconds_max: int = Field(20, ge=0, le=300, description="How long work in flight may finish at shutdown.")

    @property
    def proxies(self) -> list[str]:
        """The trusted proxies as the server takes them."""
        return [str(network) for network in self.proxies_trusted]

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("rates_exempt", "proxies_trusted", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("shared_url")
    @classmethod
    def _speaks_redis(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must start with redis://, rediss:// or unix://")
        return value

    @field_validator("database_url")
    @classmethod
    def _supported(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters")
        return value

    @field_validator("stripe_webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith("whsec_"):
            raise ValueError("must be the endpoint's signing secret, which starts with whsec_")
        return value

    @model_validator(mode="after")
    def _processes_share(self) -> "Settings":
        if self.processes > 1 and not self.database_url.startswith("postgresql://"):
            raise ValueError("TILLWAY_PROCESSES above 1 needs a postgresql:// database: SQLite has one writing process")
        if self.processes > 1 and not self.stripe_api_key.get_secret_value():
            raise ValueError("TILLWAY_PROCESSES above 1 needs TILLWAY_STRIPE_API_KEY: the sandbox is for one process")
        return self


def load_settings(**overrides: object) -> Settings:
    """The settings of this process; `overrides` come from the command line.

    Raises:
        SettingsRefused: with one line per wrong setting.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks each value
    except ValidationError as error:
        lines = [
            f"TILLWAY_{'__'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            if problem["loc"]
            else problem["msg"]
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsRefused("\n".join(lines)) from None
