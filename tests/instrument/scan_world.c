// SPDX-License-Identifier: Apache-2.0
#include "scan_world.h"

#include "instrument/scan/check.h"

#include <assert.h>
#include <stdio.h>

static uint64_t next(scan_world *w)
{
    uint64_t z = (w->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned below(scan_world *w, unsigned n)
{
    return (unsigned)(next(w) % n);
}

static const char *pick(scan_world *w, const char *const *list, size_t n)
{
    return list[below(w, (unsigned)n)];
}
#define PICK(w, list) pick((w), (list), YJ_COUNT(list))

static void from(scan_world *w, char *to, size_t n, const char *alphabet)
{
    for (size_t i = 0; i < n; i++)
        to[i] = alphabet[below(w, (unsigned)strlen(alphabet))];
    to[n] = '\0';
}

static const char digits[] = "0123456789", hex[] = "0123456789abcdef";
static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static const char *const provinces[] = { "11", "12", "31", "32", "33", "37",
                                         "42", "44", "51", "61", "65", "15" };

static void resident_id(scan_world *w, char to[32])
{
    snprintf(to, 32, "%s%04u%04u%02u%02u%03u", PICK(w, provinces), 101 + below(w, 200), 1950 + below(w, 60),
             1 + below(w, 12), 1 + below(w, 28), below(w, 1000));
    to[17] = yj_scan_resident_check(to);
    to[18] = '\0';
}

static void mobile(scan_world *w, char to[32])
{
    static const char *const ranges[] = { "130", "138", "139", "150", "158", "166",
                                          "176", "186", "188", "199", "191" };
    char rest[9];
    from(w, rest, 8, digits);
    snprintf(to, 32, "%s%s", PICK(w, ranges), rest);
}

static void card(scan_world *w, char to[32])
{
    static const char *const issuers[] = { "622202", "621700", "622848", "625912", "621226" };
    size_t n = below(w, 2) ? 19 : 16;
    char rest[20];
    from(w, rest, n - 6, digits);
    snprintf(to, 32, "%s%s", PICK(w, issuers), rest);
    for (char c = '0'; c <= '9' && !yj_scan_luhn((yj_span){ to, n }); c++)
        to[n - 1] = c;
}

static void credit_code(scan_world *w, char to[32])
{
    char body[10];
    from(w, body, 8, "0123456789ABCDEFGHJKLMNPQRTUWXY");
    snprintf(to, 32, "91%s%04u%s", PICK(w, provinces), 101 + below(w, 200), body);
    to[16] = yj_scan_body_check(to + 8);
    to[17] = '0';
    to[17] = yj_scan_credit_check(to);
    to[18] = '\0';
}

static const char *const surnames[] = { "王", "李", "张", "刘", "陈",   "杨",
                                        "赵", "黄", "周", "吴", "欧阳", "司马" };
static const char *const given[] = { "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇",
                                     "杰", "涛", "明", "国", "秀", "英", "华", "丽", "志", "建" };

static void name(scan_world *w, char to[64])
{
    const char *second = below(w, 3) ? PICK(w, given) : "";
    snprintf(to, 64, "%s%s%s", PICK(w, surnames), PICK(w, given), second);
}

static void address(scan_world *w, char to[160])
{
    static const char *const heads[] = { "北京市朝阳区", "上海市浦东新区", "广东省深圳市福田区",
                                         "浙江省杭州市西湖区", "四川省成都市武侯区" };
    static const char *const roads[] = { "建国路", "世纪大道", "深南大道", "文三路", "人民南路" };
    snprintf(to, 160, "%s%s%u号%u栋%u室", PICK(w, heads), PICK(w, roads), 1 + below(w, 900), 1 + below(w, 30),
             101 + below(w, 2000));
}

static void password(scan_world *w, char to[32])
{
    char a[8], b[8];
    from(w, a, 4, "ABCDEFGHJKMNPQRSTUVWXYZ");
    from(w, b, 5, "abcdefghjkmnpqrstuvwxyz");
    snprintf(to, 32, "%s%c%s%u", a, "!@#%-_+"[below(w, 7)], b, 10 + below(w, 90));
}

/* Without the NUL: what follows stays. */
static void put_over(char *to, const char *piece)
{
    for (; *piece; piece++)
        *to++ = *piece;
}

static void pem(scan_world *w, yj_buf *b, bool sm2)
{
    char line[65];
    yj_buf_str(b, sm2 || below(w, 2) ? "-----BEGIN PRIVATE KEY-----\n" : "-----BEGIN RSA PRIVATE KEY-----\n");
    for (int i = 0; i < 3; i++) {
        from(w, line, 64, base64);
        if (sm2 && i == 0)
            put_over(line, "MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQg");
        yj_buf_fmt(b, "%s\n", line);
    }
    yj_buf_str(b, "-----END");
}

/* What stands for {k} in a template, and of which class it is; -1: a near miss. */
static int put(scan_world *w, const char *key, yj_buf *b)
{
    char t[160] = "";
#define IS(k) (strcmp(key, (k)) == 0)
    if (IS("id")) {
        resident_id(w, t);
        yj_buf_str(b, t);
        return YJ_SCAN_RESIDENT_ID;
    }
    if (IS("mob") || IS("mob3")) {
        mobile(w, t);
        if (IS("mob3"))
            yj_buf_fmt(b, "%.3s-%.4s-%.4s", t, t + 3, t + 7);
        else
            yj_buf_str(b, t);
        return YJ_SCAN_MOBILE;
    }
    if (IS("card") || IS("card4")) {
        card(w, t);
        for (size_t i = 0; t[i]; i++)
            yj_buf_fmt(b, "%s%c", IS("card4") && i && i % 4 == 0 ? " " : "", t[i]);
        return YJ_SCAN_BANK_CARD;
    }
    if (IS("uscc")) {
        credit_code(w, t);
        yj_buf_str(b, t);
        return YJ_SCAN_CREDIT_CODE;
    }
    if (IS("mail")) {
        from(w, t, 5 + below(w, 6), "abcdefghijklmnopqrstuvwxyz");
        static const char *const hosts[] = { "example.com", "mail.example.cn", "corp-mail.example.com.cn" };
        yj_buf_fmt(b, "%s%u@%s", t, below(w, 100), PICK(w, hosts));
        return YJ_SCAN_EMAIL;
    }
    if (IS("name")) {
        name(w, t);
        yj_buf_str(b, t);
        return YJ_SCAN_NAME;
    }
    if (IS("addr")) {
        address(w, t);
        yj_buf_str(b, t);
        return YJ_SCAN_ADDRESS;
    }
    if (IS("acct")) {
        from(w, t, 8 + below(w, 5), "123456789");
        yj_buf_str(b, t);
        return YJ_SCAN_ACCOUNT;
    }
    if (IS("sse")) {
        from(w, t, 9, digits);
        yj_buf_fmt(b, "A%s", t);
        return YJ_SCAN_ACCOUNT;
    }
    if (IS("permit")) {
        from(w, t, 8, digits);
        yj_buf_fmt(b, "%c%s", "HM"[below(w, 2)], t);
        return YJ_SCAN_TRAVEL_DOCUMENT;
    }
    if (IS("land")) {
        from(w, t, 7, digits);
        yj_buf_fmt(b, "0%s-6%s", below(w, 2) ? "10" : "755", t);
        return YJ_SCAN_LANDLINE;
    }
    if (IS("plate")) {
        static const char *const heads[] = { "京A", "沪C", "粤B", "浙A", "苏E" };
        from(w, t, 5, digits);
        yj_buf_fmt(b, "%s%s", PICK(w, heads), t);
        return YJ_SCAN_PLATE;
    }
    if (IS("pem") || IS("sm2")) {
        pem(w, b, IS("sm2"));
        return IS("sm2") ? YJ_SCAN_SM2_PRIVATE_KEY : YJ_SCAN_PRIVATE_KEY;
    }
    if (IS("ak")) {
        from(w, t, 32, alnum);
        if (below(w, 2))
            yj_buf_fmt(b, "LTAI5t%.18s", t);
        else
            yj_buf_fmt(b, "AKID%s", t);
        return YJ_SCAN_CLOUD_KEY;
    }
    if (IS("pw")) {
        password(w, t);
        yj_buf_str(b, t);
        return YJ_SCAN_PASSWORD;
    }
    /* near misses */
    if (IS("!id")) {
        resident_id(w, t);
        if (below(w, 2)) {
            t[17] = t[17] == '7' ? '8' : '7'; /* a wrong check digit, unless it was */
            if (yj_scan_resident_id((yj_span){ t, 18 }))
                t[17] = '5';
        } else {
            put_over(t + 10, "1332"); /* a day that is none */
            t[17] = yj_scan_resident_check(t);
        }
        yj_buf_str(b, t);
    } else if (IS("!idlong")) {
        resident_id(w, t);
        yj_buf_fmt(b, "%s%u", t, 10 + below(w, 90));
    } else if (IS("!mob")) {
        mobile(w, t); /* stands behind a label of something else */
        yj_buf_str(b, t);
    } else if (IS("!n11")) {
        from(w, t, 9, digits);
        yj_buf_fmt(b, "1%c%s", "012"[below(w, 3)], t);
    } else if (IS("!n12")) {
        mobile(w, t);
        yj_buf_fmt(b, "%s%u", t, below(w, 10));
    } else if (IS("!card")) {
        card(w, t);
        size_t n = strlen(t);
        t[n - 1] = (char)('0' + (t[n - 1] - '0' + 1 + (int)below(w, 9)) % 10);
        yj_buf_str(b, t);
    } else if (IS("!n19")) {
        from(w, t, 19, digits);
        t[0] = (char)('1' + below(w, 9));
        yj_buf_str(b, t);
    } else if (IS("!uscc")) {
        credit_code(w, t);
        t[17] = t[17] == 'A' ? 'B' : 'A';
        yj_buf_str(b, t);
    } else if (IS("!uuid")) {
        from(w, t, 32, hex);
        yj_buf_fmt(b, "%.8s-%.4s-%.4s-%.4s-%.12s", t, t + 8, t + 12, t + 16, t + 20);
    } else if (IS("!sha")) {
        from(w, t, 64, hex);
        yj_buf_str(b, t);
    } else if (IS("!ms")) {
        from(w, t, 9, digits);
        yj_buf_fmt(b, "1764%s", t);
    } else if (IS("!frac")) {
        mobile(w, t);
        yj_buf_fmt(b, "0.%s", t);
    } else if (IS("!n8")) {
        from(w, t, 8, digits);
        yj_buf_str(b, t);
    } else if (IS("!ak")) {
        from(w, t, 9, alnum);
        yj_buf_fmt(b, "LTAI%s", t);
    } else if (IS("!env")) {
        yj_buf_str(b, "${DB_PASSWORD}");
    } else if (IS("!name")) {
        name(w, t); /* behind no label */
        yj_buf_str(b, t);
    } else {
        fprintf(stderr, "no such key: %s\n", key);
        assert(0);
    }
    return -1;
#undef IS
}

static void fill(scan_world *w, const char *template)
{
    while (*template) {
        const char *open = strchr(template, '{'), *close = open ? strchr(open, '}') : NULL;
        if (!open || !close || open[1] == '{' || close - open > 12) {
            size_t n = open ? (size_t)(open - template) + 1 + (open[1] == '{') : strlen(template);
            yj_buf_add(&w->text, template, n - (open && open[1] == '{'));
            template += n;
            continue;
        }
        char key[16];
        yj_buf_add(&w->text, template, (size_t)(open - template));
        snprintf(key, sizeof key, "%.*s", (int)(close - open - 1), open + 1);
        size_t at = w->text.len;
        int what = put(w, key, &w->text);
        if (what >= 0) {
            assert(w->count < SCAN_TRUTHS_MAX);
            w->truth[w->count++] = (scan_truth){ (yj_scan_class)what, at, w->text.len - at };
        }
        template = close + 1;
    }
}

static const char *const lines[] = {
    "客户{!name}于昨日来电，手机{mob}，身份证号码{id}，请核对。\n",
    "姓名：{name}，证件号码：{id}，联系电话：{mob}，住址：{addr}。\n",
    "开户行：中国银行，卡号{card}，户名：{name}\n",
    "请把款项汇至 {card4}，收款人见附件。\n",
    "资金账号：{acct}，股东代码：{sse}，一切正常。\n",
    "法定代表人{name}，统一社会信用代码{uscc}，座机：{land}。\n",
    "联系人：{name}，邮箱{mail}，手机号为{mob3}。\n",
    "持港澳居民来往内地通行证{permit}入职。\n",
    "公司车辆{plate}已登记，停车单号{!n8}。\n",
    "数据库口令：{pw}，用后请更换。\n",
    "本季度营业收入增长，风险可控，各项指标符合监管要求。\n",
    "{mob}\n",
    "{id}\t{!n8}\n",
    "Please call {mob} or write to {mail}, thanks.\n",
    "The customer's ID number is {id}; bank account {card}.\n",
    "tel: {land} (office), mobile: +86 {mob}\n",
    "{\"customerName\":\"{name}\",\"mobile\":\"{mob}\",\"idCard\":\"{id}\",\"email\":\"{mail}\"}\n",
    "<user><mobile>{mob}</mobile><address>{addr}</address></user>\n",
    "2026-03-01 10:22:31.123 INFO [main] user login phone={mob} trace={!uuid} cost=12ms\n",
    "spring.datasource.password={pw}\n",
    "export ALIBABA_ACCESS_KEY_ID={ak}\n",
    "  db_password: \"{pw}\"\n",
    "{pem} PRIVATE KEY-----\n",
    "{sm2} PRIVATE KEY-----\n",
    /* near misses */
    "流水号{!mob}，订单号{!card}，处理完毕。\n",
    "序列号：{!mob}；批次号：{!n11}\n",
    "旧系统中的号码{!id}有误，合同编号{!idlong}。\n",
    "统一社会信用代码{!uscc}校验不通过。\n",
    "order_id={!mob} ts={!ms} hash={!sha}\n",
    "request id {!uuid} took {!frac} seconds, order no {!n19}\n",
    "serial number {!mob}, barcode {!n12}\n",
    "bytes={!n12} offset={!n11} md5={!sha}\n",
    "客户名称：华泰某某股份有限公司，规模 {!n8} 万元\n",
    "地址：见附件；联系人：待定\n",
    "git clone git@code.example.com:team/repo.git and icon@2x.png\n",
    "password: please ask your administrator\n",
    "password = {!env}\n",
    "const password = getPassword(user);\n",
    "密码：******，忘记密码请联系管理员\n",
    "A key begins with -----BEGIN PRIVATE KEY----- and ends with a line of its own.\n",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAE\n-----END PUBLIC KEY-----\n",
    "accessKeyId: {!ak} is too short\n",
    "{!n19} {!n19} {!n12}\n",
    "参考号 {!n19}，设备 {!uuid}\n",
    "{!name}先生的讲座在{!ms}开始，参加人数众多。\n",
};

/* Rare, and wrong by design for whoever goes by the form alone: a number like a mobile's behind a word that
 * nobody knows. */
static const char *const rare[] = { "设备编码 {!mob} 已上线\n", "ref {!mob} closed\n" };

static const struct {
    const char *head, *row;
} tables[] = {
    { "姓名,手机号,身份证号,住址\n", "{name},{mob},{id},{addr}\n" },
    { "客户号\t客户姓名\t银行卡号\t电子邮箱\n", "{!n8}\t{name}\t{card}\t{mail}\n" },
    { "序号,资金账号,股东账户,交易密码\n", "7,{acct},{sse},{pw}\n" },
    { "id,order_no,serial_number,timestamp\n", "3,{!n19},{!mob},{!ms}\n" },
    { "customer_name|mobile_no|card_no|bank\n", "{name}|{mob}|{card}|ICBC\n" },
    { "企业,统一社会信用代码,联系电话\n", "某公司,{uscc},{land}\n" },
};

void scan_world_init(scan_world *w)
{
    memset(w, 0, sizeof *w);
    yj_buf_init(&w->text, (size_t)64 << 20);
}

void scan_world_done(scan_world *w)
{
    yj_buf_done(&w->text);
}

void scan_world_make(scan_world *w, uint64_t seed)
{
    w->random = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
    w->count = 0;
    yj_buf_clear(&w->text);
    if (below(w, 3) == 0) {
        size_t t = below(w, YJ_COUNT(tables));
        fill(w, tables[t].head);
        for (int i = 0; i < 40; i++)
            fill(w, tables[t].row);
    } else {
        for (int i = 0; i < 60; i++)
            fill(w, below(w, 200) == 0 ? PICK(w, rare) : PICK(w, lines));
    }
}

typedef struct finds {
    const scan_world *w;
    scan_score *s;
    bool *seen;
    bool tell;
} finds;

static void compare(void *with, const yj_scan_hit *h)
{
    finds *f = with;
    for (size_t i = 0; i < f->w->count; i++) {
        const scan_truth *t = &f->w->truth[i];
        if (t->what == h->what && t->at == h->at &&
            (t->len == h->len || h->what == YJ_SCAN_PRIVATE_KEY || h->what == YJ_SCAN_SM2_PRIVATE_KEY)) {
            if (!f->seen[i])
                f->s->right[h->what]++;
            f->seen[i] = true;
            return;
        }
    }
    f->s->wrong[h->what]++;
    if (f->tell)
        printf("# wrong: %s: %.*s\n", yj_scan_class_name(h->what), (int)h->len, f->w->text.ptr + h->at);
}

void scan_world_score(const scan_world *w, scan_score *s, bool tell)
{
    bool seen[SCAN_TRUTHS_MAX] = { false };
    finds f = { w, s, seen, tell };
    yj_scan_table table;
    size_t n = strcspn(w->text.ptr, "\n");
    yj_scan_heading((yj_span){ w->text.ptr, n }, &table);
    yj_scan_detect(yj_buf_view(&w->text), 0, w->text.len, &table, compare, &f);
    for (size_t i = 0; i < w->count; i++) {
        s->missed[w->truth[i].what] += !seen[i];
        if (!seen[i] && tell)
            printf("# missed: %s: %.*s\n", yj_scan_class_name(w->truth[i].what), (int)w->truth[i].len,
                   w->text.ptr + w->truth[i].at);
    }
}

static uint64_t sum(const uint64_t *of, int c)
{
    uint64_t n = 0;
    for (int i = 0; i < YJ_SCAN_CLASS_COUNT_; i++)
        n += c < 0 || i == c ? of[i] : 0;
    return n;
}

double scan_precision(const scan_score *s, int c)
{
    uint64_t right = sum(s->right, c), all = right + sum(s->wrong, c);
    return all ? (double)right / (double)all : 1;
}

double scan_recall(const scan_score *s, int c)
{
    uint64_t right = sum(s->right, c), all = right + sum(s->missed, c);
    return all ? (double)right / (double)all : 1;
}
