-- rule: platform_level
-- subject: deployment
-- params: [parts]
-- reasons:
--   platform_below:
--     zh: 平台“{platform}”为第{platform_level}级，低于系统“{system}”的第{system_level}级。系统须改放到不低于第{system_level}级的平台，或提升平台等级并完成备案和测评。
--     en: Platform "{platform}" has level {platform_level}, below level {system_level} of system "{system}". Place the system on a platform of level {system_level} or above, or raise, file and assess the platform.
--   component_below:
--     zh: 平台“{platform}”有组成部分低于系统“{system}”的第{system_level}级：{component}（括号内为其等级）。须提升这些部分的等级，或不让系统使用这些部分。
--     en: 'Components of platform "{platform}" lie below level {system_level} of system "{system}" (their level in brackets): {component}. Raise them, or keep the system off them.'
--   no_platform:
--     zh: 部署“{deployment}”尚未选定云计算平台，请选定后再判断等级。
--     en: Deployment "{deployment}" has no platform yet. Choose one, so that the levels can be compared.
--   system_level_missing:
--     zh: 系统“{system}”没有网络安全保护等级，请先定级（可为初步确定）并填写。
--     en: System "{system}" has no protection level. Determine one (a preliminary one will do) and enter it.
--   platform_level_missing:
--     zh: 平台“{platform}”没有网络安全保护等级，请按备案证明填写。
--     en: Platform "{platform}" has no protection level. Enter it from the filing certificate.
--   no_components:
--     zh: 平台“{platform}”还没有登记任何组成部分，无法判断其所有部分的等级。请按架构说明和定级报告逐一登记。
--     en: No component of platform "{platform}" is registered, so the level of all its parts cannot be judged. Enter them from the description of its architecture and the level report.
--   component_level_missing:
--     zh: 平台“{platform}”有组成部分没有填写等级：{component}。请核实后填写。
--     en: 'Components of platform "{platform}" have no level: {component}. Find out and enter it.'
--   all_enough:
--     zh: 平台“{platform}”为第{platform_level}级，其 {parts_count} 个组成部分均不低于系统“{system}”的第{system_level}级。
--     en: Platform "{platform}" has level {platform_level}; it and its {parts_count} components are not below level {system_level} of system "{system}".
--   platform_enough:
--     zh: 平台“{platform}”为第{platform_level}级，不低于系统“{system}”的第{system_level}级。
--     en: Platform "{platform}" has level {platform_level}, not below level {system_level} of system "{system}".
WITH pair AS (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, s.name AS system, s.level AS system_level,
           p.id AS platform_id, p.name AS platform, p.level AS platform_level
    FROM subject x JOIN deployment d ON d.id = x.id
         LEFT JOIN system s ON s.id = d.system
         LEFT JOIN platform p ON p.id = d.platform
), part AS (
    SELECT q.subject, c.id AS component_id, c.name, c.level
    FROM pair q JOIN component c ON c.platform = q.platform_id
    WHERE c.state = 'in_use' AND :parts = 'all' AND q.system_level IS NOT NULL AND q.platform_level IS NOT NULL
), head AS (
    SELECT q.subject,
           CASE WHEN q.platform_id IS NULL THEN 'no_platform'
                WHEN q.system_level IS NULL THEN 'system_level_missing'
                WHEN q.platform_level IS NULL THEN 'platform_level_missing'
                WHEN q.platform_level < q.system_level THEN 'platform_below'
                WHEN :parts = 'platform' THEN 'platform_enough'
                WHEN (SELECT count(*) FROM part WHERE part.subject = q.subject) = 0 THEN 'no_components'
                ELSE 'all_enough' END AS reason,
           CAST(NULL AS TEXT) AS component, CAST(NULL AS TEXT) AS component_id
    FROM pair q
    UNION ALL
    SELECT part.subject,
           CASE WHEN part.level IS NULL THEN 'component_level_missing'
                WHEN part.level < q.system_level THEN 'component_below'
                ELSE 'all_enough' END,
           part.name || CASE WHEN part.level IS NULL THEN '' ELSE ' (' || CAST(part.level AS TEXT) || ')' END,
           part.component_id
    FROM part JOIN pair q ON q.subject = part.subject
)
SELECT h.subject AS subject,
       CASE WHEN h.reason IN ('platform_below', 'component_below') THEN 'unmet'
            WHEN h.reason IN ('all_enough', 'platform_enough') THEN 'met'
            ELSE 'unknown' END AS status,
       h.reason AS reason, NULL AS due,
       CASE WHEN h.component_id IS NOT NULL THEN 'component'
            WHEN q.platform_id IS NOT NULL THEN 'platform'
            ELSE 'deployment' END AS proof_kind,
       coalesce(h.component_id, q.platform_id, q.subject) AS proof,
       q.deployment AS v_deployment, q.system AS v_system, CAST(q.system_level AS TEXT) AS v_system_level,
       q.platform AS v_platform, CAST(q.platform_level AS TEXT) AS v_platform_level,
       h.component AS v_component,
       (SELECT CAST(count(*) AS TEXT) FROM part WHERE part.subject = q.subject) AS v_parts_count
FROM head h JOIN pair q ON q.subject = h.subject
