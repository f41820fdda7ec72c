// SPDX-License-Identifier: Apache-2.0
/* What is written is read again by a strict reader of the tests' own, after RFC 5545 and nothing else. */
#include "test.h"

#include "notice/ical.h"

#define STAMP INT64_C(1795772439123456789) /* 2026-11-27T09:40:39.123456789Z */

static const yj_ical_entry plain_entry = { .kind = YJ_ICAL_EVENT,
                                           .uid = "duty-1@yunjian.example",
                                           .date = "2026-12-31",
                                           .stamp_ns = STAMP,
                                           .summary = "x" };

/* --- the reader ------------------------------------------------------------------------------- */

/* Every line ends with CRLF, is at most 75 octets of valid UTF-8 without control characters, and no CR or LF
 * stands elsewhere; unfolded into `out`, each content line with "\n". */
static void unfold(yj_span text, yj_buf *out)
{
    bool first = true;
    while (text.len) {
        const char *end = memmem(text.ptr, text.len, "\r\n", 2);
        assert_non_null(end);
        yj_span line = { text.ptr, (size_t)(end - text.ptr) };
        assert_true(line.len > 0 && line.len <= 75);
        assert_true(yj_utf8_valid(line));
        for (size_t i = 0; i < line.len; i++)
            assert_true((unsigned char)line.ptr[i] >= 0x20 || line.ptr[i] == '\t');
        assert_null(memchr(line.ptr, 0x7f, line.len));
        bool more = line.ptr[0] == ' ';
        assert_false(first && more);
        if (!more && !first)
            yj_buf_char(out, '\n');
        yj_buf_add(out, line.ptr + more, line.len - more);
        first = false;
        text = (yj_span){ end + 2, text.len - line.len - 2 };
    }
    yj_buf_char(out, '\n');
}

/* The n-th value of a property, its escapes undone; an escape that is none fails. */
static void value_of(const char *lines, const char *name, int nth, yj_buf *out)
{
    char start[64];
    snprintf(start, sizeof start, "\n%s:", name);
    const char *at = lines;
    for (int i = 0; i <= nth; i++) {
        at = strstr(at, start);
        assert_non_null(at);
        at += strlen(start);
    }
    for (; *at != '\n'; at++) {
        assert_true(*at != ';' && *at != ',');
        if (*at == '\\') {
            at++;
            assert_non_null(strchr("\\;,n", *at));
            yj_buf_char(out, *at == 'n' ? '\n' : *at);
        } else {
            yj_buf_char(out, *at);
        }
    }
}

