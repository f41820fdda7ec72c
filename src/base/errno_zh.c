// SPDX-License-Identifier: Apache-2.0
/* The Chinese wording of what the system says of a failed call. */
#include "base/error.h"
#include <errno.h>

const char *yj_errno_zh(int sys_errno)
{
    static const struct {
        int number;
        const char *zh;
    } words[] = {
        { ENOENT, "没有该文件或文件夹" }, { EACCES, "没有权限" },          { EPERM, "不允许该操作" },
        { EEXIST, "文件已存在" },         { EISDIR, "是文件夹" },          { ENOTDIR, "不是文件夹" },
        { ENOSPC, "磁盘空间不足" },       { EDQUOT, "超出磁盘配额" },      { EROFS, "文件系统只读" },
        { EIO, "输入输出错误" },          { EMFILE, "打开的文件过多" },    { ENAMETOOLONG, "文件名过长" },
        { EADDRINUSE, "地址已被占用" },   { EADDRNOTAVAIL, "地址不可用" }, { ENOMEM, "内存不足" },
        { ENOTEMPTY, "文件夹不为空" },    { EFBIG, "文件过大" },
    };
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        if (words[i].number == sys_errno)
            return words[i].zh;
    return NULL;
}
