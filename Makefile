# Titoli: one file builds, checks, measures and installs everything. `make help` lists the targets.
#
# Each build mode has its own folder under $(BUILD_ROOT), made by the same rules in a sub-make with
# MODE set: release, debug, asan (address and undefined behaviour), tsan, clang (the second
# compiler, same warnings) and fuzz. Sources are found by wildcard, one archive per folder; a folder
# that does not exist yet is simply empty. Everything that is made lies under $(BUILD_ROOT).

BUILD_ROOT ?= build
MODE       ?= release
OUT        := $(BUILD_ROOT)/$(MODE)

PREFIX     ?= /usr/local
DESTDIR    ?=
UNITDIR    ?= $(PREFIX)/lib/systemd/system

SHELL      := /bin/sh
.DELETE_ON_ERROR:
.SUFFIXES:

# Use every core unless the caller said otherwise; say little.
ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif
endif
MAKEFLAGS += --no-print-directory --no-builtin-rules
SUBMAKE = $(MAKE) BUILD_ROOT=$(BUILD_ROOT)
ifeq ($(V),)
Q = @
say = @printf '%-5s %s\n' '$(1)' '$(2)'
endif

# ---- what the machine must have (Debian 12 package names) -------------------------------------

DEPS_BUILD := libc6-dev libevent-dev liblmdb-dev libssl-dev libcurl4-openssl-dev libjansson-dev \
    libyajl-dev libcsv-dev libinih-dev libzstd-dev libsystemd-dev node-llhttp libnghttp2-dev tzdata \
    pkgconf libseccomp-dev libsodium-dev libxml2-dev libcairo2-dev libpango1.0-dev libqrencode-dev fonts-dejavu-core
DEPS_CHECK := libcmocka-dev clang-14 libclang-rt-14-dev python3 python3-yaml python3-jsonschema \
    libxml2-utils curl ca-certificates nodejs npm openssl openssh-server nginx nghttp2-client \
    poppler-utils zbar-tools valgrind devscripts binutils systemd
# What the bench compares with, and its clients' libraries; `make bench` and `make bench-quick` only.
DEPS_BENCH := python3 openssl postgresql-15 postgresql-client-15 libpq-dev redis-server libsqlite3-dev \
    sqlite3 valgrind

# Other people's tools that judge a running daemon: `make judges`. autocannon comes from npm.
DEPS_JUDGES := sslscan testssl.sh nmap slowhttptest wapiti zzuf openssl python3 nodejs npm

# ---- sources ----------------------------------------------------------------------------------

sources_of = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))

