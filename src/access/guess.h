// SPDX-License-Identifier: Apache-2.0
/**
 * How many guesses a password withstands, as bits (the logarithm to base 2): of somebody who knows for whom
 * it is, what people are fond of, and how keyboards look. By the library zxcvbn (words, names, sequences,
 * keyboard rows, dates, repetitions, in English), with words of our own before its list: pinyin, numbers that
 * sound like words in Chinese, and whatever belongs to the person.
 *
 * The library reads bytes, of which Chinese has three for a character that is guessed as one. So what is not
 * ASCII is estimated here: a known word counts once, by YJ_GUESS_WORD_BITS, and of the rest each different
 * character once, by YJ_GUESS_CHAR_BITS; the library gets what remains.
 *
 * It is an estimate: a poem everybody knows has many different characters and is let pass.
 */
#ifndef YJ_ACCESS_GUESS_H
#define YJ_ACCESS_GUESS_H

#include "base/span.h"

#define YJ_GUESS_WORDS_MAX 64 /* of the caller's that are looked at; the rest is left out */
#define YJ_GUESS_WORD_BYTES 128
#define YJ_GUESS_WORD_BITS 4
#define YJ_GUESS_CHAR_BITS 7

/**
 * @param password UTF-8 without control characters, at most 1024 bytes: 10 ms at worst; wiped from what is
 * used here
 * @param words    what belongs to the person: names, codes, of any script; the first are tried first. Shorter
 * than two characters or longer than YJ_GUESS_WORD_BYTES: left out
 * @return YJ_E_NOMEM
 */
yj_status yj_guess_bits(yj_span password, const yj_span *words, size_t count, double *ret,
                        yj_error *err) yj_nodiscard;

#endif
