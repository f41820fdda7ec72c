// SPDX-License-Identifier: Apache-2.0
#include "job/works.h"

const char yj_work_import_zh[] = "导入台账";
const char yj_work_verify_zh[] = "校验账簿";
const char yj_work_compare_zh[] = "比对文件";
const char yj_work_scan_zh[] = "扫描敏感数据";
const char yj_work_scan_list_zh[] = "扫描清单";
const char yj_work_wipe_zh[] = "清除介质";
