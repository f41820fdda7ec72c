# SPDX-License-Identifier: Apache-2.0
# Yunjian on Debian 12. `make run` builds everything, makes an example and serves it; `make help` lists the rest.
# Thin on purpose: Meson knows how to build, tools/ how to check.

BUILD := build
# The installation that `make run` serves, and where: port 0 takes any free one.
DATA := data
LISTEN := 127.0.0.1:0
EXAMPLE := examples/broker
YUNJIAN := $(BUILD)/yunjian
SOURCES = git ls-files -z --cached --others --exclude-standard -- 'src/*.[ch]' 'tests/*.[ch]' 'fuzz/*.[ch]' 'bench/*.[ch]'

.DEFAULT_GOAL := help
.PHONY: help deps build run example test shots format check-format lint tidy tsan bench mutate fuzz clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

deps: ## install the Debian packages that packages.txt lists and are missing
	@tools/deps

build: ## build/yunjian
	@tools/deps build
	@$(MAKE) --no-print-directory $(YUNJIAN)

# Ninja knows what is out of date; make only has to ask it.
.PHONY: $(YUNJIAN)
$(YUNJIAN): $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet yunjian

$(BUILD)/build.ninja:
	@echo "build: setting up $(BUILD)"
	@meson setup $(BUILD) >/dev/null || { cat $(BUILD)/meson-logs/meson-log.txt; rm -rf $(BUILD); exit 1; }

run: build ## build, make an example in ./data if there is none, show how it stands, serve it
	@tools/example $(YUNJIAN) $(EXAMPLE) $(DATA)
	@$(YUNJIAN) status --data $(DATA) || [ $$? = 1 ]
	@exec $(YUNJIAN) serve --data $(DATA) --listen $(LISTEN)

example: build ## import the example, as it stands at the end, into the installation DATA=DIR
	@tools/example --into $(YUNJIAN) $(EXAMPLE) $(DATA)

test: ## every test, on SQLite and PostgreSQL
	@tools/deps build test
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@tools/test $(BUILD)

shots: build ## make the README's pictures (docs/page) again, by the browser tests
	@rm -rf $(BUILD)/shots && mkdir -p docs/page
	@for test in cockpit journey; do YJ_SHOTS=$(CURDIR)/$(BUILD)/shots ui/tests/run $(BUILD) $$test >/dev/null || exit 1; done
	@for picture in $(BUILD)/shots/readme-*.png; do name=$${picture##*/readme-}; cp $$picture docs/page/$$name; done

format: ## put the C sources into shape
	@$(SOURCES) | xargs -0 clang-format-14 -i

check-format: ## complain where they are not
	@$(SOURCES) | xargs -0 clang-format-14 --dry-run -Werror

lint: ## the rules that no compiler knows
	@tools/lint

tidy: ## static analysis with clang-tidy
	@tools/tidy

tsan: ## ThreadSanitizer: the tests in which threads meet, in a folder of their own (half an hour)
	@tools/deps build test
	@tools/tsan

bench: build ## measure
	@tools/bench $(YUNJIAN)

mutate: build ## damage each rule of the packs: do the cases notice?
	@ninja -C build --quiet bench/mutate
	@build/bench/mutate --equivalent bench/mutants.txt packs/core packs/sf-cloud 2>build/mutate.log
	@build/bench/mutate packs/core packs/sf-calendars 2>>build/mutate.log
	@build/bench/mutate packs/core packs/sf-cloud packs/sf-obligations 2>>build/mutate.log
	@build/bench/mutate packs/core packs/sf-cloud packs/sf-incident-clocks 2>>build/mutate.log

fuzz: ## search for new inputs, SECONDS=60 for each target
	@tools/fuzz $(SECONDS)

clean: ## remove what was built; data stays
	@rm -rf build build-*
