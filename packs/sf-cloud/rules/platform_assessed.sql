-- rule: platform_assessed
-- subject: platform
-- params: [min, parts, use, months, months_low, failing]
-- reasons:
--   level_below:
--     zh: 平台“{platform}”没有达到第{need}级（括号内为其等级）：{part}。须提升等级并完成备案和测评，或停止使用。
--     en: 'Platform "{platform}" does not reach level {need} (own level in brackets): {part}. Raise the level, file and assess it, or stop using it.'
--   failed:
--     zh: 平台“{platform}”最近一次等级测评（{day}，报告 {report}）结论为“{conclusion|choice:level_assessment.conclusion}”，没有通过，涉及：{part}。须整改后重新测评。
--     en: 'The last level assessment of platform "{platform}" ({day}, report {report}, covering {part}) was not passed; it concluded "{conclusion|choice:level_assessment.conclusion}". It must be remedied and assessed again.'
--   assessed_below:
--     zh: 平台“{platform}”最近一次等级测评（{day}，报告 {report}，覆盖：{part}）依据第{assessed_level}级，低于应达到的第{need}级。须按第{need}级测评。
--     en: 'The last level assessment of platform "{platform}" ({day}, report {report}, covering {part}) was by level {assessed_level}, below level {need}, which is owed. It must be assessed by level {need}.'
--   lapsed:
--     zh: 平台“{platform}”最近一次等级测评完成于 {day}（报告 {report}，覆盖：{part}），有效至 {until}，现已超期。须完成新一次测评并取得报告。
--     en: 'The last level assessment of platform "{platform}" was completed on {day} (report {report}, covering {part}) and counted until {until}; it is overdue. Have it assessed again and obtain the report.'
--   no_evidence:
--     zh: 没有平台“{platform}”通过等级测评的证据（{day}，报告 {report}，覆盖：{part}）。请取得测评报告或结论页并上传。
--     en: 'There is no evidence that platform "{platform}" passed its level assessment ({day}, report {report}, covering {part}). Obtain the report or its conclusion page and attach it.'
--   level_missing:
--     zh: 平台“{platform}”没有填全网络安全保护等级，缺：{part}。请按备案证明填写。
--     en: 'Protection levels of platform "{platform}" are missing for: {part}. Enter them from the filing certificates.'
--   no_components:
--     zh: 平台“{platform}”还没有登记任何组成部分，无法判断其所有部分是否达到要求。请按架构说明逐一登记。
--     en: 'No component of platform "{platform}" is registered, so it cannot be judged whether all its parts reach the level. Enter them from the description of its architecture.'
--   in_future:
--     zh: 平台“{platform}”的等级测评日期（{day}，报告 {report}，覆盖：{part}）晚于今天，请更正。
--     en: 'The level assessment of platform "{platform}" has a date after today ({day}, report {report}, covering {part}). Correct it.'
--   not_assessed:
--     zh: 平台“{platform}”没有登记覆盖这些部分的等级测评：{part}。请取得最近的测评报告并登记。
--     en: 'No level assessment of platform "{platform}" is entered that covers: {part}. Obtain the latest report and enter it.'
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，本条暂不适用。
--     en: 'Nothing is in operation on platform "{platform}", so the requirement does not apply yet.'
--   assessed:
--     zh: 平台“{platform}”达到第{need}级或以上，并已通过等级测评（报告 {report}，覆盖：{part}），有效至 {until}。
--     en: 'Platform "{platform}" reaches level {need} or above and has passed its level assessment (report {report}, covering {part}), which counts until {until}.'
--   assessed_once:
--     zh: 平台“{platform}”达到第{need}级或以上，并已通过等级测评（报告 {report}，覆盖：{part}）。
--     en: 'Platform "{platform}" reaches level {need} or above and has passed its level assessment (report {report}, covering {part}).'
WITH cloud AS (
    SELECT p.id AS subject, p.name, p.level, CASE WHEN :min = 0 THEN p.level ELSE :min END AS need,
           CASE WHEN :use = 'any' OR EXISTS (SELECT 1 FROM deployment d WHERE d.platform = p.id
                                               AND ' ' || :use || ' ' LIKE '% ' || d.state || ' %')
                THEN 1 ELSE 0 END AS concerned
    FROM subject x JOIN platform p ON p.id = x.id
), target AS (
    SELECT c.subject, '' AS part_id, c.name, c.level, c.need FROM cloud c WHERE c.concerned = 1
    UNION ALL
    SELECT c.subject, k.id, k.name, k.level, c.need
    FROM cloud c JOIN component k ON k.platform = c.subject
    WHERE c.concerned = 1 AND :parts = 'all' AND k.state = 'in_use'
), cover AS (
    SELECT t.subject, t.part_id, a.id AS assessment_id, a.assessed_on
    FROM target t JOIN level_assessment a ON a.platform = t.subject
    WHERE NOT EXISTS (SELECT 1 FROM level_assessment_components l WHERE l.id = a.id)
       OR EXISTS (SELECT 1 FROM level_assessment_components l WHERE l.id = a.id AND l.value = t.part_id)
), latest AS (
    SELECT v.subject, v.part_id, max(v.assessed_on) AS day FROM cover v GROUP BY v.subject, v.part_id
), checked AS (
    SELECT t.subject, t.part_id, t.name, t.level, t.need, a.id AS assessment_id, a.report_number, a.conclusion,
           a.level AS assessed_level, a.assessed_on,
           CASE WHEN a.level >= 3 THEN yj_add_months(a.assessed_on, :months)
                WHEN a.level = 2 THEN yj_add_months(a.assessed_on, :months_low) END AS until
    FROM target t LEFT JOIN latest n ON n.subject = t.subject AND n.part_id = t.part_id
         LEFT JOIN cover v ON v.subject = t.subject AND v.part_id = t.part_id AND v.assessed_on = n.day
         LEFT JOIN level_assessment a ON a.id = v.assessment_id
), outcome AS (
    SELECT k.subject, k.part_id, k.name, k.level, k.need, k.assessment_id, k.report_number, k.conclusion,
           k.assessed_level, k.assessed_on, k.until,
           CASE WHEN k.level IS NULL THEN 'level_missing'
                WHEN k.level < k.need THEN 'level_below'
                WHEN k.assessment_id IS NULL THEN 'not_assessed'
                WHEN k.assessed_on > yj_today() THEN 'in_future'
                WHEN ' ' || :failing || ' ' LIKE '% ' || k.conclusion || ' %' THEN 'failed'
                WHEN k.assessed_level < k.need THEN 'assessed_below'
                WHEN NOT EXISTS (SELECT 1 FROM level_assessment_evidence e WHERE e.id = k.assessment_id)
                THEN 'no_evidence'
                WHEN k.until < yj_today() THEN 'lapsed'
                WHEN k.until IS NULL THEN 'assessed_once'
                ELSE 'assessed' END AS reason
    FROM checked k
    UNION ALL
    SELECT c.subject, '', c.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           CASE WHEN c.concerned = 0 THEN 'not_running' ELSE 'no_components' END
    FROM cloud c
    WHERE c.concerned = 0
       OR (:parts = 'all' AND NOT EXISTS (SELECT 1 FROM component k
                                          WHERE k.platform = c.subject AND k.state = 'in_use'))
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('assessed', 'assessed_once') THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('level_below', 'failed', 'assessed_below', 'lapsed', 'no_evidence') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'assessed' THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.assessed_on, -1) END AS due,
       CASE WHEN o.assessment_id IS NOT NULL THEN 'level_assessment'
            WHEN o.part_id <> '' THEN 'component'
            ELSE 'platform' END AS proof_kind,
       CASE WHEN o.assessment_id IS NOT NULL THEN o.assessment_id
            WHEN o.part_id <> '' THEN o.part_id
            ELSE o.subject END AS proof,
       c.name AS v_platform, CAST(o.need AS TEXT) AS v_need,
       CASE WHEN o.reason = 'level_below' THEN o.name || ' (' || CAST(o.level AS TEXT) || ')' ELSE o.name END AS v_part,
       o.report_number AS v_report, o.conclusion AS v_conclusion, CAST(o.assessed_level AS TEXT) AS v_assessed_level,
       o.assessed_on AS v_day, o.until AS v_until
FROM outcome o JOIN cloud c ON c.subject = o.subject
