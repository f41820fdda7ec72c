// SPDX-License-Identifier: Apache-2.0
/* The Chinese wording of every message, keyed by the English format. Rows are sorted by the bytes of `en`.
 * The Chinese format takes the same conversions in the same order, or positional ones (%1$s). */
#include "base/error.h"
#include <string.h>

static const struct {
    const char *en, *zh;
} messages[] = {
    { "%s holds no private key of a known kind", "%s 中没有可识别种类的私钥" },
    { "%s is held by another process", "%s 正被另一个进程占用" },
    { "%s is longer than %zu bytes", "%s 超过 %zu 字节" },
    { "%s is not a folder", "%s 不是文件夹" },
    { "%s is not a regular file", "%s 不是普通文件" },
    { "JSON strings must not hold the NUL character", "JSON 字符串不得含有 NUL 字符" },
    { "a JSON number is out of range", "JSON 数值超出范围" },
    { "a JSON object has the same key twice", "JSON 对象中有重复的键" },
    { "a cell holds a NUL byte", "单元格含有 NUL 字节" },
    { "a cell is longer than %zu bytes", "单元格超过 %zu 字节" },
    { "a cell is not valid UTF-8", "单元格不是有效的 UTF-8" },
    { "a path is longer than %d bytes", "路径超过 %d 字节" },
    { "a quote is not closed", "引号没有闭合" },
    { "a quote stands inside a cell without quotes", "未加引号的单元格中出现引号" },
    { "a row has more than %d cells", "一行超过 %d 个单元格" },
    { "a time zone's name is of the form Asia/Shanghai", "时区名称的格式应如 Asia/Shanghai" },
    { "cannot create %s", "无法创建 %s" },
    { "cannot lock %s", "无法锁定 %s" },
    { "cannot open %s", "无法打开 %s" },
    { "cannot read %s", "无法读取 %s" },
    { "cannot remove %s", "无法删除 %s" },
    { "cannot write %s", "无法写入 %s" },
    { "canonical JSON holds no fractions; write the number as text",
      "规范 JSON 不含小数，请将该数值写成文本" },
    { "out of memory", "内存不足" },
    { "something follows a closing quote", "闭合引号之后还有其他内容" },
    { "something follows the end of the JSON value", "JSON 值结束之后还有其他内容" },
    { "the JSON text ends too early", "JSON 文本不完整" },
    { "the JSON text is %zu bytes long, at most %zu are allowed", "JSON 文本长 %zu 字节，最多允许 %zu 字节" },
    { "the JSON text is nested deeper than %d levels", "JSON 文本嵌套超过 %d 层" },
    { "the JSON text is not valid UTF-8", "JSON 文本不是有效的 UTF-8" },
    { "the bytes are not a public key of kind %s", "这些字节不是 %s 公钥" },
    { "the cryptographic library failed", "密码库运算失败" },
    { "the file of the time zone %s is damaged or too old", "时区 %s 的文件已损坏或版本过旧" },
    { "the key file %s exists already", "密钥文件 %s 已存在" },
    { "the output is longer than its limit of %zu bytes", "输出超过 %zu 字节的上限" },
    { "the text is not valid JSON", "文本不是有效的 JSON" },
    { "the time zone %s counts leap seconds", "时区 %s 含有闰秒" },
    { "the work needs more than its limit of %zu bytes of memory", "处理所需内存超过 %zu 字节的上限" },
    { "there is no time zone %s", "没有时区 %s" },
};

const char *yj_message_zh(const char *en_format)
{
    size_t low = 0, high = YJ_COUNT(messages);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(en_format, messages[mid].en);
        if (c == 0)
            return messages[mid].zh;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}
