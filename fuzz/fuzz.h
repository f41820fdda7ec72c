// SPDX-License-Identifier: Apache-2.0
/**
 * Fuzz targets. Each fuzz/NAME.c takes arbitrary bytes and asserts properties that hold for all of them.
 * Linked with libFuzzer (option fuzzer) it searches; linked with driver.c it replays fuzz/corpus/NAME as a
 * test. An input that once failed is kept there.
 */
#ifndef YJ_FUZZ_FUZZ_H
#define YJ_FUZZ_FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
