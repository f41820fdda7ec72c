-- rule: named
-- subject: note
-- reach: institution
-- reasons:
--   named: {zh: 有名称, en: It has a name}
--   dated: {zh: 有日期, en: It has a date}
-- # a note for those who read the front matter

WITH n AS (SELECT x.id AS id, n.name AS name, yj_today() AS today FROM subject x JOIN written n ON n.id = x.id)
SELECT id AS subject, CASE WHEN name = 'A' THEN 'met' ELSE 'unmet' END AS status,
       (CASE WHEN name = 'A' THEN CASE today WHEN 'x' THEN 'named' ELSE 'dated' END ELSE 'named' END) AS reason,
       NULL AS due, NULL AS proof_kind, NULL AS proof
FROM n
