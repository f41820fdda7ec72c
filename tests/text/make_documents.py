#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make the documents that the tests of src/text read: make_documents.py FOLDER

Everything is written by hand here, so that no other program decides what the tests see.
"""
import io
import os
import sys
import zipfile

OUT = sys.argv[1]

# A made-up contract. Page breaks for the PDF: "\f".
CHINESE = [
    "云服务合同",
    "甲方：某证券公司",
    "第一条 服务可用性",
    "乙方保证服务可用性按月计算不低于百分之九十九点九五，低于承诺的，乙方应当按照本合同附件二约定的",
    "比例向甲方支付违约金，并在五个工作日内提交原因分析。",
    "1.2 乙方应当在故障发生后三十分钟内通知甲方。",
    "\f",
    "第二条 数据返还",
    "合同终止后三十日内，乙方应当将甲方的全部数据返还甲方，并在返还核对无误后销毁其持有的副本。",
]
ENGLISH = [
    "Cloud Service Agreement",
    "Article 1 Audit",
    "The provider shall let the client and the regulator audit the facilities in which the client's data is kept",
    "and shall answer their questions within ten working days.",
    "\f",
    "Article 2 Exit",
    "Upon termination the provider shall return all data.",
]


def write(name, data):
    with open(os.path.join(OUT, name), "wb") as f:
        f.write(data)


# --- PDF --------------------------------------------------------------------------------------------------------

def pdf(objects, trailer=b""):
    """objects: number -> bytes; 1 is the catalogue."""
    out = io.BytesIO()
    out.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for n in sorted(objects):
        places[n] = out.tell()
        out.write(b"%d 0 obj\n" % n + objects[n] + b"\nendobj\n")
    at, size = out.tell(), max(objects) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    for n in range(1, size):
        out.write(b"%010d 00000 n \n" % places[n])
    out.write(b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, at))
    return out.getvalue()


def stream(data, extra=b""):
    return b"<< /Length %d %s >>\nstream\n" % (len(data), extra) + data + b"\nendstream"


def pages(contents, resources, more):
    """One page for each content stream; `more` are the objects that resources name, from 3 on."""
    first = 3 + len(more)
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>"}
    for i, o in enumerate(more):
        objects[3 + i] = o
    kids = []
    for i, c in enumerate(contents):
        page, content = first + 2 * i, first + 2 * i + 1
        kids.append(b"%d 0 R" % page)
        objects[page] = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 842] /Contents %d 0 R /Resources %s >>"
                         % (content, resources))
        objects[content] = stream(c)
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    return objects


def lines_of(lines, show, leading=20):
    """Content streams, one for each page."""
    out, at = [], []
    for line in lines + ["\f"]:
        if line == "\f":
            out.append(b"BT /F1 14 Tf %d TL 40 800 Td\n" % leading + b"".join(at) + b"ET")
            at = []
        else:
            at.append(show(line) + b" Tj T*\n")
    return out


def latin_pdf(lines):
    def show(line):
        return b"(" + line.encode("ascii").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return pages(lines_of(lines, show), b"<< /Font << /F1 3 0 R >> >>", [font])


def chinese_pdf(lines):
    """A font without glyphs: codes 1, 2, 3... and a map that says which characters they are."""
    used = sorted(set("".join(lines)) - {"\f"})
    code = {c: i + 1 for i, c in enumerate(used)}

    def show(line):
        return b"<" + "".join("%04x" % code[c] for c in line).encode() + b">"
    rows = []
    for start in range(0, len(used), 100):
        chunk = used[start:start + 100]
        rows.append("%d beginbfchar\n" % len(chunk) + "".join(
            "<%04x> <%s>\n" % (code[c], c.encode("utf-16-be").hex()) for c in chunk) + "endbfchar\n")
    cmap = ("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Test def /CMapType 2 def\n"
            "1 begincodespacerange <0000> <ffff> endcodespacerange\n" + "".join(rows) +
            "endcmap CMapName currentdict /CMap defineresource pop end end").encode()
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /Test /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 6 0 R >>"
    cid = (b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Test /CIDSystemInfo << /Registry (Adobe) "
           b"/Ordering (Identity) /Supplement 0 >> /DW 1000 /FontDescriptor 5 0 R >>")
    descriptor = (b"<< /Type /FontDescriptor /FontName /Test /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 "
                  b"/Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>")
    return pages(lines_of(lines, show), b"<< /Font << /F1 3 0 R >> >>", [font, cid, descriptor, stream(cmap)])


def gbk_pdf(lines):
    """As printed in the nineties: GBK codes of a font that is not there, without a map. poppler-data knows it."""
    def show(line):
        return b"<" + line.encode("gbk").hex().encode() + b">"
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /GBK-EUC-H /DescendantFonts [4 0 R] >>"
    cid = (b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) "
           b"/Ordering (GB1) /Supplement 2 >> /DW 1000 /FontDescriptor 5 0 R >>")
    descriptor = (b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [0 -200 1000 900] "
                  b"/ItalicAngle 0 /Ascent 900 /Descent -200 /CapHeight 700 /StemV 80 >>")
    return pages(lines_of(lines, show), b"<< /Font << /F1 3 0 R >> >>", [font, cid, descriptor])


def scan_pdf(count):
    image = stream(b"\x80\xff\x80", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceRGB "
                                    b"/BitsPerComponent 8")
    return pages([b"q 595 0 0 842 0 0 cm /I1 Do Q"] * count, b"<< /XObject << /I1 3 0 R >> >>", [image])


def make_pdfs():
    write("english.pdf", pdf(latin_pdf(ENGLISH)))
    write("chinese.pdf", pdf(chinese_pdf(CHINESE)))
    write("gbk.pdf", pdf(gbk_pdf(["云服务合同", "第二条 数据返还"])))
    write("scan.pdf", pdf(scan_pdf(3)))
    write("many.pdf", pdf(latin_pdf(("page of many\n\f\n" * 2004).strip("\f\n").split("\n"))))
    # the words of a password that nobody knows
    objects = latin_pdf(ENGLISH)
    n = max(objects) + 1
    objects[n] = (b"<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <" + b"5a" * 32 + b"> /U <" + b"a5" * 32 +
                  b"> >>")
    write("encrypted.pdf", pdf(objects, b"/Encrypt %d 0 R /ID [<%s> <%s>]" % (n, b"01" * 16, b"01" * 16)))
    write("broken.pdf", b"%PDF-1.4\n" + b"nothing that makes sense\n" * 50)
    write("cut.pdf", pdf(latin_pdf(ENGLISH))[:200])
    write("late.pdf", b"\n" * 900 + pdf(latin_pdf(ENGLISH)))


# --- DOCX -------------------------------------------------------------------------------------------------------

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
TYPES = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         '<Default Extension="xml" ContentType="application/xml"/></Types>')
RELS = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" '
        'Target="%s"/></Relationships>')
BODY = """
<w:p><w:pPr><w:pStyle w:val="Heading1"/><w:tabs><w:tab w:val="left" w:pos="420"/></w:tabs></w:pPr>
  <w:r><w:t>云服务</w:t></w:r><w:r><w:t>合同</w:t></w:r></w:p>
