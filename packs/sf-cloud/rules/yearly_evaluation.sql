-- rule: yearly_evaluation
-- subject: platform
-- params: [basis, months, running, counts]
-- reasons:
--   overdue:
--     zh: 平台“{platform}”的云服务最近一次对照{:basis|choice:assessment_item.basis}的评估完成于 {day}（{assessment}），应不晚于 {until} 再次评估，现已超期。请立即组织评估。
--     en: 'The cloud service of platform "{platform}" was last evaluated on {day} ({assessment}; basis: {:basis|choice:assessment_item.basis}); the next evaluation was due by {until} and is overdue. Carry it out now.'
--   wrong_basis:
--     zh: 平台“{platform}”的评估（{assessment}）没有逐项对照{:basis|choice:assessment_item.basis}，不能算作本条要求的年度评估。请补充评估项及结果。
--     en: 'The evaluation of platform "{platform}" ({assessment}) is not the yearly evaluation owed: it has no item with a result on the basis owed ({:basis|choice:assessment_item.basis}). Add the items and results.'
--   never:
--     zh: 平台“{platform}”上已有系统运行，但没有登记已完成的评估。请按{:basis|choice:assessment_item.basis}评估其云服务并登记。
--     en: 'A system is in operation on platform "{platform}", but no completed evaluation is entered. Evaluate its cloud service (basis: {:basis|choice:assessment_item.basis}) and enter it.'
--   in_future:
--     zh: 平台“{platform}”的评估（{assessment}）日期为 {day}，晚于今天，请更正。
--     en: The evaluation of platform "{platform}" ({assessment}) has a date after today ({day}). Correct it.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无需年度评估。
--     en: Nothing is in operation on platform "{platform}", so no yearly evaluation is owed yet.
--   evaluated:
--     zh: 平台“{platform}”的云服务已于 {day} 对照{:basis|choice:assessment_item.basis}评估（{assessment}），下一次应不晚于 {until} 完成。
--     en: 'The cloud service of platform "{platform}" was evaluated on {day} ({assessment}; basis: {:basis|choice:assessment_item.basis}); the next is due by {until}.'
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           CASE WHEN EXISTS (SELECT 1 FROM deployment d
                             WHERE d.platform = p.id AND ' ' || :running || ' ' LIKE '% ' || d.state || ' %')
                THEN 1 ELSE 0 END AS running
    FROM subject x JOIN platform p ON p.id = x.id
), held AS (
    SELECT c.subject, a.id AS assessment_id, a.title, a.assessed_on,
           CASE WHEN EXISTS (SELECT 1 FROM assessment_item i
                             WHERE i.assessment = a.id AND i.basis = :basis
                               AND i.result IN ('fulfilled', 'partly', 'not_fulfilled'))
                THEN 1 ELSE 0 END AS on_basis
    FROM cloud c JOIN assessment_platforms l ON l.value = c.subject JOIN assessment a ON a.id = l.id
    WHERE a.state = 'completed' AND ' ' || :counts || ' ' LIKE '% ' || a.type || ' %' AND a.confirmed_by IS NOT NULL
), latest AS (
    SELECT h.subject, max(h.on_basis) AS on_basis, max(CASE WHEN h.on_basis = 1 THEN h.assessed_on END) AS day
    FROM held h GROUP BY h.subject
), outcome AS (
    SELECT c.subject, c.name, h.assessment_id, h.title, h.assessed_on,
           yj_add_months(h.assessed_on, :months) AS until,
           CASE WHEN c.running = 0 THEN 'not_running'
                WHEN h.assessment_id IS NULL THEN 'never'
                WHEN h.on_basis = 0 THEN 'wrong_basis'
                WHEN h.assessed_on > yj_today() THEN 'in_future'
                WHEN yj_add_months(h.assessed_on, :months) < yj_today() THEN 'overdue'
                ELSE 'evaluated' END AS reason
    FROM cloud c
         LEFT JOIN latest n ON n.subject = c.subject
         LEFT JOIN held h ON h.subject = c.subject AND h.on_basis = n.on_basis
                             AND (n.on_basis = 0 OR h.assessed_on = n.day)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'evaluated' THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('overdue', 'wrong_basis') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'evaluated' THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.assessed_on, -1) END AS due,
       CASE WHEN o.assessment_id IS NULL THEN 'platform' ELSE 'assessment' END AS proof_kind,
       coalesce(o.assessment_id, o.subject) AS proof,
       o.name AS v_platform, o.title AS v_assessment, o.assessed_on AS v_day, o.until AS v_until
FROM outcome o
