-- rule: parties_understood
-- subject: institution
-- params: [months]
-- reach: institution
-- reasons:
--   not_understood:
--     zh: 这些相关方的需求和期望、了解方式或对口负责人没有填写：{party}。请向其了解后补齐。
--     en: 'Of these parties the needs and expectations, how they are known, or who looks after them is not entered: {party}. Find out and complete the record.'
--   overdue:
--     zh: 这些相关方的需求和期望超过复核期限：{party}（应在 {until} 前）。请重新了解并更新日期。
--     en: 'The needs and expectations of these parties were not reviewed in time: {party} (due by {until}). Look into them anew and change the date.'
--   none:
--     zh: 还没有登记与云计算有关的相关方。请登记监管部门、客户、业务部门、受托方等。
--     en: No party concerned with the use of cloud is entered. Enter regulators, customers, business departments, providers and others.
--   understood:
--     zh: 相关方的需求和期望已了解并登记：{party}；最早的复核期限为 {until}。
--     en: 'The needs and expectations of the parties are known and entered: {party}; the next review is due by {until}.'
WITH party AS MATERIALIZED (
    SELECT x.id AS subject, p.id AS party_id, p.name,
           CASE WHEN p.expectations IS NULL OR p.owner IS NULL OR p.reviewed_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM interested_party_understood_by u WHERE u.id = p.id)
                THEN 'not_understood'
                WHEN CASE WHEN p.review_by < yj_add_months(p.reviewed_on, :months) THEN p.review_by
                          ELSE yj_add_months(p.reviewed_on, :months) END < yj_today() THEN 'overdue'
                ELSE 'understood' END AS reason,
           CASE WHEN p.review_by < yj_add_months(p.reviewed_on, :months) THEN p.review_by
                ELSE yj_add_months(p.reviewed_on, :months) END AS until
    FROM subject x JOIN interested_party p ON p.state = 'active'
)
SELECT p.subject AS subject, CASE WHEN p.reason = 'understood' THEN 'met' ELSE 'unmet' END AS status, p.reason AS reason,
       CASE WHEN p.until >= yj_today() THEN p.until END AS due, 'interested_party' AS proof_kind, p.party_id AS proof,
       p.name AS v_party, CASE WHEN p.reason = 'overdue' THEN p.until
                               WHEN p.reason = 'understood'
                               THEN (SELECT min(o.until) FROM party o WHERE o.subject = p.subject) END AS v_until
FROM party p
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM party p WHERE p.subject = x.id)
