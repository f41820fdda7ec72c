// SPDX-License-Identifier: Apache-2.0
/* What a file is, by its first bytes. */
#include "instrument/scan/file.h"

static const struct {
    const char *name;
    uint16_t at;
    uint8_t len;
    const char *bytes;
    yj_scan_reason closed;
} magic[] = {
#define M(name, at, bytes, closed)                                                                           \
    {                                                                                                        \
        name, at, sizeof bytes - 1, bytes, YJ_SCAN_BECAUSE_##closed                                          \
    }
    M("pdf", 0, "%PDF-", DOCUMENT),
    M("ole", 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", DOCUMENT), /* DOC, XLS, PPT, MSG */
    M("rtf", 0, "{\\rtf", DOCUMENT),
    M("gzip", 0, "\x1f\x8b", ARCHIVE),
    M("zstd", 0, "\x28\xb5\x2f\xfd", ARCHIVE),
    M("7z", 0, "7z\xbc\xaf\x27\x1c", ARCHIVE),
    M("xz", 0,
      "\xfd"
      "7zXZ",
      ARCHIVE),
    M("bzip2", 0, "BZh", ARCHIVE),
    M("rar", 0, "Rar!\x1a\x07", ARCHIVE),
    M("tar", 257, "ustar", ARCHIVE),
    M("sqlite", 0, "SQLite format 3", DATABASE),
    M("pgdump", 0, "PGDMP", DATABASE),
    M("png", 0, "\x89PNG\r\n\x1a\n", MEDIA),
    M("jpeg", 0, "\xff\xd8\xff", MEDIA),
    M("gif", 0, "GIF8", MEDIA),
    M("riff", 0, "RIFF", MEDIA),
    M("mp4", 4, "ftyp", MEDIA),
    M("elf", 0,
      "\x7f"
      "ELF",
      PROGRAM),
    M("pe", 0, "MZ", PROGRAM),
    M("class", 0, "\xca\xfe\xba\xbe", PROGRAM),
    M("luks", 0, "LUKS\xba\xbe", ENCRYPTED),
    M("openssl-enc", 0, "Salted__", ENCRYPTED),
    M("pgp", 0, "-----BEGIN PGP MESSAGE-----", ENCRYPTED),
#undef M
};

static bool has(yj_span s, const char *text)
{
    return s.ptr && memmem(s.ptr, s.len, text, strlen(text)) != NULL;
}

static const struct {
    const char *name;
    yj_box_parser parser;
} openable[] = {
    { "zip", YJ_BOX_ARCHIVE },   { "ooxml", YJ_BOX_ARCHIVE }, { "odf", YJ_BOX_ARCHIVE },
    { "gzip", YJ_BOX_ARCHIVE },  { "zstd", YJ_BOX_ARCHIVE },  { "7z", YJ_BOX_ARCHIVE },
    { "xz", YJ_BOX_ARCHIVE },    { "bzip2", YJ_BOX_ARCHIVE }, { "tar", YJ_BOX_ARCHIVE },
    { "sqlite", YJ_BOX_SQLITE }, { "pdf", YJ_BOX_PDF },
};

static yj_scan_format with_parser(yj_scan_format f)
{
    for (size_t i = 0; i < YJ_COUNT(openable) && !f.opens; i++)
        if (strcmp(openable[i].name, f.name) == 0) {
            f.opens = true;
            f.parser = openable[i].parser;
        }
    return f;
}

/* ZIP and what is made of it; which of its files are encrypted is told of each. */
static yj_scan_format zip(yj_span s)
{
    if (has(s, "[Content_Types].xml") || has(s, "word/") || has(s, "xl/") || has(s, "ppt/"))
        return with_parser((yj_scan_format){ .name = "ooxml", .closed = YJ_SCAN_BECAUSE_DOCUMENT });
    if (has(s, "mimetypeapplication/vnd.oasis"))
        return with_parser((yj_scan_format){ .name = "odf", .closed = YJ_SCAN_BECAUSE_DOCUMENT });
    return with_parser((yj_scan_format){ .name = "zip", .closed = YJ_SCAN_BECAUSE_ARCHIVE });
}

/* An Office document with a password is a stream of this name in the older container (MS-OFFCRYPTO, 2.3.4).
 */
static bool encrypted_office(yj_span s)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    return s.ptr && memmem(s.ptr, s.len, name, sizeof name) != NULL;
}

static const char *kind_of_text(yj_span s)
{
    size_t i = s.len >= 3 && memcmp(s.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\n' || s.ptr[i] == '\r' || s.ptr[i] == '\t'))
        i++;
    yj_span rest = { s.ptr + i, s.len - i };
    if (rest.len > 5 && memcmp(rest.ptr, "<?xml", 5) == 0)
        return "xml";
    if (rest.len > 6 && (memcmp(rest.ptr, "<html", 5) == 0 || memcmp(rest.ptr, "<!DOCT", 6) == 0))
        return "html";
    if (rest.len > 1 && (rest.ptr[0] == '{' || (rest.ptr[0] == '[' && strchr("{[\"\n\r ", rest.ptr[1]))))
        return "json";
    return "text";
}

yj_scan_format yj_scan_format_of(yj_span s, yj_scan_encoding encoding)
{
    bool text = encoding != YJ_SCAN_BINARY;
    if (s.len >= 4 && (memcmp(s.ptr, "PK\x03\x04", 4) == 0 || memcmp(s.ptr, "PK\x05\x06", 4) == 0))
        return zip(s);
    for (size_t i = 0; i < YJ_COUNT(magic); i++) {
        bool is = s.len >= (size_t)magic[i].at + magic[i].len &&
                  memcmp(s.ptr + magic[i].at, magic[i].bytes, magic[i].len) == 0;
        bool sure = !text || magic[i].len >= 5; /* a text may begin with "MZ" */
        if (is && sure && strcmp(magic[i].name, "ole") == 0 && encrypted_office(s))
            return (yj_scan_format){ .name = "ooxml", .closed = YJ_SCAN_BECAUSE_ENCRYPTED };
        if (is && sure)
            return with_parser((yj_scan_format){ .name = magic[i].name, .closed = magic[i].closed });
    }
    if (!text)
        return (yj_scan_format){ .name = "binary", .closed = YJ_SCAN_BECAUSE_BINARY };
    return (yj_scan_format){ .name = s.len == 0 ? "empty" : kind_of_text(s), .closed = YJ_SCAN_BECAUSE_NONE };
}