# A library folder becomes one archive. engine/main.c and cli/main.c stand alone.
ENGINE_FOLDERS    := $(filter-out engine/audit engine/console engine/decisions,\
    $(patsubst %/,%,$(sort $(wildcard engine/*/))))
CONNECTOR_FOLDERS := $(patsubst %/,%,$(sort $(wildcard connectors/*/)))
LIB_FOLDERS       := $(ENGINE_FOLDERS) $(CONNECTOR_FOLDERS)
CLI_SOURCES       := $(call sources_of,cli)
# The auditor shares nothing with the engine: its archive is linked into its own program and tests.
AUDIT_SOURCES     := $(call sources_of,engine/audit)
SUPPORT_SOURCES   := $(call sources_of,tests/support)
TEST_SOURCES      := $(filter %_test.c,$(call sources_of,tests))
PRELOAD_SOURCES   := $(filter %_preload.c,$(call sources_of,tests))
FUZZ_SOURCES      := $(filter %_fuzz.c,$(call sources_of,tests/fuzz))
BENCH_SOURCES     := $(sort $(wildcard bench/*.c bench/peers/echo/echo.c))

PURE := engine/base/% engine/domain/% connectors/format/%

# ---- compiler and flags -----------------------------------------------------------------------

# What every mode shares. The warnings are errors in every mode and with both compilers.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wconversion \
    -Wsign-conversion -Wformat=2 -Werror=format-security -Werror
COMMON   := -std=c17 -I. -isystem /usr/share/include -isystem /usr/share/include/llhttp \
    -DLLHTTP_STRICT_MODE=1 -fno-delete-null-pointer-checks -fno-strict-overflow -fPIE -pthread
HARDEN   := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
    -fstack-clash-protection -fcf-protection=full
SANITIZE := -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all
LDFLAGS  := -pie -pthread -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
# The C library's start files carry no CET marks, which would take them from the whole program.
CET_LINK := -Wl,-z,ibt,-z,shstk

GCC   := gcc
CLANG := clang-14
TOOL   = $(GCC)
# The compiler writes its working folder into what it makes; this name is the same in every folder, and
# leads a debugger to the sources from where it was started (decision 0079: the same bytes anywhere).
ANYWHERE := PWD=/proc/self/cwd
ifeq ($(MODE),release)
MODE_FLAGS := -O2 -g $(HARDEN) -ftrivial-auto-var-init=zero
LDFLAGS    += $(CET_LINK)
else ifeq ($(MODE),debug)
MODE_FLAGS := -Og -g3 $(HARDEN) -ftrivial-auto-var-init=zero
LDFLAGS    += $(CET_LINK)
else ifeq ($(MODE),asan)
MODE_FLAGS := $(SANITIZE) -fsanitize=address,undefined
LDFLAGS    += -fsanitize=address,undefined
else ifeq ($(MODE),tsan)
MODE_FLAGS := $(SANITIZE) -fsanitize=thread
LDFLAGS    += -fsanitize=thread
else ifeq ($(MODE),clang)
TOOL       := $(CLANG)
MODE_FLAGS := -O0
else ifeq ($(MODE),fuzz)
TOOL       := $(CLANG)
MODE_FLAGS := $(SANITIZE) -fsanitize=fuzzer-no-link,address,undefined -DTITOLI_FUZZ
LDFLAGS    += -fsanitize=fuzzer,address,undefined
else
$(error MODE is one of release debug asan tsan clang fuzz, not "$(MODE)")
endif

# The server of the release is optimised across its files when it is linked, as its cost is (decision
# 0059). Its objects carry both forms; all other programs are linked from the plain one, quickly.
ifeq ($(MODE),release)
LTO_COMPILE   := -flto -ffat-lto-objects
LTO_LINK      := -flto=auto $(MODE_FLAGS)
LTO_NOT       := -fno-lto
LTO_PROGRAMS  := $(OUT)/titolid $(OUT)/tests/cost/redemption_test
endif

# Only what draws documents sees the headers of these libraries.
DOCUMENT_FLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags pangocairo 2>/dev/null))

LIBS := -lsodium -lseccomp -levent -levent_pthreads -lssl -lcrypto -lnghttp2 -lcurl -ljansson -lyajl -lcsv \
    -linih -lzstd -llmdb -lsystemd -lxml2 -lpangocairo-1.0 -lpango-1.0 -lcairo -lgobject-2.0 \
    -lglib-2.0 -lqrencode

# The pure folders see ISO C only; the rest of the product cannot call what banned.h names.
features = $(if $(filter $(PURE),$(1)),,-D_GNU_SOURCE $(if $(filter engine/% cli/% connectors/%,$(1)),\
    -include engine/base/banned.h)) $(if $(filter connectors/xml/% connectors/document/% \
    tests/unit/connectors/% tests/fuzz/%,$(1)),-isystem /usr/include/libxml2) \
    $(if $(filter connectors/document/%,$(1)),$(DOCUMENT_FLAGS))

# ---- objects and archives ---------------------------------------------------------------------

object_of  = $(patsubst %.c,$(OUT)/obj/%.o,$(1))
archive_of = $(patsubst %,$(OUT)/lib/%.a,$(1))
LLHTTP_ARCHIVE := $(OUT)/lib/llhttp.a
LIB_ARCHIVES   := $(call archive_of,$(LIB_FOLDERS)) $(LLHTTP_ARCHIVE)
LIB_OBJECTS    := $(foreach folder,$(LIB_FOLDERS),$(call object_of,$(call sources_of,$(folder))))

# Flags and source lists live in stamps: a change of either remakes what depends on it, and only that.
stamp = $(shell mkdir -p $(dir $(1)); printf '%s\n' '$(2)' | cmp -s - $(1) || \
    printf '%s\n' '$(2)' > $(1))

ifneq ($(filter _% $(OUT)/%,$(MAKECMDGOALS)),)
$(call stamp,$(OUT)/flags.stamp,$(TOOL) $(COMMON) $(WARNINGS) $(MODE_FLAGS) $(LTO_COMPILE))
$(call stamp,$(OUT)/link.stamp,$(LDFLAGS) $(LIBS) $(LTO_LINK))
endif

$(OUT)/obj/%.o: %.c $(OUT)/flags.stamp
	$(call say,cc,$(MODE) $<)
	$(Q)mkdir -p $(@D)
	$(Q)$(ANYWHERE) $(TOOL) $(COMMON) $(WARNINGS) $(call features,$<) $(MODE_FLAGS) \
	    $(if $(filter engine/%,$<),$(LTO_COMPILE)) -MMD -MP -c $< -o $@

$(OUT)/obj/llhttp/%.o: /usr/share/llhttp/%.c $(OUT)/flags.stamp
	$(call say,cc,$(MODE) $<)
	$(Q)mkdir -p $(@D)
	$(Q)$(ANYWHERE) $(TOOL) $(COMMON) -w $(MODE_FLAGS) -c $< -o $@

/usr/share/llhttp/%.c:
	@echo "$@ is missing: run 'make deps' first" >&2; exit 1

define make_archive
	$(call say,ar,$(MODE) $@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)ar rcs $@ $(filter %.o,$^)
endef

define archive_rule
$(call archive_of,$(1)): $(call object_of,$(2)) $(OUT)/lib/$(1).stamp
	$$(make_archive)
ifneq ($(filter _% $(OUT)/%,$(MAKECMDGOALS)),)
$$(call stamp,$(OUT)/lib/$(1).stamp,$(2))
endif
endef

$(foreach folder,$(LIB_FOLDERS),$(eval $(call archive_rule,$(folder),\
    $(filter-out %/main.c,$(call sources_of,$(folder))))))
$(eval $(call archive_rule,cli,$(CLI_SOURCES)))
$(eval $(call archive_rule,engine/audit,$(filter-out %/main.c,$(AUDIT_SOURCES))))
AUDIT_ARCHIVE := $(call archive_of,engine/audit)
$(eval $(call archive_rule,tests/support,$(filter-out %_test.c %_preload.c,$(SUPPORT_SOURCES))))

$(LLHTTP_ARCHIVE): $(OUT)/obj/llhttp/api.o $(OUT)/obj/llhttp/http.o $(OUT)/obj/llhttp/llhttp.o
	$(make_archive)

# Objects first, then the archives as one group, then the system's libraries.
define link
	$(call say,ld,$(MODE) $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(ANYWHERE) $(TOOL) $(if $(filter $(LTO_PROGRAMS),$@),$(LTO_LINK),$(LTO_NOT)) $(LDFLAGS) \
	    -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
	    -Wl,--end-group $(1) $(LIBS)
endef

# ---- programs ---------------------------------------------------------------------------------

PROGRAMS := $(if $(wildcard engine/main.c),$(OUT)/titolid) $(if $(CLI_SOURCES),$(OUT)/titoli) \
    $(if $(AUDIT_SOURCES),$(OUT)/titoli-audit) $(if $(wildcard engine/signer/main.c),$(OUT)/titoli-signer)

$(OUT)/titolid: $(OUT)/obj/engine/main.o $(LIB_ARCHIVES) $(OUT)/link.stamp
	$(call link)

$(OUT)/titoli: $(call archive_of,cli) $(LIB_ARCHIVES) $(OUT)/link.stamp
	$(call link)

$(OUT)/titoli-audit: $(OUT)/obj/engine/audit/main.o $(AUDIT_ARCHIVE) $(OUT)/link.stamp
	$(call link)

# The signer has what it needs of these folders, and nothing of the daemon's rules or sockets.
$(OUT)/titoli-signer: $(OUT)/obj/engine/signer/main.o \
    $(call archive_of,engine/signer engine/proof engine/ledger engine/system engine/base) \
    $(OUT)/link.stamp
	$(call link)

# bench/<name>.c is a program, and so is bench/peers/echo/echo.c; the folders are their parts, and
# bench/support is shared by all.
BENCH_FOLDERS  := bench/support bench/load bench/maker bench/peers/echo
BENCH_PROGRAMS := $(patsubst bench/%.c,$(OUT)/bench/%,$(BENCH_SOURCES))
BENCH_ARCHIVES := $(call archive_of,$(BENCH_FOLDERS))
$(foreach folder,$(BENCH_FOLDERS),$(eval $(call archive_rule,$(folder),\
    $(filter-out $(BENCH_SOURCES),$(call sources_of,$(folder))))))
$(BENCH_PROGRAMS): $(OUT)/bench/%: $(OUT)/obj/bench/%.o $(BENCH_ARCHIVES) $(LIB_ARCHIVES) \
    $(OUT)/link.stamp
	$(call link,-lnghttp2)

# bench/peers/<name>/<name>.c is the client of a peer; without its library it is not built, and the
# bench says so. They see nothing of the product and link nothing of it.
PEERS := postgres redis sqlite
PEER_NEEDS_postgres := /usr/include/postgresql/libpq-fe.h
PEER_NEEDS_sqlite   := /usr/include/sqlite3.h
PEER_LIBS_postgres  := -lpq
PEER_LIBS_sqlite    := -lsqlite3
PEER_SOURCES  := bench/peers/peer.c $(foreach name,$(PEERS),bench/peers/$(name)/$(name).c)
PEER_PROGRAMS := $(foreach name,$(PEERS),$(if $(filter-out $(wildcard $(PEER_NEEDS_$(name))),\
    $(PEER_NEEDS_$(name))),,$(OUT)/bench/peers/$(name)/$(name)))
$(PEER_PROGRAMS): $(OUT)/bench/peers/%: bench/peers/%.c bench/peers/peer.c bench/peers/peer.h \
    $(OUT)/flags.stamp
	$(call say,ld,$(MODE) $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(TOOL) $(COMMON) $(WARNINGS) -D_GNU_SOURCE -isystem /usr/include/postgresql $(MODE_FLAGS) \
	    $(LDFLAGS) -o $@ $(filter %.c,$^) $(PEER_LIBS_$(*F))

# ---- test programs ----------------------------------------------------------------------------

# tests/<folder>/…/<name>_test.c is a program; the other sources of its folder are its helpers.
# A unit test is linked with what its folder may use, so that one folder can be built alone.
USES_base     := base
USES_system   := base system
USES_domain   := base domain
USES_auth     := base system domain auth
USES_vault    := base system vault
USES_ledger   := base system domain ledger
USES_proof    := base system domain ledger proof
USES_signer   := base system domain ledger proof signer
USES_pipeline := base system domain auth ledger pipeline
USES_api      := base system domain auth ledger proof pipeline api
USES_http     := base system domain auth vault ledger proof pipeline api http llhttp
USES_audit    := audit

folder_of     = $(patsubst %/,%,$(dir $(1)))
unit_of       = $(word 3,$(subst /, ,$(1)))
uses_of       = $(if $(filter tests/unit/%,$(1)),$(USES_$(call unit_of,$(1))))
archives_for  = $(if $(call uses_of,$(1)),\
    $(filter $(foreach name,$(call uses_of,$(1)),$(OUT)/lib/engine/$(name).a $(OUT)/lib/$(name).a),\
        $(LIB_ARCHIVES) $(AUDIT_ARCHIVE)),$(LIB_ARCHIVES) $(call archive_of,cli))
TEST_FOLDERS := $(sort $(foreach source,$(TEST_SOURCES),$(call folder_of,$(source))))
TESTS        := $(patsubst %.c,$(OUT)/%,$(TEST_SOURCES))
PRELOADS     := $(patsubst %.c,$(OUT)/%.so,$(PRELOAD_SOURCES))
helpers_of    = $(filter-out %_test.c %_preload.c %_fuzz.c,$(sort $(wildcard $(1)/*.c)))

$(foreach folder,$(filter-out tests/support,$(TEST_FOLDERS)),$(eval $(call archive_rule,$(folder),\
    $(call helpers_of,$(folder)))))

define test_rule
$(patsubst %.c,$(OUT)/%,$(1)): $(call object_of,$(1)) $(call archive_of,$(call folder_of,$(1))) \
    $(call archive_of,tests/support) $(call archives_for,$(1)) \
    $(if $(filter tests/unit/bench/%,$(1)),$(BENCH_ARCHIVES)) $(OUT)/link.stamp
endef
$(foreach source,$(TEST_SOURCES),$(eval $(call test_rule,$(source))))
$(TESTS):
	$(call link,-lcmocka)

$(PRELOADS): $(OUT)/%.so: %.c $(OUT)/flags.stamp
	$(call say,so,$(MODE) $@)
	$(Q)mkdir -p $(@D)
	$(Q)$(TOOL) $(filter-out -fPIE,$(COMMON)) -fPIC $(WARNINGS) -D_GNU_SOURCE -O2 -g -MMD -MP \
	    -shared $< -o $@ -ldl

FUZZERS := $(if $(filter fuzz,$(MODE)),$(patsubst %.c,$(OUT)/%,$(FUZZ_SOURCES)))
$(eval $(call archive_rule,tests/fuzz,$(call helpers_of,tests/fuzz)))
$(filter-out %/audit_fuzz,$(FUZZERS)): $(OUT)/%: $(OUT)/obj/%.o $(call archive_of,tests/fuzz) \
    $(call archive_of,tests/support) $(LIB_ARCHIVES) $(OUT)/link.stamp
	$(call link)
$(filter %/audit_fuzz,$(FUZZERS)): $(OUT)/%: $(OUT)/obj/%.o $(AUDIT_ARCHIVE) $(OUT)/link.stamp
	$(call link)

# ---- goals of a sub-make ----------------------------------------------------------------------

.PHONY: _programs _tests _unit_tests _threaded_tests _bench _peers _fuzzers _objects _units
_programs: $(PROGRAMS) $(LIB_ARCHIVES)
_tests: $(PROGRAMS) $(TESTS) $(PRELOADS)
_bench: $(PROGRAMS) $(BENCH_PROGRAMS)
_peers: $(PEER_PROGRAMS)
_fuzzers: $(FUZZERS)
_objects: $(LIB_OBJECTS) $(call object_of,$(wildcard engine/main.c) $(CLI_SOURCES) $(AUDIT_SOURCES) \
    $(SUPPORT_SOURCES) $(TEST_SOURCES) $(BENCH_SOURCES) $(call sources_of,$(BENCH_FOLDERS)) \
    $(foreach folder,$(TEST_FOLDERS),$(call helpers_of,$(folder))))
# What `make check` runs under the sanitizers: every unit test, and those of folders with threads.
THREADED := system vault ledger pipeline http
_unit_tests: $(filter $(OUT)/tests/unit/%,$(TESTS))
_threaded_tests: $(filter $(THREADED:%=$(OUT)/tests/unit/%/%),$(TESTS))
_units: $(filter $(OUT)/tests/unit/$(UNIT)/%,$(TESTS))

ifneq ($(filter _% $(OUT)/%,$(MAKECMDGOALS)),)
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
endif

# ---- targets for people -----------------------------------------------------------------------

.DEFAULT_GOAL := all
.PHONY: all release debug asan tsan clang demo check test bench bench-quick bench-ledger bench-month fuzz tidy install clean deps \
    deps-check help ci

all: release

## release        optimised, hardened: build/release/titolid, titoli and titoli-audit (the default)
release:
	@+$(SUBMAKE) MODE=release _programs
## debug          the same without optimisation
debug:
	@+$(SUBMAKE) MODE=debug _programs
## asan           programs and tests with the address and undefined-behaviour sanitizers
asan:
	@+$(SUBMAKE) MODE=asan _tests
## tsan           programs and tests with the thread sanitizer
tsan:
	@+$(SUBMAKE) MODE=tsan _tests
## clang          compile everything with clang-14, same warnings
clang:
	@+$(SUBMAKE) MODE=clang _objects

## unit-FOLDER    build and run the unit tests of one folder alone (unit-base, unit-domain, ...);
##                with MODE=asan or MODE=tsan under that sanitizer
unit-%:
	@+$(SUBMAKE) MODE=$(MODE) UNIT=$* _units
	@set -e; for test in $(patsubst %.c,$(OUT)/%,$(filter tests/unit/$*/%,$(TEST_SOURCES))); do \
	    echo "-- $$test"; $$test; done

## demo           build, then live a voucher's whole life on real data in build/demo
SCHEMAS_DIR ?= $(wildcard ../shared/formats)
demo:
	@+$(SUBMAKE) deps
	@+$(SUBMAKE) MODE=release _programs
	@rm -rf $(BUILD_ROOT)/demo
	@$(if $(SCHEMAS_DIR),TITOLI_SCHEMAS=$(SCHEMAS_DIR)) \
	    $(BUILD_ROOT)/release/titoli demo --folder $(BUILD_ROOT)/demo

## exports        one file of each format from the demo's ledger, in build/exports, all validated
.PHONY: exports
exports:
	@+$(SUBMAKE) deps-check
	@+$(SUBMAKE) MODE=release _programs
	@tests/exports/exports_test.py $(BUILD_ROOT)/exports

## check          everything that can be checked; ends with `N passed, N failed`
check:
	@+$(SUBMAKE) deps-check
	@+$(SUBMAKE) _check_release _check_asan _check_tsan _check_clang _check_fuzz \
	    _check_spectral
	@tests/run --build-root $(BUILD_ROOT)
.PHONY: _check_release _check_asan _check_tsan _check_clang _check_fuzz _check_spectral
_check_release:
	@+$(SUBMAKE) MODE=release _tests _bench
_check_asan:
	@+$(SUBMAKE) MODE=asan _unit_tests
_check_tsan:
	@+$(SUBMAKE) MODE=tsan _threaded_tests
_check_clang:
	@+$(SUBMAKE) MODE=clang _objects
_check_fuzz:
	@+$(SUBMAKE) MODE=fuzz _fuzzers
# Without a package registry the lint test says that it was skipped.
_check_spectral:
	@+$(SUBMAKE) $(BUILD_ROOT)/npm/installed || true
	@+$(SUBMAKE) $(BUILD_ROOT)/npm-sbom/installed || true
$(BUILD_ROOT)/npm/installed: tests/http/spectral/package.json tests/http/spectral/package-lock.json
	$(call say,npm,spectral)
	$(Q)mkdir -p $(@D) && cp $^ $(@D)
	$(Q)cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error > npm.log 2>&1 && touch installed

$(BUILD_ROOT)/npm-sbom/installed: tests/hardened/sbom/package.json tests/hardened/sbom/package-lock.json
	$(call say,npm,cyclonedx)
	$(Q)mkdir -p $(@D) && cp $^ $(@D)
	$(Q)cd $(@D) && npm ci --omit=peer --ignore-scripts --no-audit --no-fund --loglevel=error > npm.log 2>&1 && touch installed

$(BUILD_ROOT)/npm-judges/installed: tests/judges/package.json tests/judges/package-lock.json
	$(call say,npm,autocannon)
	$(Q)mkdir -p $(@D) && cp $^ $(@D)
	$(Q)cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error > npm.log 2>&1 && touch installed

## test           build for release and run the suites named by T (all when empty): make test T=unit/base
test:
	@+$(SUBMAKE) MODE=release _tests _bench
	@tests/run --build-root $(BUILD_ROOT) $(T)

## t-http         bad requests of HTTP/1.1 and HTTP/2, plain and over TLS: each must become what its row in
##                tests/http/bad_requests.txt says, and others are served after it
.PHONY: t-http
t-http:
	@+$(SUBMAKE) MODE=release _programs
	@$(RUN_EDGE) tests/http/requests_test.py
## t-slow         1,000 sockets that drip: gone within 5 s of their limit, others served as before
## t-flood        one socket that sends and never reads: memory stands still
## t-emfile       no descriptor left: no spin, a log line a second at most, recovery
## t-hold         HOLD (10000) TLS connections held for HOLD_SECONDS (5), at most 30 KB each
.PHONY: t-slow t-flood t-emfile t-hold
t-slow t-flood t-emfile t-hold: t-%:
	@+$(SUBMAKE) MODE=release _programs
	@$(RUN_EDGE) tests/http/limits.py $*
RUN_EDGE = TITOLID=$(BUILD_ROOT)/release/titolid TITOLI=$(BUILD_ROOT)/release/titoli

## scenarios      the worked cases of the domain on golden data, then each in 100 variants
.PHONY: scenarios
scenarios:
	@+$(SUBMAKE) MODE=release _programs
	@VARIANTS=100 tests/run --build-root $(BUILD_ROOT) scenarios/scenarios scenarios/variants

## properties     5,000,000 random commands of every kind: books balance, no illegal transition; 10,000
##                random months: files tie, validate, read back to the same facts
.PHONY: properties
properties:
	@+$(SUBMAKE) MODE=release _tests
	@MACHINES_COMMANDS=5000000 $(BUILD_ROOT)/release/tests/model/machines_test
	@MONTHS=10000 $(BUILD_ROOT)/release/tests/properties/months_test

## fuzz           run every fuzz target for FUZZ_SECONDS (600) and keep what it finds in build/fuzz/corpus
FUZZ_SECONDS ?= 600
fuzz:
	@+$(SUBMAKE) deps-check
	@+$(SUBMAKE) MODE=fuzz _fuzzers
	@set -e; for target in $(FUZZ_SOURCES:.c=); do name=$$(basename $$target _fuzz); \
	    corpus=$(BUILD_ROOT)/fuzz/corpus/$$name; mkdir -p $$corpus; \
	    echo "-- fuzz $$name for $(FUZZ_SECONDS) s"; \
	    $(BUILD_ROOT)/fuzz/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
	        -artifact_prefix=$(BUILD_ROOT)/fuzz/$$name- \
	        $$(test ! -f tests/fuzz/$$name.dict || echo -dict=tests/fuzz/$$name.dict) \
	        $$corpus $$(test ! -d tests/fuzz/corpus/$$name || echo tests/fuzz/corpus/$$name); done

## fuzz-long      every fuzz target (or those of TARGETS) to EXECUTIONS (10,000,000) each: executions,
##                slowest input, findings
EXECUTIONS ?= 10000000
.PHONY: fuzz-long
fuzz-long:
	@+$(SUBMAKE) deps-check
	@+$(SUBMAKE) MODE=fuzz _fuzzers
	@tests/fuzz/long.py --build-root $(BUILD_ROOT) --executions $(EXECUTIONS) $(TARGETS)

## judges         what sslscan, testssl.sh, nmap, slowhttptest, wapiti, zzuf and autocannon say of a local
##                titolid with TLS, in a table; ONLY='NAME …' for single ones
.PHONY: judges
judges:
	$(call install_deps,$(DEPS_BUILD) $(DEPS_JUDGES))
	@+$(SUBMAKE) MODE=release release
	@+$(SUBMAKE) $(BUILD_ROOT)/npm-judges/installed
	@BUILD_ROOT=$(BUILD_ROOT) TITOLID=$(BUILD_ROOT)/release/titolid \
	    TITOLI=$(BUILD_ROOT)/release/titoli tests/judges/judges.py $(ONLY)

## bench          everything measured side by side with its peers, in at most 20 minutes beside the build:
##                table, JSON and picture in RESULTS (build/bench/results; bench/results is what the
##                documents show); ONLY='NAME …' for single figures
RESULTS ?= $(BUILD_ROOT)/bench/results
RUN_BENCH = BUILD=$(BUILD_ROOT)/release TITOLID=$(BUILD_ROOT)/release/titolid \
    TITOLI=$(BUILD_ROOT)/release/titoli BENCH_FOLDER=$(BUILD_ROOT)/bench
bench: _bench_programs
	@$(RUN_BENCH) bench/run.py --out $(RESULTS) $(if $(ONLY),--only $(ONLY))
## bench-quick    the figures that matter most, with PostgreSQL in the same run, in a minute beside the
##                build
bench-quick: _bench_programs
	@$(RUN_BENCH) bench/run.py --quick
## bench-ledger   a ledger of a million titles: how fast it starts, what it keeps in memory
bench-ledger: _bench_programs
	@BENCH_FOLDER=$(BUILD_ROOT)/bench-ledger $(RUN_LEDGER)
RUN_LEDGER = BUILD=$(BUILD_ROOT)/release TITOLID=$(BUILD_ROOT)/release/titolid bench/quick.py
.PHONY: _bench_programs deps-bench
_bench_programs:
	@+$(SUBMAKE) deps-bench
	@+$(SUBMAKE) MODE=release _bench _peers $(BUILD_ROOT)/release/tests/cost/redemption_test

## bench-month    a month's settlement, from open statements to files; SIZE=ambito|region|small
SIZE ?= ambito
bench-month:
	@+$(SUBMAKE) MODE=release release
	@TITOLID=$(BUILD_ROOT)/release/titolid TITOLI=$(BUILD_ROOT)/release/titoli \
	    BENCH_FOLDER=$(BUILD_ROOT)/bench-month bench/month.py $(SIZE)

## openapi        write schemas/openapi.yaml from the tables of commands, records and routes
.PHONY: openapi
openapi:
	@+$(SUBMAKE) MODE=release UNIT=api _units
	@$(BUILD_ROOT)/release/tests/unit/api/openapi_test --write schemas/openapi.yaml

## sbom           what the programs are made of: build/sbom.json (CycloneDX 1.5), from dpkg
.PHONY: sbom
sbom:
	@+$(SUBMAKE) MODE=release release
	@tests/hardened/sbom.py $(BUILD_ROOT)/release \
	    $$($(BUILD_ROOT)/release/titolid --version | cut -d' ' -f2) > $(BUILD_ROOT)/sbom.json
	@echo "sbom: $(BUILD_ROOT)/sbom.json"

## reproducible   build twice in different folders: the same bytes of the three programs
.PHONY: reproducible
reproducible:
	@+$(SUBMAKE) deps
	@tests/hardened/reproducible.sh $(BUILD_ROOT)/reproducible

## tidy           layers, purity, money, clocks, banned functions, headers, size of functions
C_FILES := $(shell find engine cli connectors -name '*.[ch]' 2>/dev/null | sort)
H_FILES := $(filter %.h,$(C_FILES))
HEADER_FLAGS := $(COMMON) $(WARNINGS) -D_GNU_SOURCE
PURE_FLAGS := -std=c17 -I. -O1 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=0 -fno-stack-protector -fno-pie \
    -Wall -Wextra
TIDY := tidy-money tidy-layers tidy-style tidy-sources tidy-words tidy-headers tidy-pure
.PHONY: $(TIDY)
tidy:
	@+$(SUBMAKE) deps-check
	@+$(SUBMAKE) --keep-going $(TIDY)
	@echo "tidy: OK"
tidy-layers:
	@tests/tidy/layers.py tests/tidy/layers.txt $(C_FILES)
tidy-style:
	@tests/tidy/style.py $(C_FILES)
MONEY_FLAGS = $(COMMON) -isystem /usr/include/libxml2 $(DOCUMENT_FLAGS) -D_GNU_SOURCE \
    -include engine/base/banned.h
tidy-money:
	@tests/tidy/money.py $(CLANG) '$(MONEY_FLAGS)' $(filter %.c,$(C_FILES))
tidy-sources:
	@tests/tidy/sources.py $(C_FILES)
tidy-words:
	@tests/tidy/words.sh
tidy-headers:
	@CC='$(GCC)' CFLAGS='$(HEADER_FLAGS)' tests/tidy/headers.sh $(H_FILES)
tidy-pure:
	@CC='$(GCC)' CFLAGS='$(PURE_FLAGS)' tests/tidy/pure.sh . $(BUILD_ROOT)/pure

## ci             what .ci/run does: tidy, then check
ci:
	@.ci/run

## install        programs, unit, completion and manual pages under $(DESTDIR)$(PREFIX)
install:
	@+$(SUBMAKE) MODE=release _programs
	install -D -m 755 $(BUILD_ROOT)/release/titolid $(DESTDIR)$(PREFIX)/bin/titolid
	install -D -m 755 $(BUILD_ROOT)/release/titoli $(DESTDIR)$(PREFIX)/bin/titoli
	install -D -m 755 $(BUILD_ROOT)/release/titoli-audit $(DESTDIR)$(PREFIX)/bin/titoli-audit
	install -D -m 755 $(BUILD_ROOT)/release/titoli-signer $(DESTDIR)$(PREFIX)/bin/titoli-signer
	@for unit in $(wildcard engine/*.service engine/*/*.service engine/*/*.socket cli/*.service); do name=$$(basename $$unit); \
	    sed 's#/usr/local/bin/#$(PREFIX)/bin/#' $$unit > $(BUILD_ROOT)/$$name; \
	    install -v -D -m 644 $(BUILD_ROOT)/$$name $(DESTDIR)$(UNITDIR)/$$name; done
	@for file in $(wildcard cli/demo/*.csv); do \
	    install -v -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/titoli/demo/$$(basename $$file); done
	@for file in $(wildcard cli/scenarios/*.json); do \
	    install -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/titoli/scenarios/$$(basename $$file); done
	@for file in $(wildcard connectors/profiles/*.profile connectors/profiles/*.codes connectors/profiles/*.example); do \
	    install -D -m 644 $$file $(DESTDIR)$(PREFIX)/share/titoli/profiles/$$(basename $$file); done
	@for page in $(wildcard engine/*.[1-8] engine/*/*.[1-8] cli/*.[1-8]); do \
	    install -v -D -m 644 $$page \
	        $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$$(basename $$page); done
	@if $(BUILD_ROOT)/release/titoli completion bash > $(BUILD_ROOT)/titoli.bash 2>/dev/null; then \
	    install -v -D -m 644 $(BUILD_ROOT)/titoli.bash \
	        $(DESTDIR)$(PREFIX)/share/bash-completion/completions/titoli; fi

## deps           install what `make demo` needs, with apt; nothing to do when it is there
# A package counts as present by dpkg; a command from elsewhere (node, npm) counts as well.
define install_deps
	@mkdir -p $(BUILD_ROOT); missing=; \
	for package in $(1); do \
	    case $$package in nodejs) command -v node >/dev/null && continue;; \
	    npm) command -v npm >/dev/null && continue;; esac; \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || \
	        missing="$$missing $$package"; \
	done; \
	[ -n "$$missing" ] || exit 0; \
	echo "deps: installing$$missing"; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	log=$(BUILD_ROOT)/deps.log; apt="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y"; \
	{ $$apt update && $$apt -o Dpkg::Use-Pty=0 install --no-install-recommends $$missing; } \
	    > $$log 2>&1 || { tail -n 20 $$log >&2; \
	    echo "deps: apt could not install$$missing: see $$log" >&2; exit 1; }
endef

deps:
	$(call install_deps,$(DEPS_BUILD))
## deps-bench     install also what `make bench` compares with
deps-bench:
	$(call install_deps,$(DEPS_BUILD) $(DEPS_BENCH))
## deps-check     install also what `make check` needs
deps-check:
	$(call install_deps,$(DEPS_BUILD) $(DEPS_CHECK))

## clean          remove $(BUILD_ROOT)
clean:
	rm -rf $(BUILD_ROOT)

## help           this list
help:
	@sed -n 's/^## //p' Makefile
