// SPDX-License-Identifier: Apache-2.0
/* 中文帮助；英文在 help_en.c。 */
#include "cli/cli.h"

static const yj_command_help commands[] = {
    { "init", "在新文件夹中建立系统",
      "建立存储、密钥和系统账簿，并安装标准包。文件夹中已有系统的，不作任何改动。" },
    { "serve", "提供接口和页面",
      "标准输出的第一行是“listening on 网址”。收到 SIGTERM "
      "或 SIGINT 时正常结束。同一文件夹同时只运行一个服务。\n"
      "使用者须登录；尚无人可以登录时，另有一行给出首位管理员设置登录名和密码的网址。加 --open "
      "则不设登录：使用本机的人可以任何人的身份操作，仅供试用。\n"
      "没有 TLS、前面也没有反向代理时，只在本机监听。给出 --tls-cert 后自行使用 TLS 1.2 和 1.3；收到 SIGHUP "
      "时重读更换后的证书，连接不中断。给出 --trusted-proxy 时由前面的反向代理负责 TLS。详见 "
      "docs/operating.md。\n"
      "--place "
      "指定本机上的文件夹，供在页面上安排的工具读取：唯一的机构，或按代码指明的机构（名称@代码,代码="
      "文件夹）。"
      "--medium 以同样方式指定可在页面上清除的整个设备或文件：一人安排，另一人作为监督人确认后才开始。"
      "详见 docs/instruments.md。" },
    { "institution", "机构；每个机构有自己的账簿", NULL },
    { "institution add", "为机构开立账簿",
      "字段写成 字段=值，或放在 JSON 文件中（- 表示标准输入）；--code "
      "与 --name 是其中两项的简写。未写明的性质为委托方（client）。" },
    { "institution list", "列出机构", NULL },
    { "import", "导入登记表和清单：CSV、JSON Lines、XLSX",
      "文件名为 <种类>.csv 或 <种类>.jsonl，也可给出文件夹。"
      "按标识或关键字对应已有记录；没有的列和空单元格不改动，“-”表示清除。"
      "要么全部导入，要么全不导入：有错时逐行列出，不写入任何内容。"
      "--dry-run 不写入，逐字段列出将有的差异。\n"
      "其他程序生成的清单（如 scan 的移交清单）文件名不限，也可为 XLSX，按列名识别。"
      "清单没有写明的内容用 --set "
      "对每一行给出，例如这些移交项属于哪份清单（字段=值，引用写对方记录的关键字）；"
      "行内或已有记录中写明的不受影响。" },
    { "export", "把登记表写成 CSV",
      "把所有有记录的种类（或 --kind "
      "指定的一种）写入新的或空的文件夹；“-”把一种写到标准输出。写出的文件可以再导入。" },
    { "template", "写出供填写的登记表表头", NULL },
    { "put", "新建或修改记录",
      "字段写成 字段=值（“字段=”表示清除，列表项以“;”分隔），或放在文件的 "
      "JSON 对象中（- 表示标准输入）。引用可写对方记录的关键字。" },
    { "move", "办理手续：记录经关口进入下一状态", "关口不通过时，逐项列出未满足的要求及理由，退出码为 1。" },
    { "get", "查看记录", NULL },
    { "list", "列出某种类的记录", NULL },
    { "history", "记录的各个版本及改动", NULL },
    { "search", "在所有种类的名称和字段中查找", NULL },
    { "status", "机构现在的合规状况及原因",
      "先是条款与部署的对照表，然后逐条说明问题，重的在前。有强制要求未达标时退出码为 1。"
      "强制要求在整改期间仍算未达标，其下写明由谁整改、期限是哪天。"
      "用 --limit 和 --offset 分页：加 --json "
      "时按结论分页，否则按问题分页（一项要求连同其各条记录算一个问题）；"
      "对照表、计数和退出码始终针对全部。" },
    { "explain", "说明某项要求对某条记录为何达标或未达标", NULL },
    { "gates", "记录进入下一状态还缺什么", "有关口因要求未满足而不通过时，退出码为 1。" },
    { "due", "即将到期的结论和整改", NULL },
    { "requirements", "标准包的各项要求",
      "给出编号时显示全文和指引。读取系统所装的标准包；没有系统时读取程序旁的标准包。" },
    { "kinds", "可登记的内容：种类、字段、手续", NULL },
    { "pack", "标准包：以数据表达的标准", NULL },
    { "pack check", "按格式检查标准包",
      "问题逐条列出，形如 文件:行: 字段: 说明，退出码为 1。按给出的顺序载入，被依赖的在前。" },
    { "exchange", "机构之间的往来：联系、答复、提供、监督", NULL },
    { "exchange invite", "邀请登记表中一条记录所代表的机构",
      "为已发出的邀请生成一次性口令；写成 字段=值 "
      "时先登记邀请。先前的口令随即失效。邀请与其他记录一样查看、修改和撤回："
      "用 list、put、move，种类为 invitation。" },
    { "exchange look", "凭一次性口令查看邀请人",
      "口令从文件读取，- 表示标准输入：口令须保密，而命令行参数他人可见。" },
    { "exchange accept", "凭一次性口令接受邀请", "由 --institution 所指的机构接受。口令用后作废。" },
    { "exchange decline", "凭一次性口令谢绝邀请", NULL },
    { "exchange ties", "与哪些机构有联系", NULL },
    { "exchange end", "终止联系",
      "任何一方都可在自己的账簿中终止，此后互相看不到对方的事项；已接收的保留。" },
    { "exchange addressed", "委托方发给本机构的事项",
      "期限在前的列在前面，其后是没有期限的、已办理的、供知悉的。给出委托方时只列它的事项。" },
    { "exchange answer", "答复委托方发来的事项",
      "写明委托方、addressed 所列的记录标识和所办手续（见 kinds）；字段是答复的字段，如 "
      "text（内容）、evidence（证据）；"
      "未写日期的为今天。已有的答复重新给出。与导入只有一行的登记表结果相同。" },
    { "exchange register", "写出可答复事项的登记表，供填写",
      "CSV，文件名须为答复的种类名，如 answer.csv；填好后用“import 文件 --dry-run”和“import "
      "文件”。以 .xlsx 结尾的写成电子表格，填好后在页面上导入，或另存为 CSV 再导入。等待对方接收的不列出。" },
    { "exchange waiting", "对方给出的答复和提供，逐项列出差异", "接收之前都不是本机构的记录。" },
    { "exchange take", "接收一份答复或一项提供",
      "写明对方机构和 waiting 所列的标识。由接收方选定的字段写成 字段=值，加 --dry-run "
      "可查看据此接收的结果。给出 --expect 时，查看后又改动的拒绝接收；给出 --about "
      "时，将改动的不是所示的本机构记录则拒绝。" },
    { "exchange refuse", "不接受一份答复或一项提供，写明原因", NULL },
    { "exchange offers", "本机构提供了什么，结果如何", "要提供一条记录，登记一条 offer 记录。" },
    { "exchange supervised", "本机构监督的机构及其现状",
      "强制要求未达标最多的在前。以某人身份（--"
      "as）查看时只显示其可查阅的机构，查阅登记在这些机构的账簿中。" },
    { "exchange inspectors", "今天哪些其他机构的人可查阅本机构", NULL },
    { "exchange readings", "其他机构查阅了本机构的什么", "每一刻钟结束后由运行中的服务登记。" },
    { "document", "用一条记录填写报告模板",
      "不带参数时列出标准包里的模板；给出模板和记录就写出草稿：已登记的内容填入相应位置，缺的标出并在末尾列明"
      "。"
      "不会对外发送。" },
    { "pack test", "运行标准包的全部用例",
      "每个用例都作增量判定和整体判定，并在各期限前后和随机日期复核，"
      "再与同一要求其他用例的记录放在一起判定。结果不符，"
      "或某项要求缺少达标或未达标用例的，判为失败。一个包的用例只由它和它所需的包判定，"
      "以它为基础、可能给关口加要求的包不参与。使用临时 SQLite，"
      "或用 --store 指定一个空数据库；已有系统的数据库不予使用。" },
    { "pack show", "查看标准包内容", NULL },
    { "pack install", "启用标准包",
      "在每本账簿中记一条，并重新判定全部结论。该文件夹上不能有正在运行的服务。" },
    { "pack upgrade", "升级到标准包的另一版本",
      "先列出两个版本的差别、新版本容纳不了的记录和会改变的结论；有容纳不了的记录时什么也不改。"
      "随后先做备份，为写法有变的每条记录记一条，再重新判定全部结论。每个文件夹替换同名的包，其余的包不变。"
      "改名或取消的内容必须写在包的 upgrade.yaml 里。该文件夹上不能有正在运行的服务。" },
    { "ledger", "供外部核验的账簿操作", NULL },
    { "ledger checkpoint", "账簿当前的签名检查点",
      "保存、打印或寄出均可：持有者日后可以查出条目是否被删去。" },
    { "ledger prove", "证明某条目在账簿中",
      "写出 C2SP 定义的 tlog-proof。“--institution installation”指系统自身的账簿。" },
    { "ledger verify", "核验：存储、导出的文件夹或一份证明",
      "不带参数时核验系统的每本账簿：叶子、正文、瓦片、检查点和换钥。核验文件夹或证明不需要系统。发现篡改时退"
      "出码为 4。" },
    { "ledger tiles", "把账簿导出为 C2SP 分片日志",
      "文件夹可用“ledger verify 文件夹”或公开工具离线核验。再次导出时只补充新增部分。" },
    { "ledger rotate", "更换账簿签名密钥",
      "换钥本身是一条由新旧密钥共同签名的条目。该文件夹上不能有正在运行的服务。" },
    { "scan", "在文件中查找证件号码、密钥和口令，并列出清单",
      "遍历文件和文件夹，读取 UTF-8、UTF-16 和 GB18030 文本。对每个文件给出格式、大小、SHA-256、各类命中的"
      "数量与字节位置，以及据此建议的级别。号码须校验位和形式相符才计入，姓名和地址须有说明它的词在旁。找到的"
      "内容"
      "从不显示，只有加 --show 时以掩码显示。不跟随链接，不向任何地方发送数据。\n"
      "压缩包、压缩文件、办公文档、PDF 和 SQLite "
      "文件在限度内打开，各在一个别无权限的进程中。加密的、过大的和其他"
      "二进制文件只计算摘要，并列为“未查看”，不等于没有问题。只有一无所获且全部查看过"
      "时退出码才为 0，否则为 1。详见 docs/scan.md。\n"
      "加 --state "
      "时把结果（不含任何内容）记在该文件中，未变化的文件不再读取：下次扫描如此，中断之后也如此。\n"
      "加 --database 时逐行查看 PostgreSQL、MySQL 或 MariaDB 服务器或 SQLite "
      "文件中各表的列，事务只读；--sample 按比例"
      "抽取行，抽样从不列为“已查看”。密码取自 PGPASSWORD、MYSQL_PWD 或 --password-file。" },
    { "erase", "执行已批准的擦除令", "内容永久删除；所有证明仍可核验。" },
    { "rebuild", "由账簿重建各表和结论", "该文件夹上不能有正在运行的服务。结果不一致时退出码为 4。" },
    { "backup", "写出单文件备份，期间可继续写入", "文件内含私钥，请妥善保管。" },
    { "restore", "由备份恢复系统并核验", NULL },
    { "attest", "仪器的签名声明", NULL },
    { "attest keygen", "生成仪器签名用的密钥",
      "写出他人不可读的私钥，并在旁边写出供核验者使用的公钥 OUT.pub，均为 PEM 格式。不覆盖已有文件。" },
    { "attest verify", "签名声明说了什么，是否确由该密钥签署",
      "离线即可核验，只需公钥。不是该密钥所签或已被改动的，退出码为 "
      "4；签名真实但声明内容为“并非全部正常”的，退出码为 1。用 --ledger 时，公钥取自机构账簿中为该文件写明的"
      "那一把：先验证账簿，再找到登记和公钥，并把登记所记与声明相对照；此时 --key 为账簿的验证公钥。" },
    { "verify", "证明文件已到位：全部到齐、未变、没有多余", NULL },
    { "verify manifest", "为文件夹生成摘要清单，或按清单核对文件夹",
      "make 按 sha256sum 的格式逐行写出；SM3 写成带算法名的行。check 两种都能读。没有改动、缺失、多余、"
      "不可读和跳过的才算正常，否则退出码为 "
      "1。清单为空、被截断、同一文件出现两次或路径超出文件夹的，一律拒绝。"
      "不跟随链接；清单无法记载链接，所以作为跳过列出。加 --state 后，中断的运行可以接着做，"
      "此后有变化的文件会重新读取。" },
    { "verify compare", "把一个文件夹与另一个文件夹或清单对照",
      "A 是应有的内容：文件夹或摘要清单。文件夹之间逐字节比较，连同链接和空文件夹，A "
      "的摘要在同一遍读取中算出。"
      "不比较属主、权限和时间。没有改动、缺失、多余、不可读和跳过的才算正常，否则退出码为 1。--state "
      "的用法同 verify manifest。" },
    { "verify bag", "核对或制作 BagIt（RFC 8493）数据包：数据及其清单",
      "check：版本 0.93 至 0.97 和 1.0；算法 MD5、SHA-1、SHA-256、SHA-512 和 "
      "SM3。逐一核对全部清单（包括标签文件的清单）和 "
      "Payload-Oxum。不下载任何内容：fetch.txt 所列的文件必须已在包内。不成其为数据包的，说明理由并拒绝。"
      "中断的核对用 --state FILE 接着进行（每种算法一个文件）。"
      "create：把文件夹 FOLDER 复制到新的 1.0 版数据包 BAG，按 --hash 的每种算法各写一份清单（默认 "
      "sha512，多种以逗号分隔），"
      "并读回核对。BAG 要么完整出现，要么不出现；不覆盖任何文件。链接、管道、读不出的文件和非 UTF-8 "
      "的名称一律拒绝。"
      "“标签=值”写入 bag-info.txt。" },
    { "verify business", "迁移前后提出机构自己的问题",
      "文件为 YAML：以 SQL（PostgreSQL、MySQL、SQLite）或 HTTP "
      "提问，写明应有的答案：第一个值、行数、状态码或一段文字，"
      "格式见 docs/instruments.md。没有写明的，答案须与 --out 写下的前一次运行相同；--name 为这次运行取名。"
      "运行只记摘要，不记内容；不向系统写入任何数据。每个问题都如期回答才算正常。" },
    { "verify database", "逐行对照两个数据库",
      "PostgreSQL、MySQL 或 MariaDB、SQLite "
      "任意搭配：postgresql://用户@主机/库、mysql://用户@主机/库、sqlite:文件。"
      "A 是应有的内容。对照列与类型、主键和每一行；同类的两台服务器各自计算区间摘要，只取回有差异的区间。"
      "列出有差异的行的主键，加 --show 才显示值。网址中不写密码，用 PGPASSWORD、MYSQL_PWD 或 "
      "--password-file。"
      "没有改动、缺失、多余、不可读或跳过的才算正常，否则退出码为 1。" },
    { "verify decrypt", "加密文件能否用移交的密钥打开，内容是否符合",
      "AES 和 SM4 由 OpenSSL 解密（raw：--cipher、--key、--iv；openssl enc -pbkdf2 "
      "写出的：--passphrase），OpenPGP 由 gpg "
      "解密，另有加密的 zip 和 "
      "7z。密钥和口令取自不为他人可读的文件或已打开的描述符（/dev/fd/3），不写在参数里。应有的内容四选一："
      "明文的摘要、明文文件；压缩包或加密的压缩包则为文件夹或 --list 清单。解密的内容不显示、不留存。"
      "没有改动、缺失、多余、不可读或跳过的才算正常；密钥不符的列为不可读，退出码为 1。" },
    { "verify restore", "压缩包或数据库转储能否完整恢复，内容是否符合",
      "压缩包：zip、tar、7z（也可再经 gzip、bzip2、xz、zstd "
      "压缩），以及单独压缩的文件。在隔离的进程中解开每个文件，与文件夹或 --list "
      "清单对照；单独压缩的文件与其摘要或原文件对照；不写入任何位置。PostgreSQL 转储（pg_dump 的 "
      "custom、tar、plain、directory 格式）、MySQL 和 MariaDB 转储（mysqldump、mariadb-dump）、SQLite "
      "转储（.dump，或数据库文件本身）：恢复到私有文件夹中（临时服务器受约束运行，事后清除），再像 "
      "verify database 那样与数据库逐行对照，选项 --tables、--out、--show、--password-file "
      "用法相同。恢复出错的转储不算正常，这一结论同样签名。"
      "没有改动、缺失、多余、不可读或跳过的才算正常，否则退出码为 1。" },
    { "wipe", "彻底擦除数据；只为证实了的结果出具证书", NULL },
    { "wipe plan", "说明将对目标做什么、为什么；不写入",
      "TARGET 是文件、文件夹（指其文件系统的空闲空间）、整块磁盘或环回设备。显示 wipe run "
      "所需的序列号，数据级别和介质去向所要求的"
      "结果（NIST SP 800-88 Rev. 2 的 "
      "clear、purge、destroy），能达到它的方法及其局限。已挂载、用作交换空间、分区、阵列或卷组成员、"
      "只读以及本系统自己的数据，一律拒绝。" },
    { "wipe run", "擦除目标，读回核验，出具证书",
      "方法：zeros、random、pattern、discard、secure-discard、ata-erase、ata-erase-enhanced、nvme-"
      "format、nvme-sanitize-block、"
      "nvme-sanitize-crypto、luks-keys；不写 --method "
      "则取第一个能达到要求的。字段：destination=reuse|return|scrap（必填）、asset、"
      "source、class-after、ticket、contract、place、title、contact、witness-title、witness-"
      "contact、photos。除非用 --sample，"
      "一律全部读回。用 --attest 签署证书，只在全部写入并通过核验时签署，没有例外；否则退出码为 1。" },
    { "wipe record", "为人工或机器销毁的介质出具证书",
      "由两人声明；证书注明本程序未曾见到。字段：technique、result、medium、destination（必填）、model、manuf"
      "acturer，以及 "
      "wipe run 的字段。" },
    { "version", "程序版本", NULL },
};

