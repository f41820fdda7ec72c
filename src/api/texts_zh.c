// SPDX-License-Identifier: Apache-2.0
/* The Chinese wording of the API's own texts, by the English one; sorted by its bytes. */
#include "api/texts.h"
#include "base/cleanup.h"
#include <string.h>

static const struct {
    const char *en, *zh;
} texts[] = {
    { "A kind: fields, states, transitions", "一个记录种类：字段、状态、转换" },
    { "A one-time code for an invitation; one made earlier is good no more",
      "为邀请生成一次性口令；此前生成的随即失效" },
    { "Accept an answer: the record it answers moves", "接受答复：所答的记录随之办理" },
    { "Accept an invitation for the institution", "以本机构名义接受邀请" },
    { "An error", "出错" },
    { "Answers that wait to be accepted, as differences", "待接受的答复，以差异列出" },
    { "Append at Upload-Offset or Content-Range; when whole, answers with the digest",
      "续传：Upload-Offset 或 Content-Range；完成时返回摘要" },
    { "Ask for long work: verify", "提交耗时任务：verify（校验账簿）" },
    { "Change fields; null clears", "修改字段；null 清空" },
    { "Consistency proof between two sizes, one base64 hash a line",
      "两个大小之间的一致性证明，每行一个 base64 哈希" },
    { "Create a record", "新建记录" },
    { "Decline an answer, with the reason", "不接受答复并写明原因" },
    { "Decline an invitation, with the reason", "谢绝邀请并写明原因" },
    { "Download a file of evidence; Range is served", "下载证据文件，可用 Range" },
    { "ETag of the version that was read; 412 if it changed since", "读到的版本的 ETag；已被修改则返回 412" },
    { "Every version of a record", "记录的全部版本" },
    { "Export a kind as CSV", "导出一个种类为 CSV" },
    { "Forget an upload", "放弃上传" },
    { "Gates", "全部关口" },
    { "Hash tiles and entry bundles (C2SP tlog-tiles)", "哈希瓦片与条目包（C2SP tlog-tiles）" },
    { "How far an upload is: Upload-Offset", "上传已到的偏移：Upload-Offset" },
    { "How many records have which value", "各值的记录数" },
    { "How the verdicts on a requirement changed, and why", "一条要求的结论变化经过及原因" },
    { "Import registers: one CSV, or several as multipart/form-data",
      "导入台账：一个 CSV，或 multipart/form-data 中的多个" },
    { "Institutions", "全部机构" },
    { "Is the server well?", "服务是否正常" },
    { "Kinds of records", "全部记录种类" },
    { "Ledgers", "全部账本" },
    { "Limits of time. The head of a request must be in within 15 seconds; on a connection that is kept open "
      "it may "
      "begin up to 60 seconds after the answer before. A body must come at 1024 bytes a second, taken over "
      "60 "
      "seconds. When connections run out (1000), those are closed first whose head is not in after 1 second "
      "or whose "
      "body comes below 16384 bytes a second, taken over 5 seconds. Who exceeds a limit is closed without an "
      "answer; "
      "an upload of evidence goes on where it stood.",
      "时间限制：请求头须在 15 秒内收齐；在保持的连接上，可在上一应答结束后 60 秒内开始。请求体须达到每秒 "
      "1024 字节"
      "（按 60 秒计）。连接将用尽时（1000 个），先关闭 1 秒内未收齐请求头的连接和请求体低于每秒 16384 字节"
      "（按 5 秒计）的连接。超限的连接不作应答即被关闭；证据上传可从断点续传。" },
    { "List records", "列出记录" },
    { "Live feed of changes (server-sent events)", "变更的实时通知（server-sent events）" },
    { "Long work, newest first", "耗时任务，新的在前" },
    { "May the acting person, and why not: create, change, each transition",
      "办理人能否新建、修改和办理各项手续，不能时说明原因" },
    { "Move to another state; a shut gate answers with what is missing",
      "状态转换；关口未开时返回未满足的要求" },
    { "Names of records whose ids are known", "已知标识的记录的名称" },
    { "Of which kinds the acting person may create records", "办理人可以新建哪些种类的记录" },
    { "One entry with its body, leaf and salt, and the checkpoint that covers it",
      "一个条目：正文、叶、盐，以及覆盖它的检查点" },
    { "One institution", "一个机构" },
    { "One job: how far it is, its result or why it failed", "一个任务：进度、结果或失败原因" },
    { "One record that is addressed to the institution", "发给本机构的一条记录" },
    { "One record, by id or key", "一条记录，按标识或键" },
    { "One requirement", "一条要求" },
    { "Open an institution and its ledger", "开设机构及其账本" },
    { "Packs in force", "已安装的标准包" },
    { "Prometheus metrics", "Prometheus 指标" },
    { "Proof of one entry (C2SP tlog-proof)", "一个条目的存在证明（C2SP tlog-proof）" },
    { "Read a stored file again and hold it against its digest", "重新读取所存文件并与其摘要核对" },
    { "Requirements of the standard", "标准的要求" },
    { "Search names and texts", "在名称和文本中查找" },
    { "Start an upload (no body; Upload-Length may say its size), or upload a whole file at once",
      "开始上传（无正文，可用 Upload-Length 声明大小），或一次上传整个文件" },
    { "Stop a job", "取消任务" },
    { "The gates ahead, and what is missing", "前方的关口及缺少什么" },
    { "The institutions with which this one is tied", "与本机构建立了联系的机构" },
    { "The kind's template for imports: a CSV header", "该种类的导入模板（CSV 表头）" },
    { "The ledger as people read it: who changed what, newest first. A page may hold fewer items than asked "
      "for and yet have a next one",
      "便于阅读的账本：何人何时改了什么，新的在前。一页可能不足所要的条数而仍有下一页" },
    { "The likely passages of a file of evidence for what is wanted, to be confirmed by a person",
      "证据文件中与所找内容相近的段落，供人员确认" },
    { "The newest signed checkpoint (C2SP tlog-checkpoint)", "最新的签名检查点（C2SP tlog-checkpoint）" },
    { "The page", "页面" },
    { "The page's scripts and styles", "页面的脚本和样式" },
    { "The page: every address below is one document", "页面：其下的地址都是同一份文档" },
    { "The records that refer to a record, and by which field", "指向一条记录的记录，及经由哪个字段" },
    { "The text of a file of evidence (PDF, DOCX, text) as numbered passages",
      "证据文件（PDF、DOCX、文本）的文字，按编号的段落给出" },
    { "The verifier key", "验证公钥" },
    { "The whole file at once", "整个文件一次上传到此处" },
    { "This document", "本接口的 OpenAPI 文档" },
    { "To the page", "转到页面" },
    { "Upload a file whose digest is known; other bytes are refused", "上传摘要已知的文件；内容不符则拒绝" },
    { "Verdicts", "结论" },
    { "Verdicts counted as of days evenly spread over a time", "一段时间内均匀各日的结论计数" },
    { "Verdicts counted by requirement", "按条款统计结论" },
    { "Verdicts counted: clauses against deployments", "结论计数：条款对照云上部署" },
    { "What a new institution enters first, and why", "新机构先登记什么，以及原因" },
    { "What falls due", "将到期的事项" },
    { "What is addressed to the institution and not answered, as a register of answers to fill in",
      "发给本机构而未答复的事项，供填写的答复登记表" },
    { "What other institutions address to this one, what changed last first",
      "其他机构发给本机构的事项，最近变化的在前" },
    { "What the acting person can do about it, why not, and who can change that",
      "办理人能否办理、为何不能、谁可以改变" },
    { "Where the institution stands: verdicts, packs and checkpoint",
      "机构的状况：结论、依据的标准包和检查点" },
    { "Who invites with this code", "该口令是谁的邀请" },
    { "Why a verdict is what it is", "一个结论的由来" },
    { "With job=true: the job that will do it", "job=true 时：将执行导入的任务" },
    { "Yunjian", "云鉴" },
    { "a clause and those below it", "条款及其下各条" },
    { "acting person: id or key of a person's record; by default the operator. What the person may not do is "
      "refused: 403",
      "操作人：人员记录的标识或键，默认为系统操作员；操作人无权办理的事项予以拒绝（403）" },
    { "actor", "责任方" },
    { "as a job: answer at once, import later", "作为任务：立即应答，稍后导入" },
    { "as it was at a date, an instant or an entry (2026-03-31, 2026-03-31T12:00:00+08:00, #123)",
      "截至某日、某时刻或某条目（如 2026-03-31、2026-03-31T12:00:00+08:00、#123）当时的内容" },
    { "at most so many days, 12 by default", "最多天数，默认 12" },
    { "at most so many, 50 by default", "最多条数，默认 50" },
    { "changes of the status, not those of reason, proof or day alone",
      "只列状态的变化，不列仅有理由、佐证或日期的变化" },
    { "check everything, write nothing", "只检查，不写入" },
    { "condition field:op:value, repeatable; op is eq ne lt le gt ge has",
      "条件 字段:比较:值，可重复；比较为 eq ne lt le gt ge has" },
    { "deployment model", "部署模式" },
    { "earlier size", "较早的大小" },
    { "entries before this one: next of the page before", "此条目之前的条目：上一页给出的 next" },
    { "field to sort by; with - before it, descending", "排序字段，前加 - 为降序" },
    { "first day, by default that of the ledger's first entry", "起始日期，默认账本第一个条目之日" },
    { "force", "约束程度" },
    { "how many parts of a clause number make a group, 1 by default", "按条款编号的前几段分组，默认 1" },
    { "id of a record: it and all that the packs' paths from it reach; none: what no such path reaches",
      "记录的标识：它本身，以及标准包的路径由它到达的全部记录；none 表示这些路径都到不了的对象" },
    { "id of a record: it, or one that refers to it, is among the proofs",
      "记录的标识：佐证中有它，或有引用它的记录" },
    { "id of the institution that it belongs to", "所属机构的标识" },
    { "id of the person who acted", "操作人的标识" },
    { "id of the record", "记录的标识" },
    { "id of the requirement", "要求的编号" },
    { "id of the subject's record", "对象记录的标识" },
    { "id or key of the record; without it, any record of the kind",
      "记录的标识或关键字；不填时指该种类的任意记录" },
    { "id or key of the subject's record", "对象记录的标识或键" },
    { "items a page, 50 by default", "每页条数，默认 50" },
    { "items to skip", "跳过的条数" },
    { "jobs before this one: next of the page before", "此任务之前的任务：上一页给出的 next" },
    { "kind of the record", "记录种类" },
    { "kind of the record; required", "记录的种类；必填" },
    { "kind of the records", "记录的种类" },
    { "kind of the subject", "对象种类" },
    { "lapses on or before this date", "在此日或之前到期" },
    { "last day, by default 90 days from today", "截止日期，默认今天起 90 天" },
    { "last day, by default and at the latest today", "截止日期，默认今天，不晚于今天" },
    { "later size", "较晚的大小" },
    { "name of a single file, as system.csv", "单个文件的名称，如 system.csv" },
    { "next of the page before", "上一页给出的 next" },
    { "recorded on or after this date", "在此日或之后记入" },
    { "recorded on or before this date", "在此日或之前记入" },
    { "stage", "阶段" },
    { "state of the job", "任务的状态" },
    { "status", "结论" },
    { "text contained in name, key or any text field", "名称、键或文本中包含的文字" },
    { "text contained in title or text", "标题或正文中包含的文字" },
    { "text to find, two characters or more", "要找的文字，两个字起" },
    { "unmet or undecided: being put right, past the day set, or binding and put right by nobody",
      "未达标或未定：整改中、整改逾期，或强制而无人整改" },
    { "up to 50 ids, separated by commas", "至多 50 个标识，以逗号分隔" },
    { "what the entry does", "条目的操作" },
    { "what to count by, up to 12 names separated by commas: state, a field, or a field of the record that a "
      "reference names (asset.level)",
      "按什么计数：state、字段，或引用所指记录的字段（如 asset.level），至多 12 个，用逗号分隔" },
};

const char *yj_api_zh(const char *en)
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

const char yj_api_page_zh[] = "云鉴\n\n"
                              "接口在 /api/v1 之下：说明见 /api/v1/openapi.json，状态见 /api/v1/health。\n"
                              "目前没有登录，只在本机提供服务。\n\n";
