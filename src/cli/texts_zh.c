// SPDX-License-Identifier: Apache-2.0
/* The Chinese of what the command line prints, keyed by the English. Rows are sorted by the bytes of `en`;
 * the Chinese takes the same conversions in the same order, or positional ones (%1$s). */
#include "cli/cli.h"

static const struct {
    const char *en, *zh;
} texts[] = {
    { "\n%zu kinds, %zu requirements, %zu rules, %zu gates\n",
      "\n%zu 个种类，%zu 项要求，%zu 条规则，%zu 个关口\n" },
    { "\n%zu verdicts: %zu met, %zu unmet (%zu binding), %zu undecided, %zu not yet, %zu not applicable\n",
      "\n共 %zu 个结论：达标 %zu，未达标 %zu（其中强制 %zu），未定 %zu，未到时候 %zu，不适用 %zu\n" },
    { "\nwhat to do:\n", "\n怎么办：\n" },
    { "    and %zu more\n", "    另有 %zu 项\n" },
    { "  as of %s\n", "  截至 %s\n" },
    { "  entries up to %llu are under a signed checkpoint\n", "  有签名检查点覆盖的条目共 %llu 条\n" },
    { "  holds until %s\n", "  有效至 %s\n" },
    { "  the key came with the folder: pass --key to be sure whose ledger it is\n",
      "  密钥来自该文件夹本身：用 --key 指定公钥才能确认账簿属于谁\n" },
    { " %s since %s\n", " %s，自 %s 起\n" },
    { " %s: %llu entries, %llu bodies, %llu erased, %llu checkpoints, %llu key changes\n",
      " %s：%llu 条记录，%llu 条正文，%llu 条已擦除，%llu 个检查点，%llu 次换钥\n" },
    { " (behind a gate)", "（设有关口）" },
    { " and %zu more", "等，另有 %zu 项" },
    { "%llu entries, %llu records, %llu judgements, %llu verdicts in %lld ms\n",
      "%llu 条账簿条目、%llu 条记录、%llu 次判定、%llu 个结论，用时 %lld 毫秒\n" },
    { "%s %s was so already\n", "%s %s 原本如此，没有改动\n" },
    { "%s %s, version %lld, entry %llu\n", "%s %s，第 %lld 版，账簿第 %llu 条\n" },
    { "%s met  %s unmet  ? undecided: nothing entered that could decide it  (n) not yet\n",
      "%s 达标  %s 未达标  ? 未定：尚无可据以判定的记录  (n) 未到时候\n" },
    { "%s, version %lld of %.19s, by %s\n", "%s，第 %lld 版，%.19s，登记人 %s\n" },
    { "%s: %llu ledgers, %llu entries, %llu files, %llu bytes\n",
      "%s：%llu 本账簿，%llu 条条目，%llu 个文件，%llu 字节\n" },
    { "%zu cases passed, %zu failed\n", "用例通过 %zu 个，失败 %zu 个\n" },
    { "%zu of %lld\n", "显示 %zu 条，共 %lld 条\n" },
    { "%zu rows taken: %zu new, %zu changed, %zu moved, %zu as they were\n",
      "已导入 %zu 行：新建 %zu，修改 %zu，改变状态 %zu，未变 %zu\n" },
    { "%zu rows would be taken: %zu new, %zu changed, %zu moved, %zu as they were\n",
      "可导入 %zu 行：将新建 %zu，修改 %zu，改变状态 %zu，未变 %zu\n" },
    { "... and more; see: yunjian status --all\n", "……其余从略，全部列出请用：yunjian status --all\n" },
    { ": ", "：" },
    { ": open\n", "：可以通过\n" },
    { ": shut, %zu requirements are missing\n", "：不能通过，有 %zu 项要求未满足\n" },
    { "; ", "；" },
    { "About", "对象" },
    { "Clause", "条款" },
    { "Code", "代码" },
    { "Due", "期限" },
    { "Entries", "条目" },
    { "Field", "字段" },
    { "Force", "程度" },
    { "Found in", "所在字段" },
    { "Kind", "种类" },
    { "Ledger", "账簿" },
    { "Must be put right", "必须整改" },
    { "Name", "名称" },
    { "Not decided yet: enter what is there", "尚未判定：请登记已有的情况" },
    { "Overdue", "已逾期" },
    { "Recommended, not followed", "建议性要求，未采纳" },
    { "Requirement", "要求" },
    { "Requirements", "要求数" },
    { "State", "状态" },
    { "Type", "类型" },
    { "Version", "版本" },
    { "Who", "责任方" },
    { "any stage", "各阶段" },
    { "certified by a third party", "第三方认证" },
    { "changed since:", "此后已被改动的字段：" },
    { "elsewhere", "其他" },
    { "erased\n", "已擦除\n" },
    { "erased by entry %llu\n", "已擦除，见账簿第 %llu 条\n" },
    { "installation", "本系统" },
    { "installation made in %s\n", "已在 %s 建立系统\n" },
    { "institution %s (%s) has its ledger %s\n", "机构“%s”（%s）的账簿已开立：%s\n" },
    { "its clock is simulated: what is recorded here is for demonstration and tests\n",
      "时钟为模拟时钟：其中记录仅供演示和测试\n" },
    { "judged again: %llu judgements came out differently\n", "重新判定：有 %llu 次判定结果不同\n" },
    { "ledger %s has a new key; the old one is kept beside it\n", "账簿 %s 已换用新密钥，旧密钥保留在旁\n" },
    { "measured by an instrument", "仪器测得" },
    { "met", "达标" },
    { "more: --after %s\n", "后续请用：--after %s\n" },
    { "no", "否" },
    { "no proof", "无证据" },
    { "no transition leads on from here\n", "该状态之后没有可办的手续\n" },
    { "not applicable", "不适用" },
    { "nothing found\n", "没有找到\n" },
    { "nothing is due up to %s\n", "至 %s 没有到期事项\n" },
    { "nothing stands in the way; nothing was written\n", "可以办理；本次为试办，没有写入\n" },
    { "nothing to judge yet: enter records, or import them; see: yunjian import --help\n",
      "尚无可判定的内容：请登记记录或导入登记表，参见：yunjian import --help\n" },
    { "overdue", "逾期" },
    { "packs are in order: %zu kinds, %zu requirements, %zu rules, %zu gates\n",
      "标准包检查通过：%zu 个种类，%zu 项要求，%zu 条规则，%zu 个关口\n" },
    { "packs installed, everything judged again\n", "标准包已安装，全部结论已重新判定\n" },
    { "proof (%s):\n", "证据（%s）：\n" },
    { "recorded under a simulated clock: for demonstration and tests\n", "按模拟时钟记录，仅供演示和测试\n" },
    { "required", "必填" },
    { "stated by a person", "人员陈述" },
    { "the entry is in the ledger whose key that is\n", "该条目确在此公钥的账簿之中\n" },
    { "these packs are in force already\n", "这些标准包已在使用，没有改动\n" },
    { "undecided", "未定" },
    { "unmet", "未达标" },
    { "version %lld, entry %lld, %.19s, %s by %s, %s\n",
      "第 %lld 版，账簿第 %lld 条，%.19s，%s，登记人 %s，%s\n" },
    { "written to %s\n", "已写入 %s\n" },
    { "yes", "是" },
};

const char *yj_text_zh(const char *en)
{
    size_t low = 0, high = YJ_COUNT(texts);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(en, texts[mid].en);
        if (c == 0)
            return texts[mid].zh;
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}