const yj_help_texts yj_help_zh = {
    .about = "云鉴（yunjian）：帮助机构按标准使用云服务，随时说明现状与原因，并可由任何人核验。",
    .usage = "用法：",
    .commands = "命令：",
    .options = "选项：",
    .examples = "示例：",
    .more = "“yunjian 命令 --help”查看该命令的详细说明。",
    .codes = "退出码：\n"
             "  0  正常\n"
             "  1  有未达标或查出问题\n"
             "  2  用法错误\n"
             "  3  运行失败\n"
             "  4  完整性被破坏\n",
    .option = {
        [YJ_OPT_HELP] = "显示本说明",
        [YJ_OPT_LANG] = "提示和错误信息的语言；默认按 LC_ALL、LC_MESSAGES、"
            "LANG 判断：以 zh 开头的用中文，其余（包括 C 和 POSIX）用英文",
        [YJ_OPT_JSON] = "以 JSON 输出结果；错误以 {\"error\":{...}} 写到标准错误",
        [YJ_OPT_DATA] = "数据文件夹（默认 ./data）",
        [YJ_OPT_INSTITUTION] = "机构的代码或标识；只有一个机构时可省略",
        [YJ_OPT_AS] = "办理人：人员记录的标识或工号（默认为系统操作员）",
        [YJ_OPT_CRYPTO] = "std 为 SHA-256 与 Ed25519，gm 为 SM3 与 SM2；建立后不可更改（默认 std）",
        [YJ_OPT_SIMULATED_CLOCK] = "仅供演示和测试：时钟从该时刻开始；系统各处永久标明为模拟时钟",
        [YJ_OPT_ZONE] = "决定“今天”的时区（默认 Asia/Shanghai）",
        [YJ_OPT_STORE] = "postgresql://... 或 sqlite:文件（默认为数据文件夹内的 SQLite）",
        [YJ_OPT_PACKS] = "标准包文件夹，core 在前（默认取程序旁或 YUNJIAN_PACKS 中的 core 与 sf-cloud）",
        [YJ_OPT_OPEN] = "不设登录，人人可做一切；仅限本机，供试用",
        [YJ_OPT_LISTEN] = "监听地址；本机以外的地址须有 TLS 或反向代理；端口 0 表示任选空闲端口（默认 127.0.0.1:0）",
        [YJ_OPT_TLS_CERT] = "服务器证书及其证书链，PEM 格式",
        [YJ_OPT_TLS_KEY] = "证书的私钥，PEM 格式，不得人人可读",
        [YJ_OPT_PLACE] = "工具可读取的文件夹，以及供哪些机构使用",
        [YJ_OPT_MEDIUM] = "工具可清除的设备或文件，以及供哪些机构使用",
        [YJ_OPT_TRUSTED_PROXY] = "可信的反向代理：采信其 X-Forwarded-For 和 X-Forwarded-Proto",
        [YJ_OPT_PUBLIC_URL] = "用户使用的网址，例如 https://yunjian.example",
        [YJ_OPT_LEAKED_LIST] = "已泄露密码的 SHA-1 散列，排好序，每行一个：其中的密码一律不收",
        [YJ_OPT_PASSWORD_BITS] = "新密码按估计须经得起 2 的 N 次方次猜测（默认 40）",
        [YJ_OPT_STATEMENTS] = "列出只凭陈述判定的要求及其理由",
        [YJ_OPT_BACKUP] = "升级前的备份写到哪个文件（默认在数据文件夹内）",
        [YJ_OPT_SEED] = "用例附加判定日期的随机种子；scan 中为 --sample 抽取行的种子",
        [YJ_OPT_ONLY] = "只运行这个标准包的用例",
        [YJ_OPT_CODE] = "机构的简短代码",
        [YJ_OPT_NAME] = "机构名称",
        [YJ_OPT_DRY_RUN] = "全部照做，然后撤销，不写入",
        [YJ_OPT_KIND] = "种类",
        [YJ_OPT_ID] = "要修改的记录（标识或关键字）；省略则新建",
        [YJ_OPT_EXPECT] = "记录版本已变则拒绝",
        [YJ_OPT_ABOUT] = "将改动的不是这条记录或其版本已变则拒绝",
        [YJ_OPT_AS_OF] = "按当日终了、某一时刻或第 #N 条之前所知的情况",
        [YJ_OPT_REJUDGE] = "与 --as-of 合用：对当时已知的情况按现行标准包重新判定，并注明",
        [YJ_OPT_FILTER] = "筛选条件：=、!=、<、<=、>、>=、~（包含）",
        [YJ_OPT_SORT] = "排序字段、state 或 key；前加 - 为降序",
        [YJ_OPT_LIMIT] = "最多条数",
        [YJ_OPT_OFFSET] = "跳过前面这么多条",
        [YJ_OPT_AFTER] = "从该游标之后继续",
        [YJ_OPT_SUBJECT] = "只看该记录及与其状况有关的记录",
        [YJ_OPT_CHAPTER] = "只看该条款及其下的要求",
        [YJ_OPT_STAGE] = "只看该阶段的要求",
        [YJ_OPT_STATUS] = "只看 met、unmet、unknown 或 not_applicable",
        [YJ_OPT_ACTOR] = "只看该责任方的要求",
        [YJ_OPT_FORCE] = "只看该程度的要求",
        [YJ_OPT_REMEDIATION] = "只看未达标或未定的结论：整改中（open）、整改逾期（overdue）、强制而无人整改（none）",
        [YJ_OPT_ALL] = "列出全部问题，不只是前面的",
        [YJ_OPT_UNTIL] = "截止日期",
        [YJ_OPT_DAYS] = "今天起若干天内（默认 90）",
        [YJ_OPT_JUDGE] = "重新推导每一次判定并比对；不改动现有数据",
        [YJ_OPT_BODIES] = "连同条目正文一起写出，不仅是叶子",
        [YJ_OPT_KEY] = "必须由它签名的密钥：账簿用其验证公钥，签名声明用公钥文件；verify decrypt 则为解密密钥的文件",
        [YJ_OPT_HASH] = "摘要算法（默认 sha256；读清单时以其各行为准）",
        [YJ_OPT_ATTEST] = "用该私钥签署核对了什么、没有核对什么、发现了什么，写入新文件",
        [YJ_OPT_LEDGER] = "已导出的账簿，其中写明该文件和公钥",
        [YJ_OPT_LEAF] = "叶子字节文件：prove 写出，verify 读取",
        [YJ_OPT_OUT] = "写到该文件，而不是标准输出",
        [YJ_OPT_SHOW] = "显示内容：scan 列出命中的位置及其掩码内容；verify database 列出不同的值",
        [YJ_OPT_INVENTORY] = "把每个文件的格式、大小、SHA-256、命中数和建议级别写入该文件；按扩展名为 CSV、XLSX 或 JSON Lines",
        [YJ_OPT_TABLES] = "只对照这些表，以逗号分隔（默认两边全部）",
        [YJ_OPT_PASSWORD_FILE] = "每行为 主机:端口:库:用户:密码，与 PostgreSQL 的密码文件相同；不得为他人可读",
        [YJ_OPT_LIST] = "应有的内容：verify manifest 生成的摘要清单",
        [YJ_OPT_CIPHER] = "aes-128、aes-192、aes-256 或 sm4，加 -cbc、-ctr 或 -gcm",
        [YJ_OPT_IV] = "存放初始向量的文件：原始字节或十六进制数字",
        [YJ_OPT_PASSPHRASE] = "首行为口令的文件",
        [YJ_OPT_ITERATIONS] = "PBKDF2 的迭代次数（默认 10000，与 openssl enc 相同）",
        [YJ_OPT_WITHOUT_PBKDF2] = "openssl enc 未加 -pbkdf2 加密的文件所用的摘要：md5（1.1.0 之前）或 sha256；密钥派生强度弱，结果中会注明",
        [YJ_OPT_SERIAL] = "介质的序列号：wipe plan 所显示、介质上所印的",
        [YJ_OPT_BY] = "执行人",
        [YJ_OPT_WITNESS] = "监督人，须是另一人",
        [YJ_OPT_GRADE] = "数据级别，1 至 4",
        [YJ_OPT_METHOD] = "wipe：指定方法，须能达到所要求的结果；verify decrypt：raw、openssl、openpgp、zip 或 7z（不写则按文件内容判断）",
        [YJ_OPT_STATE] = "进度记在该文件，中断后从那里继续；scan 保留该文件，以后只读有变化的文件",
        [YJ_OPT_SAMPLE] = "只读回这一比例（10 至 99，百分比），位置由证书中的种子决定；scan --database 时只查看这一比例的行（1 至 99）",
        [YJ_OPT_DATABASE] = "查看该数据库的表：postgresql://用户@主机/库、mysql://用户@主机/库 或 sqlite:文件",
        [YJ_OPT_FINGERPRINT] = "用该文件中的密钥（16 到 4096 字节）为每处命中的值给出指纹",
        [YJ_OPT_SET] = "对没有写明的每一行给出该字段的值；已有记录中写明的不改",
        [YJ_OPT_RULES] = "另按自定的规则查找（YAML，见 docs/scan.md）",
        [YJ_OPT_CLOCK] = "先把模拟时钟拨到该时刻",
    },
    .command = commands,
    .command_count = YJ_COUNT(commands),
};
