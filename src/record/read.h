// SPDX-License-Identifier: Apache-2.0
/**
 * Reading records: one, many, as they are or as they were. Results are written as JSON straight into a
 * buffer. A record's JSON:
 * {"fields":{...},"id","kind","op","state","version","seq","time","by","for","name"[,"erased"]}:
 * `for` is null, or the person as whose deputy `by` acted.
 */
#ifndef YJ_RECORD_READ_H
#define YJ_RECORD_READ_H

#include "base/time.h"
#include "pack/catalog.h"
#include "store/db.h"

/** @param id the record's id, or its natural key (parts joined by " / ")
 *  @param as_of_seq -1: now; else the newest version of an entry before this seq
 *  @param lang of the name */
yj_status yj_record_get(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                        int64_t as_of_seq, yj_lang lang, yj_buf *out, int64_t *ret_version,
                        yj_error *err) yj_nodiscard;
/** Id by id or natural key. YJ_E_NOT_FOUND. */
yj_status yj_record_find(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *ref,
                         char ret[static 37], yj_error *err) yj_nodiscard;
/** The kind, of those in the catalog, that the record has today: of an earlier edition it may have had
 * another. *ret NULL if it has none. */
yj_status yj_record_kind(yj_db *db, const yj_catalog *c, int64_t inst, const char *id, const yj_kind **ret,
                         yj_error *err) yj_nodiscard;
/** The record's name in its kind's name field, or its key; a choice in either by its label. "" if it is not
 * there or erased. Not to be taken for a key: that is written with the options' ids in any language. */
yj_status yj_record_name(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                         yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;

/**
 * Do the records of any kind that a new version would name exist (fields with kind_from)? Looked up away from
 * the writer, for an early answer and to turn keys into ids; the writer looks again.
 * @param id          the record to change; NULL for a new one
 * @param keys_to_ids NULL; else an object, mostly the same as `fields`, in which keys become ids and labels
 * of kinds their names
 * @return YJ_E_INVALID naming the field
 */
yj_status yj_named_records(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                           const json_t *fields, json_t *keys_to_ids, yj_error *err) yj_nodiscard;

/** What people call the record: its name, or where the name is only part of its key all parts, references by
 * name
 *  ("CRM / production"). */
yj_status yj_record_title(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                          yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;

/** A field's single value as people read it: an option by its label, a record and a kind that it names by
 * name (by what stands there if that cannot be told), anything else as it is. Truth values and lists are for
 * the caller.
 * @param db NULL: no record is looked up
 * @param fields of the record, where one says of which kind another's record is; may be NULL
 * @param out appended to */
void yj_value_name(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const yj_field *f,
                   const json_t *fields, const json_t *v, yj_lang lang, yj_buf *out);

typedef struct yj_filter {
    const char
        *field; /* field name, "state", or a field of the record that a reference names: "asset.level" */
    enum {
        YJ_F_EQ,
        YJ_F_NE,
        YJ_F_LT,
        YJ_F_LE,
        YJ_F_GT,
        YJ_F_GE,
        YJ_F_HAS
    } op;              /* HAS: substring, list member */
    const char *value; /* text form; "" with EQ: not given */
} yj_filter;
typedef struct yj_list_query {
    const yj_filter *filters;
    size_t filter_count;
    const char *sort;  /* field, "state", "id", "key"; "-" before it: descending; NULL: key */
    size_t limit;      /* 1..1000 */
    const char *after; /* cursor of the page before, NULL for the first */
    const char *text;  /* substring of name, key or any text field; NULL */
    int64_t as_of_seq; /* -1: now. As of an entry, only filters, not sort, apply */
    yj_lang lang;      /* of names */
} yj_list_query;
/** Writes {"items":[...],"next":"cursor"|null,"total":N}. */
yj_status yj_record_list(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                         const yj_list_query *q, yj_buf *out, yj_error *err) yj_nodiscard;

#define YJ_COUNT_VALUES_MAX 200
/** How many records of a selection have which value: by the state, by a choice, truth value, whole number or
 * reference that is no list, or by one of those in the record that a reference names ("asset.level"). Writes
 *  {"total":N,"by":[{"field","values":[{"value":TEXT|null,"count":N}],"rest":N}]}: values as filters take
 * them, null where there is none, the most frequent first; `rest` counts the records of those beyond
 * YJ_COUNT_VALUES_MAX. Only the filters and the text of `q` are looked at, and records are counted as they
 * are now. YJ_E_INVALID for another field, naming it "by.FIELD" or "filter.FIELD". */
yj_status yj_record_counts(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k,
                           const yj_list_query *q, const char *const *by, size_t by_count, yj_buf *out,
                           yj_error *err) yj_nodiscard;

/** Every version, newest first, with differences to the version before:
 *  {"items":[{"seq","time","by","for","op","version","state","changes":[{"field","from","to"}],"erased"?}]}
 */
yj_status yj_record_history(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                            yj_buf *out, yj_error *err) yj_nodiscard;

/** Search over names and texts of all kinds of an institution: substring, any language, two characters and
 *  more. Writes {"items":[{"kind","id","name","field","state"}]}; at most `limit`. */
yj_status yj_record_search(yj_db *db, const yj_catalog *c, int64_t inst, const char *text, size_t limit,
                           yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;

/** The records of the institution, and of the installation, that refer to a record of kind `k` now: by a
 * reference, a list of references, or a text whose kind another field says. Each once for a field, withdrawn
 * and erased ones left out; by kind in the order of the catalog, then by name (by key where that is the
 * name).
 *  {"items":[{"kind","id","name","state","field"}],"total":N}; `limit` items at most, total of all. */
yj_status yj_record_referrers(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                              size_t limit, yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;

/** What a verdict's proof can be to rest on a record: it, and the records that refer to it now. Arena-owned,
 * as many as there are. */
yj_status yj_resting_on(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                        yj_arena *arena, const char *const **ret, size_t *ret_count,
                        yj_error *err) yj_nodiscard;

/** The seq such that entries before it were recorded up to the end of the civil date, or instant, or an entry
 *  number itself: "2026-03-31", "2026-03-31T12:00:00+08:00", "#123". */
yj_status yj_as_of_seq(yj_db *db, int64_t inst, const yj_zone *zone, const char *as_of, int64_t *ret,
                       yj_error *err) yj_nodiscard;
/** The packs by which an institution was judged before entry `as_of_seq`. *ret NULL if they are those of
 * `now`, or if as_of_seq is -1. */
yj_status yj_catalog_as_of(yj_db *db, int64_t inst, int64_t as_of_seq, const yj_catalog *now,
                           yj_catalog **ret, yj_error *err) yj_nodiscard;
/** The civil date that such a text means: of "#123" that of the entry, or of the last one before it.
 *  YJ_E_NOT_FOUND if there is none. */
yj_status yj_as_of_day(yj_db *db, int64_t inst, const yj_zone *zone, const char *as_of, yj_date *ret,
                       yj_error *err) yj_nodiscard;

#endif
