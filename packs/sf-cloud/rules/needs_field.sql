-- rule: needs_field
-- subject: institution
-- params: [area]
-- reach: institution
-- reasons:
--   empty:
--     zh: 这些涉及“{:area|choice:security_need.areas}”的安全需求没有写内容：{need}。请写明做到什么程度。
--     en: 'These security needs on "{:area|choice:security_need.areas}" do not say what is demanded: {need}. Say to what degree it is owed.'
--   missing:
--     zh: 已确认的安全需求没有涉及“{:area|choice:security_need.areas}”的。请分析后提出，登记并由另一人确认；草稿不算。
--     en: 'No confirmed security need is about "{:area|choice:security_need.areas}". Analyse it, state the need, enter it and have another person confirm it; drafts do not count.'
--   none:
--     zh: 还没有经确认的安全需求。请在规划准备阶段逐条提出，登记并由另一人确认。
--     en: No security need is confirmed yet. Draw them up one by one while planning, enter them and have another person confirm them.
--   covered:
--     zh: 已确认的安全需求中，涉及“{:area|choice:security_need.areas}”的有：{need}。
--     en: 'Confirmed security needs on "{:area|choice:security_need.areas}": {need}.'
WITH need AS MATERIALIZED (
    SELECT x.id AS subject, n.id AS need_id, n.title, n.demand,
           CASE WHEN EXISTS (SELECT 1 FROM security_need_areas a WHERE a.id = n.id AND a.value = :area) THEN 1 ELSE 0 END AS fits
    FROM subject x JOIN security_need n ON n.state = 'confirmed'
)
SELECT n.subject AS subject, CASE WHEN n.demand IS NULL THEN 'unmet' ELSE 'met' END AS status,
       CASE WHEN n.demand IS NULL THEN 'empty' ELSE 'covered' END AS reason, NULL AS due,
       'security_need' AS proof_kind, n.need_id AS proof, n.title AS v_need
FROM need n WHERE n.fits = 1
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM need n WHERE n.subject = x.id)
UNION ALL
SELECT x.id, 'unmet', 'missing', NULL, NULL, NULL, NULL
FROM subject x
WHERE EXISTS (SELECT 1 FROM need n WHERE n.subject = x.id)
  AND NOT EXISTS (SELECT 1 FROM need n WHERE n.subject = x.id AND n.fits = 1)
