// SPDX-License-Identifier: Apache-2.0
/* From files to passages, through the sandboxed process; and what becomes of one that does not behave. */
#include "text_test.h"

#include "base/file.h"
#include "base/time.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[256];
static const char *fake;
static yj_arena *arena;

static yj_status extract(const char *name, const yj_text_tools *tools, yj_reading *ret, yj_error *err)
{
    char path[512];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    yj_arena_reset(arena);
    yj_status s = yj_text_extract(fd, (uint64_t)st.st_size, tools, arena, ret, err);
    close(fd);
    return s;
}

static size_t open_descriptors(void)
{
    size_t n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void expect_passages(const char *name, yj_text_format format, int pages, const char *wanted)
{
    yj_reading r;
    yj_error err;
    assert_status(extract(name, NULL, &r, &err), YJ_OK);
    assert_string_equal(passages_as_text(&r), wanted);
    assert_int_equal(r.format, format);
    assert_int_equal(r.pages, pages);
    assert_false(r.scan || r.truncated);
    size_t characters = 0;
    for (size_t i = 0; i < r.count; i++)
        characters += yj_utf8_count(r.passages[i].text);
    assert_int_equal(r.characters, characters);
}

static void expect_refused(const char *name, const yj_text_tools *tools, yj_status code, const char *message)
{
    yj_reading r;
    yj_error err;
    size_t before = open_descriptors();
    assert_status(extract(name, tools, &r, &err), code);
    if (!strstr(err.msg, message))
        fail_msg("%s: \"%s\" is not in: %s", name, message, err.msg);
    assert_true(err.msg_zh[0] != '\0');
    assert_int_equal(open_descriptors(), before);
}

/* --- documents --------------------------------------------------------------------------------------------
 */

static void pdf__lines_become_paragraphs_with_their_page(void **state)
{
    static const char wanted[] = "1|Cloud Service Agreement\n"
                                 "1|Article 1 Audit\n"
                                 "1|The provider shall let the client and the regulator audit the facilities "
                                 "in which the client’s data is "
                                 "kept and shall answer their questions within ten working days.\n"
                                 "2|Article 2 Exit\n"
                                 "2|Upon termination the provider shall return all data.\n";
    expect_passages("english.pdf", YJ_TEXT_PDF, 2, wanted);
    expect_passages("late.pdf", YJ_TEXT_PDF, 2, wanted);
}

static void pdf__of_chinese_is_joined_without_blanks(void **state)
{
    expect_passages(
        "chinese.pdf", YJ_TEXT_PDF, 2,
        "1|云服务合同\n"
        "1|甲方：某证券公司\n"
        "1|第一条 服务可用性\n"
        "1|乙方保证服务可用性按月计算不低于百分之九十九点九五，低于承诺的，乙方应当按照本合同附件二约定的比例"
        "向甲方支付违约金，并在五个工作日内提交原因分析。\n"
        "1|1.2 乙方应当在故障发生后三十分钟内通知甲方。\n"
        "2|第二条 数据返还\n"
        "2|合同终止后三十日内，乙方应当将甲方的全部数据返还甲方，并在返还核对无误后销毁其持有的副本。\n");
}

/* Without poppler-data such a PDF looks like a scan. */
static void pdf__without_a_map_of_its_own(void **state)
{
    if (!yj_path_exists("/usr/share/poppler/cidToUnicode/Adobe-GB1")) {
        print_message("poppler-data is not installed\n");
        skip();
    }
    expect_passages("gbk.pdf", YJ_TEXT_PDF, 1, "1|云服务合同\n1|第二条 数据返还\n");
}

static void pdf__scan_is_said_to_be_one(void **state)
{
    yj_reading r;
    yj_error err;
    assert_status(extract("scan.pdf", NULL, &r, &err), YJ_OK);
    assert_true(r.scan);
    assert_false(r.truncated);
    assert_int_equal(r.pages, 3);
    assert_int_equal(r.count, 0);
}

static void pdf__pages_over_the_limit_are_left_out(void **state)
{
    yj_reading r;
    yj_error err;
    assert_status(extract("many.pdf", NULL, &r, &err), YJ_OK);
    assert_int_equal(r.pages, YJ_TEXT_PAGES_MAX);
    assert_true(r.truncated);
    assert_int_equal(r.count, YJ_TEXT_PAGES_MAX);
    assert_int_equal(r.passages[r.count - 1].page, YJ_TEXT_PAGES_MAX);
}

static void pdf__that_cannot_be_read_says_why(void **state)
{
    expect_refused("encrypted.pdf", NULL, YJ_E_UNREADABLE, "encrypted");
    expect_refused("broken.pdf", NULL, YJ_E_UNREADABLE, "damaged");
    expect_refused("cut.pdf", NULL, YJ_E_UNREADABLE, "damaged");
    expect_refused("english.pdf", &(yj_text_tools){ .pdftotext = "" }, YJ_E_MISSING, "poppler-utils");
    expect_refused("english.pdf", &(yj_text_tools){ .pdftotext = "/nonexistent/pdftotext" }, YJ_E_MISSING,
                   "poppler-utils");
}

static void docx__paragraphs_headings_and_tables(void **state)
{
    static const char wanted[] = "0|云服务合同\n"
                                 "0|第一条 服务可用性 & SLA\n"
                                 "0|百分之九十九 按月\n"
                                 "0|指标 | 承诺\n"
                                 "0|可用性 | 99.95% 每月\n"
                                 "0|before\n"
                                 "0|in the box\n"
                                 "0|after\n"
                                 "0|a break\n";
    expect_passages("contract.docx", YJ_TEXT_DOCX, -1, wanted);
    expect_passages("strict.docx", YJ_TEXT_DOCX, -1, wanted);
    expect_passages("no_rels.docx", YJ_TEXT_DOCX, -1, wanted);
}

static void docx__numbers_that_word_makes_stand_before_paragraphs(void **state)
{
    static const char wanted[] = "0|云服务合同\n"
                                 "0|第一条 服务可用性\n"
                                 "0|1.1 按月计算。\n"
                                 "0|(a)先通知；\n"
                                 "0|(b)后分析。\n"
                                 "0|不计编号\n"
                                 "0|第二条 数据返还\n"
                                 "0|2.1 三十日内。\n"
                                 "0|第三条 略\n"
                                 "0|第四条 略\n"
                                 "0|第五条 略\n"
                                 "0|第六条 略\n"
                                 "0|第七条 略\n"
                                 "0|第八条 略\n"
                                 "0|第九条 略\n"
                                 "0|第十条 略\n"
                                 "0|第一百零八条 续\n"
                                 "0|第一百零九条 再续\n"
                                 "0|I. 甲部\n"
                                 "0|01) 一\n"
                                 "0|① 二\n"
                                 "0|甲、 三\n"
                                 "0|壹、 四\n"
                                 "0|附 件\n"
                                 "0|II. 丁部\n"
                                 "0|01) 又一\n"
                                 "0|点\n"
                                 "0|没有这个列表\n"
                                 "0|[脚注] 以自然月计。\n"
                                 "0|[尾注] 见附件二。\n"
                                 "0|[页眉] 内部资料\n"
                                 "0|[页眉] 合同编号 2026-7\n"
                                 "0|[页脚] 共 3 页\n";
    expect_passages("numbered.docx", YJ_TEXT_DOCX, -1, wanted);
    yj_reading r;
    yj_error err;
    assert_status(extract("numbers_damaged.docx", NULL, &r, &err), YJ_OK); /* the text, without the numbers */
    assert_int_equal(r.count, 33);
}

static void docx__that_cannot_be_read_says_why(void **state)
{
    expect_refused("cut.docx", NULL, YJ_E_UNREADABLE, "ZIP cannot be read");
    expect_refused("sheet.docx", NULL, YJ_E_UNREADABLE, "without a Word document");
    expect_refused("empty_zip.docx", NULL, YJ_E_UNREADABLE, "ZIP cannot be read");
    expect_refused("encrypted.docx", NULL, YJ_E_UNREADABLE, "encrypted");
    expect_refused("entity.docx", NULL, YJ_E_UNREADABLE, "XML");
    expect_refused("unclosed.docx", NULL, YJ_E_UNREADABLE, "XML");
    expect_refused("deep.docx", NULL, YJ_E_LIMIT, "unpacks");
    expect_refused("bomb.docx", NULL, YJ_E_LIMIT, "unpacks");
    yj_reading r;
    yj_error err;
    yj_status s = extract("flipped.docx", NULL, &r, &err); /* where it was hit decides what is broken */
    assert_true(s == YJ_E_UNREADABLE);
}

static void docx__over_the_limit_is_cut(void **state)
{
    yj_reading r;
    yj_error err;
    assert_status(extract("long.docx", NULL, &r, &err), YJ_OK);
    assert_true(r.truncated);
    assert_in_range(r.characters, YJ_TEXT_CHARACTERS_MAX - 10000, YJ_TEXT_CHARACTERS_MAX);
}

static void text__of_every_encoding(void **state)
{
    static const char *const names[] = { "utf8.txt",    "utf8_bom.txt", "utf16le.txt",
                                         "utf16be.txt", "gb18030.txt",  "crlf.txt" };
    for (size_t i = 0; i < YJ_COUNT(names); i++)
        expect_passages(names[i], YJ_TEXT_PLAIN, -1,
                        "0|第一条 服务可用性\n0|乙方保证服务可用性不低于 99.95%。\n0|第二条 数据返还\n"
                        "0|合同终止后返还全部数据。\n");
    expect_passages("utf16le_bare.txt", YJ_TEXT_PLAIN, -1,
                    "0|Contract terms, page one.\n0|第一条 服务可用性\n0|乙方保证服务可用性不低于 99.95%。\n"
                    "0|第二条 数据返还\n0|合同终止后返还全部数据。\n");
    expect_passages("cut_utf8.txt", YJ_TEXT_PLAIN, -1,
                    "0|第一条 服务可用性\n0|乙方保证服务可用性不低于 99.95%。\n0|第二条 数据返还\n"
                    "0|合同终止后返还全部数据\n");
    expect_passages("empty.txt", YJ_TEXT_PLAIN, -1, "");
}

static void text__that_is_none_is_refused(void **state)
{
    expect_refused("picture.txt", NULL, YJ_E_UNREADABLE, "PDF, DOCX and text");
    expect_refused("noise.txt", NULL, YJ_E_UNREADABLE, "PDF, DOCX and text");
    expect_refused("old.doc", NULL, YJ_E_UNREADABLE, "older Office");
    expect_refused("note.rtf", NULL, YJ_E_UNREADABLE, "older Office");
    expect_refused("locked.doc", NULL, YJ_E_UNREADABLE, "encrypted");
}

static void text__over_the_limit_is_cut(void **state)
{
    yj_reading r;
    yj_error err;
    assert_status(extract("huge.txt", NULL, &r, &err), YJ_OK);
    assert_true(r.truncated);
    assert_in_range(r.characters, YJ_TEXT_CHARACTERS_MAX - 100000, YJ_TEXT_CHARACTERS_MAX);
}

static void file__over_the_limit_is_not_read(void **state)
{
    yj_reading r;
    yj_error err;
    char path[512];
    snprintf(path, sizeof path, "%s/english.pdf", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_status(yj_text_extract(fd, YJ_TEXT_FILE_BYTES_MAX + 1, NULL, arena, &r, &err), YJ_E_LIMIT);
    assert_non_null(strstr(err.msg, "50 MiB"));
    close(fd);
}

/* --- readers that do not behave ---------------------------------------------------------------------------
 */

static const char *document(const char *what)
{
    char path[512], doc[1024];
    yj_error err;
    int n = snprintf(doc, sizeof doc, "%%PDF-1.4\nFAKE:%s\n", what);
    snprintf(path, sizeof path, "%s/fake.pdf", folder);
    assert_int_equal(yj_file_write(path, (yj_span){ doc, (size_t)n }, 0600, &err), YJ_OK);
    return "fake.pdf";
}

static void reader__that_behaves_is_heard(void **state)
{
    yj_reading r;
    yj_error err;
    assert_status(extract(document("text"), &(yj_text_tools){ .pdftotext = fake }, &r, &err), YJ_OK);
    assert_string_equal(passages_as_text(&r), "1|what stands on the page\n");
}

static void reader__is_ended_when_its_time_is_up(void **state)
{
    static const char *const ways[] = { "sleep", "spin", "closes" };
    const yj_text_tools tools = { .pdftotext = fake, .time_ms = 700 };
    for (size_t i = 0; i < YJ_COUNT(ways); i++) {
        int64_t began = yj_monotonic_ns();
        expect_refused(document(ways[i]), &tools, YJ_E_LIMIT, "given up after 1 seconds");
        assert_in_range((yj_monotonic_ns() - began) / 1000000, 650, 20000);
    }
}

static void reader__may_not_eat_all_memory(void **state)
{
    if (!yj_sandbox_limits_memory()) {
        print_message("a sanitized build has no limit of address space\n");
        skip();
    }
    const yj_text_tools tools = { .pdftotext = fake, .memory_bytes = (uint64_t)256 << 20 };
    expect_refused(document("memory"), &tools, YJ_E_LIMIT, "256 MiB");
}

static void reader__that_crashes_costs_one_answer(void **state)
{
    const yj_text_tools tools = { .pdftotext = fake };
    expect_refused(document("crash"), &tools, YJ_E_UNREADABLE, "crash");
    expect_refused(document("abort"), &tools, YJ_E_UNREADABLE, "crash");
    reader__that_behaves_is_heard(state);
}

static void reader__that_reaches_out_is_stopped(void **state)
{
    const yj_text_tools tools = { .pdftotext = fake };
    expect_refused(document("fork"), &tools, YJ_E_UNREADABLE, "was stopped");
    expect_refused(document("socket"), &tools, YJ_E_UNREADABLE, "was stopped");
}

static void reader__that_never_ends_writing_is_cut(void **state)
{
    yj_reading r;
    yj_error err;
    assert_status(extract(document("flood"), &(yj_text_tools){ .pdftotext = fake }, &r, &err), YJ_OK);
    assert_true(r.truncated);
    assert_true(r.characters <= YJ_TEXT_CHARACTERS_MAX && r.pages <= YJ_TEXT_PAGES_MAX);
}

static void reader__sees_nothing_but_its_input(void **state)
{
    char look[600];
    yj_reading r;
    yj_error err;
    int kept = open("/etc/passwd", O_RDONLY); /* not O_CLOEXEC: as a careless library would */
    assert_true(kept >= 0);
    snprintf(look, sizeof look, "look %s/utf8.txt", folder);
    assert_status(extract(document(look), &(yj_text_tools){ .pdftotext = fake }, &r, &err), YJ_OK);
    close(kept);
    const char *all = passages_as_text(&r);
    assert_non_null(strstr(all, "write no"));
    assert_non_null(strstr(all, "descriptors 0"));
    assert_non_null(strstr(all, "environment 0"));
    if (yj_sandbox_landlock() == 0) {
        print_message("this kernel has no Landlock: files are not shut away\n");
        return;
    }
    assert_non_null(strstr(all, "read no"));
    assert_non_null(strstr(all, "passwd no"));
    assert_non_null(strstr(all, "exec no"));
}

static int make_documents(void **state)
{
    char command[1024];
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/yj-text-XXXXXX", base && *base ? base : "/tmp");
    arena = yj_arena_new(YJ_TEXT_ARENA_BYTES);
    if (!arena || !mkdtemp(folder))
        return -1;
    snprintf(command, sizeof command, "python3 '%s/tests/text/make_documents.py' '%s'", SOURCE_ROOT, folder);
    return system(command) == 0 ? 0 : -1;
}

static int remove_documents(void **state)
{
    yj_error err;
    yj_arena_free(arena);
    return yj_dir_remove(folder, &err) == YJ_OK ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (yj_text_child(argc, argv))
        return 1;
    fake = argc > 1 ? argv[1] : "";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pdf__lines_become_paragraphs_with_their_page),
        cmocka_unit_test(pdf__of_chinese_is_joined_without_blanks),
        cmocka_unit_test(pdf__without_a_map_of_its_own),
        cmocka_unit_test(pdf__scan_is_said_to_be_one),
        cmocka_unit_test(pdf__pages_over_the_limit_are_left_out),
        cmocka_unit_test(pdf__that_cannot_be_read_says_why),
        cmocka_unit_test(docx__paragraphs_headings_and_tables),
        cmocka_unit_test(docx__numbers_that_word_makes_stand_before_paragraphs),
        cmocka_unit_test(docx__that_cannot_be_read_says_why),
        cmocka_unit_test(docx__over_the_limit_is_cut),
        cmocka_unit_test(text__of_every_encoding),
        cmocka_unit_test(text__that_is_none_is_refused),
        cmocka_unit_test(text__over_the_limit_is_cut),
        cmocka_unit_test(file__over_the_limit_is_not_read),
        cmocka_unit_test(reader__that_behaves_is_heard),
        cmocka_unit_test(reader__is_ended_when_its_time_is_up),
        cmocka_unit_test(reader__may_not_eat_all_memory),
        cmocka_unit_test(reader__that_crashes_costs_one_answer),
        cmocka_unit_test(reader__that_reaches_out_is_stopped),
        cmocka_unit_test(reader__that_never_ends_writing_is_cut),
        cmocka_unit_test(reader__sees_nothing_but_its_input),
    };
    return cmocka_run_group_tests(tests, make_documents, remove_documents);
}