static void calendar_of(const yj_ical_entry *e, size_t count, yj_buf *bytes, yj_buf *lines)
{
    yj_error err = { 0 };
    yj_ical w;
    yj_ical_begin(&w, bytes, &(yj_ical_head){ .name = "n", .refresh_minutes = 60 });
    for (size_t i = 0; i < count; i++)
        assert_status(yj_ical_add(&w, &e[i], &err), YJ_OK);
    assert_status(yj_ical_end(&w, &err), YJ_OK);
    yj_buf_str(lines, "\n");
    unfold(yj_buf_view(bytes), lines);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void add__writes_these_bytes(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf out;
    yj_error err = { 0 };
    yj_ical w;
    yj_buf_init(&out, 1 << 16);
    yj_ical_begin(&w, &out, &(yj_ical_head){ .name = "云鉴；到期", .refresh_minutes = 60 });
    yj_ical_entry event = plain_entry, todo = plain_entry;
    event.summary = "合同评审; 每年一次, 见 C:\\x";
    event.description = "第一行\r\n第二行";
    event.url = "https://yunjian.example/#/due?d=2026-12-31";
    event.sequence = 3;
    event.priority = 1;
    todo.kind = YJ_ICAL_TODO;
    todo.uid = "duty-2@yunjian.example";
    todo.date = "2028-02-29";
    assert_status(yj_ical_add(&w, &event, &err), YJ_OK);
    assert_status(yj_ical_add(&w, &todo, &err), YJ_OK);
    todo.done = true;
    assert_status(yj_ical_add(&w, &todo, &err), YJ_OK);
    assert_status(yj_ical_end(&w, &err), YJ_OK);
    assert_string_equal(out.ptr, "BEGIN:VCALENDAR\r\n"
                                 "VERSION:2.0\r\n"
                                 "PRODID:-//Yunjian//Notices//EN\r\n"
                                 "CALSCALE:GREGORIAN\r\n"
                                 "METHOD:PUBLISH\r\n"
                                 "NAME:云鉴；到期\r\n"
                                 "X-WR-CALNAME:云鉴；到期\r\n"
                                 "REFRESH-INTERVAL;VALUE=DURATION:PT60M\r\n"
                                 "X-PUBLISHED-TTL:PT60M\r\n"
                                 "BEGIN:VEVENT\r\n"
                                 "UID:duty-1@yunjian.example\r\n"
                                 "DTSTAMP:20261127T094039Z\r\n"
                                 "SEQUENCE:3\r\n"
                                 "DTSTART;VALUE=DATE:20261231\r\n"
                                 "DTEND;VALUE=DATE:20270101\r\n"
                                 "TRANSP:TRANSPARENT\r\n"
                                 "SUMMARY:合同评审\\; 每年一次\\, 见 C:\\\\x\r\n"
                                 "DESCRIPTION:第一行\\n第二行\r\n"
                                 "URL:https://yunjian.example/#/due?d=2026-12-31\r\n"
                                 "PRIORITY:1\r\n"
                                 "END:VEVENT\r\n"
                                 "BEGIN:VTODO\r\n"
                                 "UID:duty-2@yunjian.example\r\n"
                                 "DTSTAMP:20261127T094039Z\r\n"
                                 "SEQUENCE:0\r\n"
                                 "DUE;VALUE=DATE:20280229\r\n"
                                 "STATUS:NEEDS-ACTION\r\n"
                                 "SUMMARY:x\r\n"
                                 "END:VTODO\r\n"
                                 "BEGIN:VTODO\r\n"
                                 "UID:duty-2@yunjian.example\r\n"
                                 "DTSTAMP:20261127T094039Z\r\n"
                                 "SEQUENCE:0\r\n"
                                 "DUE;VALUE=DATE:20280229\r\n"
                                 "STATUS:COMPLETED\r\n"
                                 "PERCENT-COMPLETE:100\r\n"
                                 "SUMMARY:x\r\n"
                                 "END:VTODO\r\n"
                                 "END:VCALENDAR\r\n");
}

/* Chinese, emoji and escapes at every place relative to the folds. */
static void lines__fold_at_75_octets_and_never_inside_a_character(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 90; shift++) {
        yj_auto(yj_buf_done) yj_buf text, bytes, lines, got;
        yj_buf_init(&text, 4096);
        yj_buf_init(&bytes, 1 << 16);
        yj_buf_init(&lines, 1 << 16);
        yj_buf_init(&got, 4096);
        for (size_t i = 0; i < shift; i++)
            yj_buf_char(&text, 'a');
        for (int i = 0; i < 12; i++)
            yj_buf_str(&text, "云\\\\;,鉴\xf0\x9f\x98\x80\xc3\xa9 ");
        yj_buf_str(&text, "end");
        yj_ical_entry e = plain_entry;
        e.summary = text.ptr;
        calendar_of(&e, 1, &bytes, &lines);
        value_of(lines.ptr, "SUMMARY", 0, &got);
        assert_string_equal(got.ptr, text.ptr);
        /* not inside an escape: no line ends with an odd number of backslashes */
        for (const char *at = bytes.ptr; (at = strstr(at, "\r\n")); at += 2) {
            size_t n = 0;
            while (at - n > bytes.ptr && at[-1 - (ptrdiff_t)n] == '\\')
                n++;
            assert_int_equal(n % 2, 0);
        }
    }
}

