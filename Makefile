# forkproof. `make` builds; `make demo` and `make test` install what they need by name and run on a bare machine.

CARGO  ?= cargo
PREFIX ?= /usr/local
BUILT  := target/release/libforkproof.so target/release/forkproof

.PHONY: all build test check demo bench bench-quick compat hunt install uninstall package release clean

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

# DESTDIR stages it; LIBDIR is lib/x86_64-linux-gnu on Debian, lib64 on Fedora. The command finds the library in any.
LIBDIR ?= $(PREFIX)/lib
SHARE  := $(DESTDIR)$(PREFIX)/share

install: build
	install -D -m 755 target/release/forkproof $(DESTDIR)$(PREFIX)/bin/forkproof
	install -D -m 644 target/release/libforkproof.so $(DESTDIR)$(LIBDIR)/libforkproof.so
	target/release/forkproof pages $(SHARE)
	install -d $(SHARE)/doc/forkproof/docs $(SHARE)/doc/forkproof/examples
	install -m 644 README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE $(SHARE)/doc/forkproof
	install -m 644 docs/*.md docs/*.json $(SHARE)/doc/forkproof/docs
	cp -R examples/. $(SHARE)/doc/forkproof/examples

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/forkproof $(DESTDIR)$(LIBDIR)/libforkproof.so
	rm -f $(SHARE)/man/man1/forkproof.1 $(SHARE)/man/man1/forkproof-*.1
	rm -f $(SHARE)/man/man5/forkproof-options.5 $(SHARE)/man/man7/forkproof-hazards.7
	rm -f $(SHARE)/bash-completion/completions/forkproof $(SHARE)/zsh/site-functions/_forkproof
	rm -f $(SHARE)/fish/vendor_completions.d/forkproof.fish
	rm -rf $(SHARE)/doc/forkproof

# What is built here and now for this machine: target/package/forkproof_*.deb, *.rpm, *.whl.
package: build
	@scripts/setup package
	scripts/package deb rpm wheel

# For old systems: glibc 2.17, x86-64 and aarch64, by zig's linker; NEEDED and versions are checked.
release:
	@scripts/setup release
	scripts/package release

clean:
	rm -rf target
