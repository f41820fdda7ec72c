-- rule: context_determined
-- subject: institution
-- params: [months]
-- reach: institution
-- reasons:
--   side_missing:
--     zh: 影响云计算应用的因素没有登记这一侧：{side|choice:context_factor.side}。请分析并登记。
--     en: 'Of the circumstances that bear on the use of cloud, this side is not entered: {side|choice:context_factor.side}. Analyse and enter it.'
--   incomplete:
--     zh: 这些因素没有写明情况、对云计算应用的影响或确定人：{factor}。请补齐。
--     en: 'These factors do not say what the circumstances are, how they bear on the use of cloud, or who determined them: {factor}. Complete them.'
--   aimless:
--     zh: 这些因素没有指明与哪项有效目标相关：{factor}。请指明，不相关的停用。
--     en: 'These factors do not name an objective in force on which they bear: {factor}. Name it, or mark the factor as no longer relevant.'
--   overdue:
--     zh: 这些因素超过复核期限没有复核：{factor}（应在 {until} 前）。请复核后更新日期。
--     en: 'These factors were not reviewed in time: {factor} (due by {until}). Review them and change the date.'
--   none:
--     zh: 还没有登记影响云计算应用的内外部因素。请从监管、市场、自有条件和人员等方面分析并登记。
--     en: No circumstances that bear on the use of cloud are entered. Look at regulation, the market, the institution's own means and staff, and enter them.
--   determined:
--     zh: 内外部因素已确定并与目标关联：{factor}；最早的复核期限为 {until}。
--     en: 'Internal and external factors are determined and tied to objectives: {factor}; the next review is due by {until}.'
WITH factor AS MATERIALIZED (
    SELECT x.id AS subject, f.id AS factor_id, f.title, f.side,
           CASE WHEN f.information IS NULL OR f.effect IS NULL OR f.determined_by IS NULL OR f.determined_on IS NULL
                THEN 'incomplete'
                WHEN NOT EXISTS (SELECT 1 FROM context_factor_objectives v JOIN objective o ON o.id = v.value
                                 WHERE v.id = f.id AND o.state = 'in_force') THEN 'aimless'
                WHEN CASE WHEN f.review_by < yj_add_months(f.determined_on, :months) THEN f.review_by
                          ELSE yj_add_months(f.determined_on, :months) END < yj_today() THEN 'overdue'
                ELSE 'determined' END AS reason,
           CASE WHEN f.review_by < yj_add_months(f.determined_on, :months) THEN f.review_by
                ELSE yj_add_months(f.determined_on, :months) END AS until
    FROM subject x JOIN context_factor f ON f.state = 'active'
), side AS (
    SELECT 'external' AS id UNION ALL SELECT 'internal'
)
SELECT f.subject AS subject, CASE WHEN f.reason = 'determined' THEN 'met' ELSE 'unmet' END AS status, f.reason AS reason,
       CASE WHEN f.until >= yj_today() THEN f.until END AS due, 'context_factor' AS proof_kind, f.factor_id AS proof,
       f.title AS v_factor, CASE WHEN f.reason = 'overdue' THEN f.until
                                 WHEN f.reason = 'determined'
                                 THEN (SELECT min(o.until) FROM factor o WHERE o.subject = f.subject) END AS v_until,
       CAST(NULL AS TEXT) AS v_side
FROM factor f
UNION ALL
SELECT x.id, 'unmet', 'side_missing', NULL, NULL, NULL, NULL, NULL, s.id
FROM subject x JOIN side s ON NOT EXISTS (SELECT 1 FROM factor f WHERE f.subject = x.id AND f.side = s.id)
WHERE EXISTS (SELECT 1 FROM factor f WHERE f.subject = x.id)
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM factor f WHERE f.subject = x.id)
