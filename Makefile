# forkproof. `make` builds; `make demo` and `make test` install what they need by name and run on a bare machine.

CARGO  ?= cargo
PREFIX ?= /usr/local
BUILT  := target/release/libforkproof.so target/release/forkproof

.PHONY: all build test check demo bench bench-quick compat hunt install uninstall clean

all: build

build:
	$(CARGO) build --release --locked

demo:
	@scripts/setup demo
	@$(MAKE) --no-print-directory build
	@scripts/demo

# Unit tests, the C tests bare and guarded, and real programs; the last line counts them.
test:
	@scripts/setup test
	@$(MAKE) --no-print-directory build
	@scripts/test

# Format, lints, and the house's own rules.
check:
	@scripts/setup check
	$(CARGO) fmt --check
	$(CARGO) clippy --release --locked --all-targets -- -D warnings
	scripts/check-floors
	scripts/check-hazards
	scripts/check-docs
	@$(MAKE) --no-print-directory build
	scripts/check-symbols $(BUILT)

# About seven minutes, and a machine with little else to do. bench-quick counts instructions only.
bench: build
	@scripts/setup bench
	bench/run

bench-quick: build
	@scripts/setup bench
	bench/run --quick

# CPython's own tests, bare against guarded, test by test.
compat: build
	scripts/compat-cpython

# The threaded tests a thousand times each, and the stress tests with many forks.
hunt: build
	$(MAKE) -s -C c-tests
	@for test in c-tests/hazard/*/*stress.c; do FORKS=1500 scripts/run-c-test $$test || exit 1; done
	@for test in c-tests/hazard/*/threads*.c; do scripts/hunt $$test fork 1000 || exit 1; done

install: build
	install -D -m 755 target/release/forkproof $(DESTDIR)$(PREFIX)/bin/forkproof
	install -D -m 644 target/release/libforkproof.so $(DESTDIR)$(PREFIX)/lib/libforkproof.so

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/forkproof $(DESTDIR)$(PREFIX)/lib/libforkproof.so

clean:
	rm -rf target
