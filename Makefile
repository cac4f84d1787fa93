# SPDX-License-Identifier: Apache-2.0
#
#   make          sets the machine up and builds build/weir, and what else can be installed
#   make demo     runs the demo
#   make check    builds everything and runs every test; the last line is the count
#   make torture  the long form of the crash tests; TORTURE_SECONDS=n says how long it may take (an hour)
#   make bench    the table of measurements, each beside its reference
#   make clean    removes what was built (.deps/, what tools/setup fetched, stays)
#
# Meson builds; this file only calls it. JOBS=n limits what runs at once.

JOBS ?= $(shell nproc)
MESON_SETUP = meson setup --pkg-config-path '$(CURDIR)/.deps/pkgconfig'

all: setup-build build/build.ninja
	@ninja -C build -j $(JOBS) product

demo: all
	build/weir demo

check: setup build/build.ninja build-asan/build.ninja build-tsan/build.ninja
	@tools/run-tests.mjs --jobs $(JOBS)

bench: setup-build
	@tools/setup --bench
	@[ -d build-bench ] || $(MESON_SETUP) build-bench --buildtype=release -Dbench=true
	@ninja -C build-bench -j $(JOBS)
	@PATH="$(CURDIR)/.deps/nginx/usr/sbin:$$PATH" bench/run.mjs

torture: setup build/build.ninja
	@ninja -C build -j $(JOBS)
	@tests/crash/torture.mjs

setup-build:
	@tools/setup --build

setup:
	@tools/setup

build/build.ninja: | setup-order
	$(MESON_SETUP) build

# The other builds are for tests alone: they link sooner by gold, where there is one.
FAST_LINK = $(if $(shell command -v ld.gold),CC_LD=gold)

# The second build: clang, with the address and undefined-behaviour sanitizers and the fuzzers.
build-asan/build.ninja: | setup-order
	CC=clang $(FAST_LINK) $(MESON_SETUP) build-asan -Dfuzz=true -Db_sanitize=address,undefined \
		-Db_lundef=false -Doptimization=1

# The third: for the tests of what threads share.
build-tsan/build.ninja: | setup-order
	$(FAST_LINK) $(MESON_SETUP) build-tsan -Db_sanitize=thread

# The one of setup and setup-build that was asked for comes before Meson, also under make -j.
setup-order: $(if $(filter check torture setup,$(MAKECMDGOALS)),setup,setup-build)

clean:
	rm -rf build build-asan build-tsan build-bench build-against

.PHONY: all demo check torture bench setup setup-build setup-order clean
