-- rule: risks_watched
-- subject: platform
-- params: [months, high]
-- reasons:
--   not_warned:
--     zh: 平台“{platform}”有高风险没有作风险提示：{risk}（括号内为风险值）。请向有关部门和受托方提示，并登记提示日期。
--     en: 'High risks on platform "{platform}" were not warned of: {risk} (value in brackets). Warn the departments concerned and the provider, and enter the day.'
--   overdue:
--     zh: 平台“{platform}”的运行风险超过期限没有重新评估：{risk}（括号内为上次评估日期）。请重新评估可能性和影响。
--     en: 'Operating risks of platform "{platform}" were not assessed again in time: {risk} (last assessed on the day in brackets). Assess likelihood and impact anew.'
--   unassessed:
--     zh: 平台“{platform}”的运行风险已识别但没有评估：{risk}。请填写可能性、影响、评估人、评估日期和责任人。
--     en: 'Operating risks of platform "{platform}" are identified but not assessed: {risk}. Enter likelihood, impact, who assessed them and when, and an owner.'
--   none:
--     zh: 平台“{platform}”没有登记运行风险。请识别并登记到风险台账，选定该平台。
--     en: No operating risk of platform "{platform}" is entered. Identify them and enter them in the register of risks, naming the platform.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无运行风险可评估。
--     en: Nothing is in operation on platform "{platform}", so there are no operating risks yet.
--   watched:
--     zh: 平台“{platform}”的运行风险均已识别和评估，高风险已作提示：{risk}（括号内为风险值）。
--     en: 'The operating risks of platform "{platform}" are identified and assessed, the high ones warned of: {risk} (value in brackets).'
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running
    FROM subject x JOIN platform p ON p.id = x.id
), named AS (
    SELECT c.subject, r.id AS risk_id FROM cloud c JOIN risk r ON r.platform = c.subject
    WHERE c.running > 0 AND r.state = 'open'
    UNION
    SELECT c.subject, r.id FROM cloud c JOIN deployment d ON d.platform = c.subject JOIN risk r ON r.deployment = d.id
    WHERE d.state IN ('operating', 'exiting') AND r.state = 'open'
), judged AS MATERIALIZED (
    SELECT n.subject, r.id AS risk_id, r.title, r.assessed_on, r.likelihood * r.impact AS worth,
           CASE WHEN r.review_by < yj_add_months(r.assessed_on, :months) THEN r.review_by
                ELSE yj_add_months(r.assessed_on, :months) END AS until,
           CASE WHEN r.likelihood IS NULL OR r.impact IS NULL OR r.assessed_by IS NULL OR r.assessed_on IS NULL
                     OR r.owner IS NULL OR r.assessed_on > yj_today() THEN 'unassessed'
                WHEN CASE WHEN r.review_by < yj_add_months(r.assessed_on, :months) THEN r.review_by
                          ELSE yj_add_months(r.assessed_on, :months) END < yj_today() THEN 'overdue'
                WHEN r.likelihood * r.impact >= :high AND r.warned_on IS NULL THEN 'not_warned'
                ELSE 'watched' END AS reason
    FROM named n JOIN risk r ON r.id = n.risk_id
), outcome AS (
    SELECT c.subject, CASE WHEN c.running = 0 THEN 'not_running' ELSE 'none' END AS reason,
           CAST(NULL AS TEXT) AS risk_id, CAST(NULL AS TEXT) AS risk, CAST(NULL AS TEXT) AS due
    FROM cloud c WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = c.subject)
    UNION ALL
    SELECT j.subject, j.reason, j.risk_id,
           j.title || CASE WHEN j.reason = 'overdue' THEN ' (' || j.assessed_on || ')'
                           WHEN j.reason = 'unassessed' THEN '' ELSE ' (' || CAST(j.worth AS TEXT) || ')' END,
           CASE WHEN j.reason IN ('watched', 'not_warned') THEN j.until
                WHEN j.assessed_on > yj_today() THEN yj_add_days(j.assessed_on, -1) END
    FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'watched' THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('none', 'unassessed') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.risk_id IS NULL THEN 'platform' ELSE 'risk' END AS proof_kind,
       coalesce(o.risk_id, o.subject) AS proof, c.name AS v_platform, o.risk AS v_risk
FROM outcome o JOIN cloud c ON c.subject = o.subject