<w:p><w:r><w:t xml:space="preserve">第一条 </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>服务可用性 &amp; SLA</w:t></w:r></w:p>
<w:p/>
<w:p><w:del><w:r><w:delText>百分之九十</w:delText></w:r></w:del><w:ins><w:r><w:t>百分之九十九</w:t></w:r></w:ins>
  <w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:tab/><w:t>按月</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>指标</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>承诺</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>可用性</w:t></w:r></w:p></w:tc>
  <w:tc><w:p><w:r><w:t>99.95%</w:t></w:r></w:p><w:p><w:r><w:t>每月</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:p><w:r><w:t>before</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:txbxContent>
  <w:p><w:r><w:t>in the box</w:t></w:r></w:p></w:txbxContent></mc:Choice>
  <mc:Fallback><w:p><w:r><w:t>in the box</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:r>
  <w:r><w:t>after</w:t><w:br/><w:t>a break</w:t></w:r></w:p>
<w:sectPr/>
"""


def main_part(body, word=WORD, head=""):
    return ('<?xml version="1.0" encoding="UTF-8"?>' + head + '<w:document xmlns:w="' + word +
            '" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>' + body +
            "</w:body></w:document>")


def docx(parts, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in parts:
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = method
            z.writestr(info, data)
    return out.getvalue()


def word_file(body, main="word/document.xml", kind="officeDocument", **more):
    return docx([("[Content_Types].xml", TYPES), ("_rels/.rels", RELS % (kind, main)),
                 (main, main_part(body, **more))])


RELATION = '<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>'


def relations(*rows):
    return ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' +
            "".join(RELATION % ("r%d" % i, kind, target) for i, (kind, target) in enumerate(rows)) + "</Relationships>")


def part(name, body):
    return '<?xml version="1.0" encoding="UTF-8"?><w:%s xmlns:w="%s">%s</w:%s>' % (name, WORD, body, name)


def level(at, form, pattern, more=""):
    return ('<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/>%s<w:lvlText w:val="%s"/></w:lvl>'
            % (at, form, more, pattern))


def numbered(text, num=None, at=None, style=None):
    own = "" if num is None else "<w:numPr>%s<w:numId w:val=\"%d\"/></w:numPr>" % (
        "" if at is None else '<w:ilvl w:val="%d"/>' % at, num)
    of = '<w:pStyle w:val="%s"/>' % style if style else ""
    was = '<w:pPrChange w:id="9"><w:pPr><w:numPr><w:numId w:val="4"/></w:numPr></w:pPr></w:pPrChange>'
    return "<w:p><w:pPr>%s%s%s</w:pPr><w:r><w:t>%s</w:t></w:r></w:p>" % (of, own, was, text)


def make_numbered():
    lists = part("numbering", (
        '<w:abstractNum w:abstractNumId="1">' +
        level(0, "chineseCountingThousand", "第%1条", '<w:pStyle w:val="Article"/>') +
        level(1, "decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="Clause"/>') +
        level(2, "lowerLetter", "(%3)", '<w:suff w:val="nothing"/>') + "</w:abstractNum>"
        '<w:abstractNum w:abstractNumId="2">' + level(0, "upperRoman", "%1.") + level(1, "decimalZero", "%2)") +
        level(2, "decimalEnclosedCircle", "%3") + level(3, "ideographTraditional", "%4、") +
        level(4, "chineseLegalSimplified", "%5、") + level(5, "none", "附") + "</w:abstractNum>"
        '<w:abstractNum w:abstractNumId="3">' + level(0, "bullet", "·") + "</w:abstractNum>"
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="3"/></w:num>'
        '<w:num w:numId="4"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="108"/>'
        "</w:lvlOverride></w:num>"))
    styles = part("styles", (
        '<w:style w:styleId="Article"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Clause"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Own"><w:basedOn w:val="Article"/></w:style>'
        '<w:style w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style>'))
    body = "".join([
        numbered("云服务合同", style="Loop"),
        numbered("服务可用性", style="Article"),
        numbered("按月计算。", style="Clause"),
        numbered("先通知；", 1, 2),
        numbered("后分析。", 1, 2),
        numbered("不计编号", 0, style="Article"),
        numbered("数据返还", style="Own"),
        numbered("三十日内。", style="Clause"),
        *[numbered("略", 1, 0) for _ in range(8)],
        numbered("续", 4, 0),
        numbered("再续", 4, 0),
        numbered("甲部", 2, 0), numbered("一", 2, 1), numbered("二", 2, 2), numbered("三", 2, 3), numbered("四", 2, 4),
        numbered("件", 2, 5), numbered("丁部", 2, 0), numbered("又一", 2, 1),
        numbered("点", 3, 0),
        numbered("没有这个列表", 77, 0),
    ])
    note = '<w:%s w:id="%d"%s><w:p><w:r><w:t>%s</w:t></w:r></w:p></w:%s>'
    foot = part("footnotes", note % ("footnote", 0, ' w:type="separator"', "----", "footnote") +
                note % ("footnote", 2, "", "以自然月计。", "footnote"))
    end = part("endnotes", note % ("endnote", 2, ' w:type="normal"', "见附件二。", "endnote"))
    lines = '<w:p><w:r><w:t>%s</w:t></w:r></w:p>'
    names = [("numbering", "numbering.xml"), ("styles", "/word/styles.xml"), ("footnotes", "footnotes.xml"),
             ("endnotes", "endnotes.xml"), ("header", "header1.xml"), ("header", "header2.xml"),
             ("footer", "footer1.xml"), ("footer", "missing.xml"), ("footer", "damaged.xml")]
    parts = [("_rels/.rels", RELS % ("officeDocument", "word/document.xml")), ("word/document.xml", main_part(body)),
             ("word/_rels/document.xml.rels", relations(*names)), ("word/numbering.xml", lists),
             ("word/styles.xml", styles), ("word/footnotes.xml", foot), ("word/endnotes.xml", end),
             ("word/header1.xml", part("hdr", lines % "内部资料")),
             ("word/header2.xml", part("hdr", lines % "内部资料" + lines % "合同编号 2026-7")),
             ("word/footer1.xml", part("ftr", lines % "共 3 页")), ("word/damaged.xml", "<w:ftr")]
    write("numbered.docx", docx(parts))
    write("numbers_damaged.docx", docx([(n, d if n != "word/numbering.xml" else d[:200]) for n, d in parts]))


def make_docx():
    make_numbered()
    good = word_file(BODY)
    write("contract.docx", good)
    write("strict.docx", word_file(BODY, main="word/document2.xml", word=STRICT))
    write("cut.docx", good[:len(good) * 2 // 3])
    write("flipped.docx", good[:600] + bytes(b ^ 0x55 for b in good[600:700]) + good[700:])
    write("sheet.docx", docx([("_rels/.rels", RELS % ("officeDocument", "xl/workbook.xml")),
                              ("xl/workbook.xml", "<workbook/>")]))
    write("empty_zip.docx", docx([]))
    write("no_rels.docx", docx([("word/document.xml", main_part(BODY))]))
    marked = bytearray(good)
    for at in range(len(marked) - 8):
        if marked[at:at + 4] == b"PK\x03\x04":
            marked[at + 6] |= 1
        elif marked[at:at + 4] == b"PK\x01\x02":
            marked[at + 8] |= 1
    write("encrypted.docx", bytes(marked))
    laugh = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    write("entity.docx", word_file("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", head=laugh))
    write("deep.docx", word_file("<w:r>" * 300 + "</w:r>" * 300))
    write("unclosed.docx", docx([("word/document.xml", main_part(BODY)[:-40])]))
    blanks = "<w:p>" + " " * 1000000 + "</w:p>"
    write("bomb.docx", word_file(blanks * 280))
    write("long.docx", word_file("<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % ("条" * 1000) * 4500))


# --- text -------------------------------------------------------------------------------------------------------

def make_texts():
    text = "第一条 服务可用性\n乙方保证服务可用性不低于 99.95%。\n\n第二条 数据返还\n合同终止后返还全部数据。\n"
    write("utf8.txt", text.encode())
    write("utf8_bom.txt", b"\xef\xbb\xbf" + text.encode())
    write("utf16le.txt", b"\xff\xfe" + text.encode("utf-16-le"))
    write("utf16be.txt", b"\xfe\xff" + text.encode("utf-16-be"))
    write("utf16le_bare.txt", ("Contract terms, page one.\n" + text).encode("utf-16-le"))
    write("gb18030.txt", text.encode("gb18030"))
    write("crlf.txt", text.replace("\n", "\r\n").encode())
    write("cut_utf8.txt", text.encode()[:-3])
    write("empty.txt", b"")
    write("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    write("noise.txt", bytes((i * 7919 + (i >> 3) * 104729) % 255 + 1 for i in range(20000)))
    write("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000)
    write("note.rtf", b"{\\rtf1\\ansi contract}")
    write("locked.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le") +
          b"\0" * 500)
    write("huge.txt", ("条" * 99 + "\n").encode() * 50000)


make_pdfs()
make_docx()
make_texts()