static void lines__use_the_room_they_have(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf bytes, lines;
    char summary[68 + 75];
    yj_buf_init(&bytes, 1 << 16);
    yj_buf_init(&lines, 1 << 16);
    memset(summary, 'a', sizeof summary);
    summary[67] = '\0'; /* "SUMMARY:" and 67: 75 octets */
    yj_ical_entry e[2] = { plain_entry, plain_entry };
    char longer[69];
    memset(longer, 'b', sizeof longer);
    longer[68] = '\0';
    e[0].summary = summary;
    e[1].summary = longer;
    calendar_of(e, 2, &bytes, &lines);
    assert_non_null(strstr(bytes.ptr, "aaaaaaa\r\nEND:VEVENT"));
    assert_null(strstr(bytes.ptr, "a\r\n a"));
    assert_non_null(strstr(bytes.ptr, "bbbb\r\n b\r\nEND:VEVENT"));
}

/* A value cannot begin a property of its own, whatever it holds. */
static void texts__cannot_leave_their_value(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf bytes, lines, summary, description;
    yj_buf_init(&bytes, 1 << 16);
    yj_buf_init(&lines, 1 << 16);
    yj_buf_init(&summary, 4096);
    yj_buf_init(&description, 4096);
    yj_ical_entry e = plain_entry;
    e.summary = "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\n\x01\x1b\x7f\xc2\x85z\xff";
    e.description = "a\r\nATTACH:file:///etc/passwd\rb\xe2\x80\xa8"
                    "c\x08\td";
    calendar_of(&e, 1, &bytes, &lines);
    value_of(lines.ptr, "SUMMARY", 0, &summary);
    value_of(lines.ptr, "DESCRIPTION", 0, &description);
    assert_string_equal(summary.ptr, "a END:VEVENT BEGIN:VEVENT  z?");
    assert_string_equal(description.ptr, "a\nATTACH:file:///etc/passwd\nb\nc\td");
    assert_null(strstr(lines.ptr, "\nATTACH"));
    char *first = strstr(lines.ptr, "\nEND:VEVENT\n");
    assert_non_null(first);
    assert_null(strstr(first + 1, "\nEND:VEVENT\n"));
}

static void texts__are_cut_at_their_limit(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf text, bytes, lines, got;
    yj_buf_init(&text, 1 << 16);
    yj_buf_init(&bytes, 1 << 16);
    yj_buf_init(&lines, 1 << 16);
    yj_buf_init(&got, 1 << 16);
    for (int i = 0; i < 5000; i++)
        yj_buf_str(&text, i % 2 ? "鉴" : ",");
    yj_ical_entry e = plain_entry;
    e.summary = e.description = text.ptr;
    calendar_of(&e, 1, &bytes, &lines);
    value_of(lines.ptr, "SUMMARY", 0, &got);
    assert_true(got.len <= YJ_ICAL_SUMMARY_MAX && got.len > YJ_ICAL_SUMMARY_MAX - 4);
    assert_string_equal(got.ptr + got.len - 3, "…");
    yj_buf_clear(&got);
    value_of(lines.ptr, "DESCRIPTION", 0, &got);
    assert_true(got.len <= YJ_ICAL_DESCRIPTION_MAX && got.len > YJ_ICAL_DESCRIPTION_MAX - 4);
}

