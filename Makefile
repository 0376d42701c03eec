# mlctl: make demo and make check are all a newcomer needs; `make help` lists the rest.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
AR      ?= ar
CFLAGS  ?= -O2 -g
SAN     ?=# make check SAN=address,undefined
FUZZ_SECONDS ?= 600
SHARED  ?= ../shared# optional reference data for tests and benches

comma   := ,
BUILD   := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wvla -Wformat=2 -Wwrite-strings -Wswitch-enum -Werror
HARDEN  := -fstack-protector-strong -fPIC $(if $(SAN),,-D_FORTIFY_SOURCE=2)
CPP     := -std=c11 -D_XOPEN_SOURCE=700 -Iinclude -Isrc
ALL     := $(CPP) $(WARN) $(HARDEN) $(CFLAGS) \
           $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
LIBS    := -llinear -lsvm -lcsv -lcjson -lnettle -lz -lm -lpthread
LINK    := $(if $(SAN),-fsanitize=$(SAN)) -Wl,-z,relro,-z,now

# libml is what programs embed; libmlserve stands on it and holds the daemon.
LIB_SRC := $(wildcard $(patsubst %,src/%/*.c,base data eval recipe learn insight model registry))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
SRV_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/amazonml/*.c src/protocol/*.c src/serve/*.c)) $(BUILD)/openapi.o
CLI_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/cli/*.c))
SRV_LIBS := -lmicrohttpd -lsqlite3
TESTS   := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
HEADERS := $(wildcard include/ml/*.h src/*/*.h)

.PHONY: test-serve all help demo check test lint bench oracle interop prove fuzz fuzz-run install image-root uninstall clean deps deps-check format \
        lint-headers lint-layers lint-calls lint-names lint-size lint-format lint-cppcheck
.DELETE_ON_ERROR:

all: deps $(BUILD)/mlctl $(BUILD)/mlserved $(BUILD)/libml.a $(BUILD)/libml.so

help:
	@echo 'make demo        install what is missing, build, and show the whole story on real data'
	@echo 'make check       install what is missing, build, run all tests and make lint'
	@echo 'make             build build/mlctl, build/mlserved, build/libml.a, build/libml.so'
	@echo 'make install     PREFIX=$(PREFIX) DESTDIR=$(DESTDIR): programs, library, headers, man pages'
	@echo 'make image-root DESTDIR=FOLDER: the root of a container image (Dockerfile)'
	@echo 'make lint        headers, layers, calls, names, sizes, format, cppcheck'
	@echo 'make bench       against pandas + scikit-learn, liblinear-train, nginx, FastAPI (installs them)'
	@echo 'make oracle      recompute every recorded number by independent programs (installs them)'
	@echo 'make interop     boto3, awscli and the JavaScript SDKs at the daemon, and clients of OIP and MLflow (installs them)'
	@echo 'make prove       the daemon under load, kill -9, slow clients, reloads; A/A simulation'
	@echo 'make fuzz        each parser with a fuzz target, FUZZ_SECONDS=$(FUZZ_SECONDS) each (installs clang)'
	@echo 'make SAN=address,undefined check'
	@echo 'make clean'

# ---- what is needed ---------------------------------------------------------------------------

deps:
	@tests/lib/need build

deps-check:
	@tests/lib/need build check

# ---- build ------------------------------------------------------------------------------------

$(BUILD)/%.o: %.c Makefile | deps
	@mkdir -p $(@D)
	@echo '  CC  $<'
	@$(CC) $(ALL) -MMD -MP -c $< -o $@

$(BUILD)/libml.a: $(LIB_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/libml.so: $(LIB_OBJ)
	@echo '  LD  $@'
	@$(CC) -shared -Wl,-soname,libml.so.0 $(LINK) -o $@ $^ $(LIBS)

$(BUILD)/openapi.c: api/openapi.json
	@mkdir -p $(@D)
	@{ echo '#include "serve/openapi.h"'; echo 'const unsigned char ml_openapi_json[] = {'; \
	  od -An -v -tu1 $< | sed 's/  *\([0-9][0-9]*\)/\1,/g'; echo '};'; \
	  echo 'const size_t ml_openapi_json_bytes = sizeof(ml_openapi_json);'; } >$@

$(BUILD)/openapi.o: $(BUILD)/openapi.c
	@$(CC) $(ALL) -c $< -o $@

$(BUILD)/libmlserve.a: $(SRV_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/mlctl: $(CLI_OBJ) $(BUILD)/libmlserve.a $(BUILD)/libml.a
	@echo '  LD  $@'
	@$(CC) $(LINK) -o $@ $^ $(SRV_LIBS) $(LIBS)

$(BUILD)/mlserved: $(BUILD)/src/mlserved/main.o $(BUILD)/libmlserve.a $(BUILD)/libml.a
	@echo '  LD  $@'
	@$(CC) $(LINK) -o $@ $^ $(SRV_LIBS) $(LIBS)

$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libmlserve.a $(BUILD)/libml.a | deps-check
	@mkdir -p $(@D)
	@echo '  CC  $<'
	@$(CC) $(ALL) -MMD -MP -o $@ $< $(LINK) $(BUILD)/libmlserve.a $(BUILD)/libml.a -lcmocka $(SRV_LIBS) $(LIBS)

$(BUILD)/prove/%: tests/prove/%.c $(BUILD)/libmlserve.a $(BUILD)/libml.a
	@mkdir -p $(@D)
	@echo '  CC  $<'
	@$(CC) $(ALL) -MMD -MP -o $@ $< $(LINK) $(BUILD)/libmlserve.a $(BUILD)/libml.a $(SRV_LIBS) $(LIBS)

# A fuzz target that replays files; under `make fuzz` FUZZ_FLAGS makes it a fuzzer.
$(BUILD)/fuzz/%: tests/fuzz/%.c $(BUILD)/libml.a
	@mkdir -p $(@D)
	@echo '  CC  $<'
	@$(CC) $(ALL) $(FUZZ_FLAGS) -Itests/fuzz -MMD -MP -o $@ $< $(LINK) $(BUILD)/libml.a $(LIBS)

-include $(LIB_OBJ:.o=.d) $(SRV_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TESTS:=.d) $(FUZZERS:=.d)

# ---- show and prove ---------------------------------------------------------------------------

demo: all
	@tests/lib/need build demo
	@MLCTL=$(BUILD)/mlctl datasets/demo

test: deps-check all $(TESTS) $(FUZZERS)
	@BUILD=$(BUILD) SHARED=$(SHARED) tests/lib/run-tests

# What serves, under the thread sanitizer: make SAN=thread test-serve
SERVE_TESTS := $(filter $(BUILD)/tests/test_serve_% $(BUILD)/tests/test_protocol_% $(BUILD)/tests/test_amazonml_%,$(TESTS))
test-serve: deps-check all $(SERVE_TESTS)
	@BUILD=$(BUILD) SHARED=$(SHARED) SERVE_ONLY=1 tests/lib/run-tests

check: test
	@$(if $(SAN),true,$(MAKE) --no-print-directory lint)

oracle: all
	@tests/lib/need build oracle
	@MLCTL=$(BUILD)/mlctl SHARED=$(SHARED) tests/oracle/run

bench: all
	@tests/lib/need build oracle bench
	@MLCTL=$(BUILD)/mlctl SHARED=$(SHARED) tests/bench/run
	@MLCTL=$(BUILD)/mlctl MLSERVED=$(BUILD)/mlserved SHARED=$(SHARED) tests/bench/serve

PROOFS := $(patsubst tests/prove/%.c,$(BUILD)/prove/%,$(wildcard tests/prove/*.c))

# Real clients over real sockets. Its JavaScript SDKs come from npm, or from INTEROP_NODE_MODULES.
interop: all
	@tests/lib/need build interop
	@BUILD=$(BUILD) tests/interop/run

prove: all $(PROOFS)
	@tests/lib/need build check prove
	@BUILD=$(BUILD) MLCTL=$(CURDIR)/$(BUILD)/mlctl MLSERVED=$(CURDIR)/$(BUILD)/mlserved SHARED=$(SHARED) tests/prove/run

# Finds are left in build-fuzz/ as crash-*, timeout-* …; a fixed one goes into tests/fuzz/corpus/.
fuzz:
	@tests/lib/need build fuzz
	@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang CFLAGS='-O1 -g' \
	  SAN=address,undefined,fuzzer-no-link FUZZ_FLAGS='-DFUZZING -fsanitize=fuzzer' fuzz-run

fuzz-run: $(FUZZERS)
	@for f in $(FUZZERS); do name=$${f##*/fuzz_}; mkdir -p $(BUILD)/corpus/$$name; \
	  $$f -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/ -dict=tests/fuzz/$$name.dict \
	    $(BUILD)/corpus/$$name tests/fuzz/corpus/$$name || exit 1; done

# ---- lint -------------------------------------------------------------------------------------

lint: deps-check lint-headers lint-layers lint-calls lint-names lint-size lint-format lint-cppcheck
	@echo 'lint: clean'

lint-headers: # each header compiles alone
	@for h in $(HEADERS); do echo 'typedef int unused;' | $(CC) $(CPP) $(WARN) -fsyntax-only -include $$h -x c - || exit 1; done

lint-layers: # src/README.md: who may include whom
	@awk -f tests/lib/layers.awk $(wildcard src/*/*.[ch])

lint-calls: # banned calls, read from objects; -O2 would inline atoi into strtol
	@$(MAKE) --no-print-directory BUILD=build-calls CFLAGS='-O0 -fno-builtin' HARDEN=-fPIC build-calls/libml.a build-calls/libmlserve.a >/dev/null
	@! nm -A -u build-calls/libml.a build-calls/libmlserve.a | grep -v ':program.o:' | \
	  grep -wE 'strcpy|strcat|sprintf|strtok|atoi|atof|rand|exit|printf|puts'

lint-names: $(BUILD)/libml.a $(BUILD)/libmlserve.a # no global without our prefix: LIBLINEAR exports `train`
	@nm -g --defined-only $(BUILD)/libml.a $(BUILD)/libmlserve.a | \
	  awk 'NF==3 && $$2 ~ /[TDBRC]/ && $$3 !~ /^ml_/ { print $$3; bad=1 } END { exit bad }'

lint-size: # complexity 15, length 80
	@pmccabe $(wildcard src/*/*.c) | awk '$$1>15 || $$5>80 { print; bad=1 } END { exit bad }'

lint-format:
	@clang-format --dry-run --Werror $(wildcard src/*/*.[ch] include/ml/*.h tests/unit/*.c tests/fuzz/*.[ch])

lint-cppcheck:
	@cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,portability,performance \
	  --inline-suppr -Iinclude -Isrc src

format:
	clang-format -i $(wildcard src/*/*.[ch] include/ml/*.h tests/unit/*.c tests/fuzz/*.[ch])

# ---- install ----------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include/ml \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/share/mlserved $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(BUILD)/mlctl $(BUILD)/mlserved $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(BUILD)/libml.a $(DESTDIR)$(PREFIX)/lib/libml.a
	install -m 755 $(BUILD)/libml.so $(DESTDIR)$(PREFIX)/lib/libml.so.0
	ln -sf libml.so.0 $(DESTDIR)$(PREFIX)/lib/libml.so
	install -m 644 include/ml/*.h $(DESTDIR)$(PREFIX)/include/ml/
	install -m 644 src/cli/man/*.1 src/mlserved/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 src/cli/mlctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mlctl
	install -m 644 src/mlserved/mlserved.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mlserved
	for unit in mlserved.service mlserved.socket; do \
	  sed 's|@PREFIX@|$(PREFIX)|g' src/mlserved/systemd/$$unit >$(DESTDIR)$(PREFIX)/lib/systemd/system/$$unit || exit 1; done
	install -m 644 src/mlserved/systemd/mlserved.json $(DESTDIR)$(PREFIX)/share/mlserved/mlserved.json
	install -m 644 api/openapi.yaml $(DESTDIR)$(PREFIX)/share/mlserved/openapi.yaml
	printf 'prefix=%s\nName: libml\nDescription: Train, judge and apply tabular classifiers\nVersion: %s\nCflags: -I$${prefix}/include\nLibs: -L$${prefix}/lib -lml\nLibs.private: %s\n' \
	  '$(PREFIX)' '$(VERSION)' '$(LIBS)' >$(DESTDIR)$(PREFIX)/lib/pkgconfig/libml.pc

# The root of a container image, which Dockerfile copies.
image-root: deps $(BUILD)/mlctl $(BUILD)/mlserved
	@$(if $(DESTDIR),,echo 'make image-root DESTDIR=FOLDER' >&2; exit 2)
	@src/image/root $(BUILD) $(DESTDIR)

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/mlctl $(DESTDIR)$(PREFIX)/bin/mlserved \
	  $(DESTDIR)$(PREFIX)/lib/systemd/system/mlserved.* $(DESTDIR)$(PREFIX)/share/man/man1/mlserved.1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mlserved $(DESTDIR)$(PREFIX)/lib/libml.* $(DESTDIR)$(PREFIX)/lib/pkgconfig/libml.pc \
	  $(DESTDIR)$(PREFIX)/share/man/man1/mlctl*.1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions/mlctl
	rm -rf $(DESTDIR)$(PREFIX)/include/ml $(DESTDIR)$(PREFIX)/share/mlserved

clean:
	rm -rf build build-*
