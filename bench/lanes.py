"""The lanes of the bench, and the ratios between them."""


class Lane:
    """A server under one kind of load; is it in the quick run; of how many seconds in the full one
    (None: as many as all others)."""

    def __init__(self, owner, quick, seconds=None, **options):
        self.owner, self.quick, self.seconds, self.options = owner, quick, seconds, options


def titoli(quick=False, **options):
    return Lane("titoli", quick, **options)


def postgres(quick=False, spread=True, **options):
    return Lane("postgres", quick, spread=spread, **options)


LANES = {
    "titoli_single_64": titoli(True, connections=64),
    "titoli_single_128": titoli(True, connections=128),
    "titoli_h2_100": titoli(True, connections=8, protocol="h2", depth=100),
    "titoli_pipelined_16": titoli(connections=8, depth=16),
    "titoli_pipelined_16_on_64": titoli(connections=64, depth=16),
    "titoli_tls_64": titoli(True, connections=64, tls=True),
    "titoli_ndjson_1000": titoli(True, connections=8, shape="ndjson", lines=1000),
    "titoli_ndjson_8000": titoli(connections=4, shape="ndjson", lines=8000),
    "titoli_csv_1000": titoli(connections=8, shape="csv", lines=1000),
    "titoli_csv_8000": titoli(connections=4, shape="csv", lines=8000),
    "titoli_binary_8190": titoli(True, seconds=10, connections=4, shape="binary", lines=8190),
    "echo_bufferevent_64": Lane("echo_bufferevent", False, connections=64),
    "echo_epoll_64": Lane("echo_epoll", False, connections=64),
    "echo_direct_64": Lane("echo_direct", False, connections=64),
    "echo_bufferevent_128": Lane("echo_bufferevent", False, connections=128),
    "echo_epoll_128": Lane("echo_epoll", False, connections=128),
    "echo_direct_128": Lane("echo_direct", False, connections=128),
    "postgres_single_1": postgres(connections=1, mode="single"),
    "postgres_single_16": postgres(True, connections=16, mode="single"),
    "postgres_single_64": postgres(True, connections=64, mode="single"),
    "postgres_single_64_delay": postgres(connections=64, mode="single", delay=True),
    "postgres_single_128": postgres(connections=128, mode="single"),
    "postgres_one_fund_128": postgres(True, spread=False, connections=128, mode="single"),
    "postgres_pipelined_16": postgres(connections=8, mode="pipeline", depth=16),
    "postgres_grouped_16": postgres(connections=4, mode="grouped", depth=16),
    "postgres_array_1000_2": postgres(spread=False, connections=2, mode="array", lines=1000),
    "postgres_array_1000_4": postgres(True, spread=False, connections=4, mode="array", lines=1000),
    "postgres_array_1000_8": postgres(spread=False, connections=8, mode="array", lines=1000),
    "postgres_array_8000_2": postgres(spread=False, connections=2, mode="array", lines=8000),
    "postgres_array_8000_4": postgres(True, spread=False, connections=4, mode="array", lines=8000),
    "redis_single_64": Lane("redis", False, connections=64, mode="single"),
    "redis_single_128": Lane("redis", False, connections=128, mode="single"),
    "redis_pipelined_16": Lane("redis", False, connections=32, mode="pipeline", depth=16),
    "redis_pipelined_16_on_8": Lane("redis", False, connections=8, mode="pipeline", depth=16),
    "redis_pipelined_16_on_64": Lane("redis", False, connections=64, mode="pipeline", depth=16),
    "redis_batch_1000": Lane("redis", False, connections=2, mode="batch", lines=1000),
    "sqlite_single": Lane("sqlite", False, mode="batch", lines=1),
    "sqlite_batch_1000": Lane("sqlite", False, mode="batch", lines=1000),
    "sqlite_batch_10000": Lane("sqlite", False, mode="batch", lines=10000),
    "tigerbeetle_batch_8189": Lane("tigerbeetle", False),
}

PG_SINGLES = ["postgres_single_1", "postgres_single_16", "postgres_single_64",
              "postgres_single_64_delay", "postgres_single_128"]
PG_PIPELINED = ["postgres_pipelined_16", "postgres_grouped_16"]
PG_BATCHES = ["postgres_array_1000_2", "postgres_array_1000_4", "postgres_array_1000_8",
              "postgres_array_8000_2", "postgres_array_8000_4"]
RD_SINGLES = ["redis_single_64", "redis_single_128"]
RD_PIPELINED = ["redis_pipelined_16", "redis_pipelined_16_on_8", "redis_pipelined_16_on_64"]
ECHOES_64 = ["echo_bufferevent_64", "echo_epoll_64", "echo_direct_64"]
ECHOES_128 = ["echo_bufferevent_128", "echo_epoll_128", "echo_direct_128"]

# A lane over the best of others; the goal; in the quick run too?
RATIOS = [
    ("single_64_vs_postgres", "titoli_single_64", PG_SINGLES, "≥10", True),
    ("single_128_vs_postgres", "titoli_single_128", PG_SINGLES, "≥10", False),
    ("single_64_vs_echo", "titoli_single_64", ECHOES_64, "≥0.85", False),
    ("single_128_vs_echo", "titoli_single_128", ECHOES_128, "≥0.85", False),
    ("single_64_vs_redis", "titoli_single_64", RD_SINGLES, "≥2", False),
    ("single_128_vs_redis", "titoli_single_128", RD_SINGLES, "≥2", False),
    ("single_128_one_fund_vs_postgres", "titoli_single_128", ["postgres_one_fund_128"], "≥40", True),
    ("h2_100_vs_postgres", "titoli_h2_100", PG_SINGLES, "≥25", True),
    ("h2_100_vs_postgres_pipelined", "titoli_h2_100", PG_PIPELINED, "", False),
    ("h2_100_vs_redis_pipelined", "titoli_h2_100", RD_PIPELINED, "≥5", False),
    ("pipelined_16_vs_postgres", "titoli_pipelined_16", PG_SINGLES, "≥25", False),
    ("pipelined_16_on_64_vs_postgres", "titoli_pipelined_16_on_64", PG_SINGLES, "≥25", False),
    ("pipelined_16_vs_redis_pipelined", "titoli_pipelined_16", RD_PIPELINED, "≥5", False),
    ("pipelined_16_on_64_vs_redis_pipelined", "titoli_pipelined_16_on_64", RD_PIPELINED, "≥5", False),
    ("tls_64_vs_postgres", "titoli_tls_64", PG_SINGLES, "≥6", True),
    ("ndjson_1000_vs_postgres", "titoli_ndjson_1000", PG_BATCHES, "≥6", True),
    ("ndjson_8000_vs_postgres", "titoli_ndjson_8000", PG_BATCHES, "≥6", False),
    ("csv_1000_vs_postgres", "titoli_csv_1000", PG_BATCHES, "≥6", False),
    ("csv_8000_vs_postgres", "titoli_csv_8000", PG_BATCHES, "≥6", False),
    ("binary_8190_vs_postgres", "titoli_binary_8190", PG_BATCHES, "≥20", True),
    ("ndjson_1000_vs_redis", "titoli_ndjson_1000", ["redis_batch_1000"], "", False),
    ("ndjson_1000_vs_sqlite", "titoli_ndjson_1000", ["sqlite_batch_1000", "sqlite_batch_10000"], "",
     False),
    ("single_64_vs_sqlite", "titoli_single_64", ["sqlite_single"], "", False),
]
