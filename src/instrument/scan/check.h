// SPDX-License-Identifier: Apache-2.0
/** Check digits, dates and regions of identifiers. Spans hold exactly the number, ASCII. */
#ifndef YJ_INSTRUMENT_SCAN_CHECK_H
#define YJ_INSTRUMENT_SCAN_CHECK_H

#include "base/span.h"

/** Province digits of GB/T 2260 as used in identity numbers, those of Hong Kong, Macau, Taiwan included. */
bool yj_scan_province(const char two[static 2]);
/** 18 places: check digit (ISO 7064 mod 11-2 as in GB 11643), date, province. 'x' is taken for 'X'. */
bool yj_scan_resident_id(yj_span s);
/** 15 digits of before 1999: province and date; there is no check digit. */
bool yj_scan_resident_id_old(yj_span s);
/** 18 places of GB 32100: alphabet, check (mod 31), region, and the code of the body within (GB 11714). */
bool yj_scan_credit_code(yj_span s);
/** The check digit of GB 11714 for eight places. */
char yj_scan_body_check(const char eight[static 8]);
/** The last place of 17 of GB 11643, and of 17 of GB 32100 (0 if one is not of the alphabet). */
char yj_scan_resident_check(const char seventeen[static 17]);
char yj_scan_credit_check(const char seventeen[static 17]);
/** ISO/IEC 7812 annex B; digits only. */
bool yj_scan_luhn(yj_span digits);

typedef enum yj_scan_issuer { YJ_SCAN_NO_ISSUER, YJ_SCAN_ISSUER_ABROAD, YJ_SCAN_ISSUER_CHINA } yj_scan_issuer;
/** By the leading digits and the length that goes with them. */
yj_scan_issuer yj_scan_card_issuer(yj_span digits);

/** 11 digits: 2 a range that is given out, 1 of the form 1[3-9]..., 0 neither. */
int yj_scan_mobile(yj_span digits);

#endif