static void add__refuses_what_has_no_such_form(void **state)
{
    (void)state;
    char longest[YJ_ICAL_UID_MAX + 2];
    memset(longest, 'u', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    const struct {
        const char *uid, *date, *summary, *url;
        int64_t sequence;
        int priority;
        const char *field;
    } rows[] = {
        { "a b", "2026-01-01", "s", NULL, 0, 0, "uid" },
        { "a\r\nX:1", "2026-01-01", "s", NULL, 0, 0, "uid" },
        { "", "2026-01-01", "s", NULL, 0, 0, "uid" },
        { NULL, "2026-01-01", "s", NULL, 0, 0, "uid" },
        { longest, "2026-01-01", "s", NULL, 0, 0, "uid" },
        { "a", "2026-02-29", "s", NULL, 0, 0, "date" },
        { "a", "20260101", "s", NULL, 0, 0, "date" },
        { "a", NULL, "s", NULL, 0, 0, "date" },
        { "a", "2026-01-01", "", NULL, 0, 0, "summary" },
        { "a", "2026-01-01", "s", "javascript:alert(1)", 0, 0, "url" },
        { "a", "2026-01-01", "s", "https://x/\r\nATTACH:y", 0, 0, "url" },
        { "a", "2026-01-01", "s", "https://x/ y", 0, 0, "url" },
        { "a", "2026-01-01", "s", "https://x/\xe4\xb8\xad", 0, 0, "url" },
        { "a", "2026-01-01", "s", NULL, -1, 0, "sequence" },
        { "a", "2026-01-01", "s", NULL, 0, 10, "priority" },
        { "a", "2026-01-01", "s", NULL, 0, -1, "priority" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_error err = { 0 };
        yj_ical w;
        yj_buf_init(&out, 1 << 16);
        yj_ical_begin(&w, &out, &(yj_ical_head){ .name = "n", .refresh_minutes = 60 });
        size_t before = out.len;
        yj_ical_entry e = { .uid = rows[i].uid,
                            .date = rows[i].date,
                            .summary = rows[i].summary,
                            .url = rows[i].url,
                            .sequence = rows[i].sequence,
                            .priority = rows[i].priority };
        assert_status(yj_ical_add(&w, &e, &err), YJ_E_INVALID);
        assert_string_equal(err.field, rows[i].field);
        assert_int_equal(out.len, before);
        assert_status(yj_ical_add(&w, &plain_entry, &err), YJ_OK); /* and goes on */
    }
}

static void add__ends_at_its_limits(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf out, small;
    yj_error err = { 0 };
    yj_ical w;
    yj_buf_init(&out, (size_t)16 << 20);
    yj_ical_begin(&w, &out, &(yj_ical_head){ .name = "n", .refresh_minutes = 60 });
    for (size_t i = 0; i < YJ_ICAL_ENTRIES_MAX; i++)
        assert_int_equal(yj_ical_add(&w, &plain_entry, &err), YJ_OK);
    assert_status(yj_ical_add(&w, &plain_entry, &err), YJ_E_LIMIT);
    assert_status(yj_ical_end(&w, &err), YJ_OK);
    yj_buf_init(&small, 300);
    yj_ical_begin(&w, &small, &(yj_ical_head){ .name = "n", .refresh_minutes = 60 });
    assert_status(yj_ical_add(&w, &plain_entry, &err), YJ_OK);
    assert_status(yj_ical_end(&w, &err), YJ_E_LIMIT);
}

static void days__end_where_the_calendar_does(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf bytes, lines;
    yj_buf_init(&bytes, 1 << 16);
    yj_buf_init(&lines, 1 << 16);
    yj_ical_entry e = plain_entry;
    e.date = "9999-12-31";
    calendar_of(&e, 1, &bytes, &lines);
    assert_non_null(strstr(lines.ptr, "\nDTSTART;VALUE=DATE:99991231\nTRANSP"));
}

static void an_empty_calendar__has_a_component_all_the_same(void **state)
{
    (void)state;
    yj_auto(yj_buf_done) yj_buf bytes, lines;
    yj_buf_init(&bytes, 1 << 16);
    yj_buf_init(&lines, 1 << 16);
    calendar_of(NULL, 0, &bytes, &lines);
    assert_non_null(strstr(lines.ptr, "\nBEGIN:VTIMEZONE\nTZID:UTC\n"));
    assert_null(strstr(lines.ptr, "VEVENT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(add__writes_these_bytes),
        cmocka_unit_test(lines__fold_at_75_octets_and_never_inside_a_character),
        cmocka_unit_test(lines__use_the_room_they_have),
        cmocka_unit_test(texts__cannot_leave_their_value),
        cmocka_unit_test(texts__are_cut_at_their_limit),
        cmocka_unit_test(add__refuses_what_has_no_such_form),
        cmocka_unit_test(add__ends_at_its_limits),
        cmocka_unit_test(days__end_where_the_calendar_does),
        cmocka_unit_test(an_empty_calendar__has_a_component_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
