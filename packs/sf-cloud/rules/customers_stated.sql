-- rule: customers_stated
-- subject: platform
-- params: [months]
-- reasons:
--   others:
--     zh: 受托方说明（{statement}，截至 {day}），行业云平台“{platform}”的 {customers} 个客户中只有 {institutions} 个是证券期货机构，其他客户：{other}。请要求受托方把其他客户移出，否则按公共云登记和管理。
--     en: 'By the provider''s statement ({statement}, as of {day}) only {institutions} of the {customers} customers of industry cloud "{platform}" are securities or futures institutions; others: {other}. Have the provider move them elsewhere, or enter and manage the platform as a public cloud.'
--   overdue:
--     zh: 行业云平台“{platform}”最近一次客户范围说明（{statement}）截至 {day}，应不晚于 {until} 更新。请向受托方取得新的说明。
--     en: The last statement of the customers of industry cloud "{platform}" ({statement}) is as of {day} and was to be renewed by {until}. Obtain a new one from the provider.
--   incomplete:
--     zh: 行业云平台“{platform}”的客户范围说明（{statement}）没有写明客户总数和其中的证券期货机构数，或前者小于后者。请向受托方问清并更正。
--     en: The statement of the customers of industry cloud "{platform}" ({statement}) lacks the number of customers or of institutions among them, or the latter is the greater. Ask the provider and correct it.
--   unchecked:
--     zh: 行业云平台“{platform}”的客户范围说明（{statement}）还没有由第二人核对。请抽查客户的许可证后填写核对人和日期。
--     en: No second person has checked the statement of the customers of industry cloud "{platform}" ({statement}). Look up the licences of some customers, then enter who checked and when.
--   no_evidence:
--     zh: 行业云平台“{platform}”的客户范围说明（{statement}）没有附受托方的书面说明。请上传。
--     en: The provider's written statement of the customers of industry cloud "{platform}" ({statement}) is not attached. Upload it.
--   ahead:
--     zh: 行业云平台“{platform}”的客户范围说明（{statement}）截至或核对日期（{start}）还没有到。请核对。
--     en: The statement of the customers of industry cloud "{platform}" ({statement}) is as of, or was checked on, a day still to come ({start}). Check the dates.
--   none:
--     zh: 没有登记行业云平台“{platform}”的客户范围说明，不知道其客户是否都是证券期货机构。请向受托方取得书面说明，由两人核对后登记。
--     en: There is no statement of the customers of industry cloud "{platform}", so whether all are securities or futures institutions is not known. Obtain one from the provider in writing, have two persons check it and enter it.
--   all_institutions:
--     zh: 受托方说明（{statement}，截至 {day}，已由第二人核对），行业云平台“{platform}”的 {customers} 个客户都是证券期货机构；下一次说明应不晚于 {until}。
--     en: 'By the provider''s statement ({statement}, as of {day}, checked by a second person) all {customers} customers of industry cloud "{platform}" are securities or futures institutions; the next is due by {until}.'
WITH held AS MATERIALIZED (
    SELECT x.id AS subject, c.id AS statement_id, c.title, c.as_of, c.customers, c.institutions, c.others,
           CASE WHEN c.checked_on > c.as_of THEN c.checked_on ELSE c.as_of END AS start,
           yj_add_months(c.as_of, :months) AS until,
           CASE WHEN c.institutions < c.customers THEN 'others'
                WHEN yj_add_months(c.as_of, :months) < yj_today() THEN 'overdue'
                WHEN c.customers IS NULL OR c.institutions IS NULL OR c.institutions > c.customers OR c.customers = 0
                THEN 'incomplete'
                WHEN c.received_by IS NULL OR c.checked_by IS NULL OR c.checked_on IS NULL THEN 'unchecked'
                WHEN NOT EXISTS (SELECT 1 FROM customer_statement_evidence e WHERE e.id = c.id) THEN 'no_evidence'
                WHEN c.as_of > yj_today() OR c.checked_on > yj_today() THEN 'ahead'
                ELSE 'all_institutions' END AS reason
    FROM subject x JOIN customer_statement c ON c.platform = x.id
), newest AS MATERIALIZED (
    SELECT h.subject, max(CASE WHEN h.as_of <= yj_today() THEN h.as_of END) AS day, min(h.as_of) AS first
    FROM held h GROUP BY h.subject
), coming AS MATERIALIZED (
    SELECT h.subject, min(h.as_of) AS day FROM held h WHERE h.as_of > yj_today() GROUP BY h.subject
), chosen AS (
    SELECT h.subject, h.statement_id, h.title, h.as_of, h.customers, h.institutions, h.others, h.start, h.until, h.reason
    FROM held h JOIN newest n ON n.subject = h.subject AND h.as_of = coalesce(n.day, n.first)
), dated AS MATERIALIZED (
    SELECT c.subject, c.statement_id, c.title, c.as_of, c.customers, c.institutions, c.others, c.start, c.until, c.reason,
           CASE WHEN c.reason = 'ahead' THEN yj_add_days(c.start, -1)
                WHEN c.reason IN ('incomplete', 'unchecked', 'no_evidence', 'all_institutions') THEN c.until END AS last_day,
           (SELECT yj_add_days(n.day, -1) FROM coming n WHERE n.subject = c.subject) AS eve
    FROM chosen c
)
SELECT d.subject AS subject,
       CASE WHEN d.reason = 'all_institutions' THEN 'met'
            WHEN d.reason IN ('others', 'overdue') THEN 'unmet'
            ELSE 'unknown' END AS status,
       d.reason AS reason,
       CASE WHEN d.eve < d.last_day OR d.last_day IS NULL THEN d.eve ELSE d.last_day END AS due,
       'customer_statement' AS proof_kind, d.statement_id AS proof,
       p.name AS v_platform, d.title AS v_statement, d.as_of AS v_day, CAST(d.customers AS TEXT) AS v_customers,
       CAST(d.institutions AS TEXT) AS v_institutions, d.others AS v_other, d.start AS v_start, d.until AS v_until
FROM dated d JOIN platform p ON p.id = d.subject
UNION ALL
SELECT p.id, 'unknown', 'none', NULL, 'platform', p.id, p.name, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x JOIN platform p ON p.id = x.id
WHERE NOT EXISTS (SELECT 1 FROM customer_statement c WHERE c.platform = x.id)
